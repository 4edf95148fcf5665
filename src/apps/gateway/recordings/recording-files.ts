import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Lines in files of bounded size, of which a bounded number is kept. */
export interface RecordingFiles {
  /**
   * Takes a line for `flush` to write; begins a new file where there is no room in this one. The line is made with the key of its
   * file, which is random, forgotten with the file and never written; so it may be made twice. False for a line that no file has
   * room for. Rejects with what `make` throws.
   */
  append(make: (key: KeyObject) => Buffer): Promise<boolean>
  /** Writes what was taken. Never rejects. */
  flush(): Promise<void>
  close(): Promise<void>
}

export interface RecordingFilesOptions {
  readonly dir: string
  /** Begins the names: two processes never write one file. */
  readonly name: string
  readonly maxFileBytes: number
  readonly maxFiles: number
  readonly wallMs: () => number
  /** So many lines are written. */
  readonly onWritten: (lines: number) => void
  /** So many are not, and what the disk says. */
  readonly onLost: (lines: number, error: unknown) => void
}

/** `<name>.<ms since 1970>.jsonl`, readable by their owner alone. The folder is made when it is missing. */
export function createRecordingFiles(options: RecordingFilesOptions): RecordingFiles {
  const { dir, name, maxFileBytes, maxFiles, wallMs } = options
  let file: FileHandle | undefined
  let size = 0
  /** Each followed by its end. */
  let lines: Buffer[] = []
  let key = newKey()
  const prefix = `${name}.`

  /** Files of this name, the oldest first: their times have the same number of digits. */
  async function existing(): Promise<string[]> {
    const names = await readdir(dir)
    return names.filter((each) => each.startsWith(prefix) && /^\d{13}\.jsonl$/.test(each.slice(prefix.length))).sort()
  }

  async function begin(): Promise<FileHandle> {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const before = await existing()
    for (const old of before.slice(0, Math.max(0, before.length - maxFiles + 1)))
      await rm(join(dir, old), { force: true })
    const last = before.at(-1)
    const after = last === undefined ? 0 : Number(last.slice(prefix.length, -'.jsonl'.length)) + 1
    const time = String(Math.max(wallMs(), after)).padStart(13, '0')
    // Never a file, or what a link points to, that is there already.
    return open(join(dir, `${prefix}${time}.jsonl`), 'wx', 0o600)
  }

  async function flush(): Promise<void> {
    if (lines.length === 0) return
    const count = lines.length / 2
    const bytes = Buffer.concat(lines)
    lines = []
    try {
      file ??= await begin()
      await file.appendFile(bytes)
      options.onWritten(count)
    } catch (error) {
      options.onLost(count, error)
      // Half a line may stand there: what follows goes to another file.
      await end()
    }
  }

  /** What is not written yet is forgotten. */
  async function end(): Promise<void> {
    const ended = file
    file = undefined
    lines = []
    size = 0
    key = newKey()
    await ended?.close().catch(() => {})
  }

  return {
    async append(make) {
      let line = make(key)
      if (line.length >= maxFileBytes) return false
      if (size > 0 && size + line.length >= maxFileBytes) {
        await flush()
        await end()
        line = make(key)
      }
      lines.push(line, LINE_END)
      size += line.length + 1
      return true
    },
    flush,
    async close() {
      await flush()
      await end()
    }
  }
}

const LINE_END = Buffer.from('\n')

const newKey = (): KeyObject => createSecretKey(randomBytes(32))
