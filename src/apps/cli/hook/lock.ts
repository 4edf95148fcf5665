import { randomUUID } from 'node:crypto'
import { link, readFile, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { AboxError, describe } from '#core/errors'
import { hookErrors } from './errors.ts'
import { fileError } from './source.ts'

const WAIT_MS = 5000
const LOOK_MS = 20

/**
 * Runs `work` while nobody else who uses this function works on the file. Meanwhile `<path>.lock` is there:
 *
 *   <pid> <machine> <start of the process> <random>
 *
 * It is written beside under a name of its own and linked, which is one step: nobody ever sees a lock without its content.
 * The lock of a process of this machine that has ended is taken over, also where another process has its number by now, and
 * an empty one. Throws ABOX_HOOK_LOCKED after `waitMs`, ABOX_HOOK_FILE.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, waitMs = WAIT_MS): Promise<T> {
  const lock = `${path}.lock`
  const random = randomUUID()
  const mine = `${process.pid} ${hostname()} ${(await startOf(process.pid)) ?? '-'} ${random}`
  const own = `${lock}.${random}`
  try {
    await writeFile(own, mine, { flag: 'wx', flush: true })
    await waitFor(lock, own, waitMs)
  } catch (error) {
    throw error instanceof AboxError ? error : fileError(lock, describe(error), error)
  } finally {
    await unlink(own).catch(() => {})
  }
  try {
    return await work()
  } finally {
    if ((await contentOf(lock)) === mine) await unlink(lock).catch(() => {})
  }
}

async function waitFor(lock: string, own: string, waitMs: number): Promise<void> {
  const end = performance.now() + waitMs
  while (!(await take(lock, own))) {
    const holder = await contentOf(lock)
    if (holder !== undefined && (await isGone(holder)) && (await takeAway(lock, own, holder))) continue
    if (performance.now() > end) throw held(lock, (await contentOf(lock)) ?? holder ?? '')
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

async function take(lock: string, own: string): Promise<boolean> {
  try {
    await link(own, lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Undefined where there is no such file. */
async function contentOf(lock: string): Promise<string | undefined> {
  return readFile(lock, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

async function isGone(holder: string): Promise<boolean> {
  if (holder === '') return true
  const [, pid, host, start] = /^(\d+) (\S+)(?: (\S+) \S+)?$/.exec(holder) ?? []
  if (pid === undefined || host !== hostname()) return false
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
  const now = await startOf(Number(pid))
  return start !== undefined && now !== undefined && start !== now
}

/**
 * When a process began, so that another one with its number is told apart, as after the start of a container, where each has
 * the number 1: in Linux the boot and the clock ticks since, else known of this process alone.
 */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // proc(5): `pid (name) state …`, in which the name may hold anything; the start is field 22, the 20th behind the name.
    return `${boot.trim()}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return pid === process.pid ? `since:${Math.round(performance.timeOrigin)}` : undefined
  }
}

/**
 * Of those that find the same dead holder one at a time looks again and removes the lock: who holds `<lock>.break`. Otherwise
 * a slow one would remove the lock of who has taken it meanwhile. False: another one is at it. Throws ABOX_HOOK_LOCKED where
 * one has died at it, with the file that somebody has to remove.
 */
async function takeAway(lock: string, own: string, holder: string): Promise<boolean> {
  const guard = `${lock}.break`
  if (!(await take(guard, own))) {
    const breaker = await contentOf(guard)
    // Who takes over a guard would need a guard for that, too.
    if (breaker !== undefined && (await isGone(breaker))) throw leftBehind(guard, breaker)
    return false
  }
  try {
    if ((await contentOf(lock)) === holder) await unlink(lock)
  } finally {
    await unlink(guard)
  }
  return true
}

function held(lock: string, holder: string): AboxError {
  return new AboxError(hookErrors.ABOX_HOOK_LOCKED, `${lock}: held by process ${printHolder(holder)}`)
}

function leftBehind(guard: string, holder: string): AboxError {
  const found = `${guard}: left behind by process ${printHolder(holder)}, which has ended; remove this file`
  return new AboxError(hookErrors.ABOX_HOOK_LOCKED, found)
}

function printHolder(holder: string): string {
  const [pid, host] = holder.split(' ')
  return host === undefined ? '(unknown)' : `${pid} on ${host}`
}
