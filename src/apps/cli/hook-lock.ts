import { readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { AboxError, describe } from '#core/errors'
import { hookErrors } from './hook-errors.ts'
import { fileError } from './hook-source.ts'

const WAIT_MS = 5000
const LOOK_MS = 20

/**
 * Runs `work` while nobody else who uses this function works on the file: `<path>.lock` exists meanwhile and names process
 * and machine. The lock of a process of this machine that has ended is taken over. Throws ABOX_HOOK_LOCKED after `waitMs`.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, waitMs = WAIT_MS): Promise<T> {
  const lock = `${path}.lock`
  const mine = `${process.pid} ${hostname()}`
  const end = performance.now() + waitMs
  while (!(await take(lock, mine))) {
    const holder = await readFile(lock, 'utf8').catch(() => '')
    if (isGone(holder)) await takeAway(lock, holder)
    else if (performance.now() > end) {
      throw new AboxError(
        hookErrors.ABOX_HOOK_LOCKED,
        `${lock}: held by process ${holder.replace(' ', ' on ') || '(unknown)'}`
      )
    } else await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  try {
    return await work()
  } finally {
    await unlink(lock).catch(() => {})
  }
}

async function take(lock: string, mine: string): Promise<boolean> {
  try {
    await writeFile(lock, mine, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw fileError(lock, describe(error), error)
  }
}

function isGone(holder: string): boolean {
  const [, pid, host] = /^(\d+) (.+)$/.exec(holder) ?? []
  if (pid === undefined || host !== hostname()) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Moved aside first: of two that find the same dead holder only one may remove it, and none the lock of a third. */
async function takeAway(lock: string, holder: string): Promise<void> {
  const aside = `${lock}.${process.pid}`
  try {
    await rename(lock, aside)
  } catch {
    return
  }
  const found = await readFile(aside, 'utf8').catch(() => '')
  if (found === holder) await unlink(aside).catch(() => {})
  else await rename(aside, lock).catch(() => {})
}
