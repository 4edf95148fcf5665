import { readFile, stat } from 'node:fs/promises'

/** A million characters, which is all that a sandbox takes, have no more bytes. */
const MAX_CODE_BYTES = 3 * 1024 * 1024

/** The code of a hook in a file. Looked at first, as a pipe or a device has no end. Throws what stands in the way. */
export async function readCode(path: string): Promise<string> {
  const info = await stat(path)
  if (!info.isFile()) throw new Error('found no regular file')
  if (info.size > MAX_CODE_BYTES) throw new Error(`found ${info.size} bytes, expected at most ${MAX_CODE_BYTES}`)
  return readFile(path, 'utf8')
}
