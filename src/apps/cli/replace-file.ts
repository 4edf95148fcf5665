import { chmod, chown, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface ReplaceOptions {
  /** Whether the new file gets mode, owner and group of the one that is there, which must be one. */
  readonly keepRights?: boolean
  /** Just before the step; what it rejects with ends the work, and nothing is replaced. */
  readonly check?: () => Promise<void>
}

/**
 * Gives a file its content in one step: who reads it meanwhile finds the old or the new text, also after a loss of power.
 * Rejects with what the disk says; then the file is as it was, and nothing is left beside it.
 */
export async function replaceFile(path: string, text: string, options: ReplaceOptions = {}): Promise<void> {
  const next = `${path}.${process.pid}.new`
  try {
    await writeFile(next, text, { flush: true })
    if (options.keepRights === true) await keepRights(path, next)
    await options.check?.()
    await rename(next, path)
  } catch (error) {
    await rm(next, { force: true }).catch(() => {})
    throw error
  }
  await flushFolder(dirname(path))
}

/** The owner first, since changing it can clear bits of the mode. */
async function keepRights(path: string, next: string): Promise<void> {
  const { uid, gid, mode } = await stat(path)
  const own = await stat(next)
  if (uid !== own.uid || gid !== own.gid) {
    // Only root may give a file away; the group, through which a gateway often reads, may be one of ours.
    await chown(next, uid, gid).catch(() => chown(next, own.uid, gid).catch((error: unknown) => refuse(mode, error)))
  }
  await chmod(next, mode)
}

/** Where everybody may read the file it does not matter whose it is. */
function refuse(mode: number, error: unknown): void {
  if ((mode & 0o004) === 0) throw error
}

/** So that the name is there after a loss of power. Where folders cannot be opened (Windows) the file system sees to it. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined)
  try {
    await handle?.sync()
  } catch {
    // A file system that has no such thing.
  } finally {
    await handle?.close()
  }
}
