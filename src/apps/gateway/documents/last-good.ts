import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { RawDocument } from './source.ts'

/** The last set that was applied, on disk: what an instance starts with when ZooKeeper is away. */
export interface LastGood {
  /** The set of this instance, else the newest one of another instance of the same gateway. */
  read(): Promise<readonly RawDocument[] | undefined>
  write(documents: readonly RawDocument[]): Promise<void>
}

/** Files `documents-<index>.json` in the folder. */
export interface LastGoodFile extends LastGood {
  /** Of one that was made without an index: from now on it has this one, and what was kept goes to its file. */
  settle(index: number): Promise<void>
}

/** Without an index nothing is written before `settle`. */
export function createLastGood(folder: string, index: number | undefined): LastGoodFile {
  let file = index === undefined ? undefined : fileOf(folder, index)
  let kept: readonly RawDocument[] | undefined
  let writing: Promise<unknown> = Promise.resolve()
  const writeTo = async (place: string, documents: readonly RawDocument[]): Promise<void> => {
    await mkdir(dirname(place), { recursive: true })
    const temporary = `${place}.${process.pid}`
    // Headers of variants may hold credentials.
    await writeFile(temporary, jsonOf(documents), { mode: 0o600 })
    await rename(temporary, place)
  }
  const write = async (documents: readonly RawDocument[]): Promise<void> => {
    kept = documents
    const place = file
    if (place === undefined) return
    // One after the other: they use the same temporary file.
    const written = writing.then(() => writeTo(place, documents))
    writing = written.catch(() => {})
    await written
  }
  return {
    write,
    async read() {
      const own = file === undefined ? undefined : await readSet(file)
      // A rolling restart uses one index more than there are instances: its first one has no file yet.
      for (const other of own === undefined ? await newestFirst(folder) : []) {
        const found = await readSet(other)
        if (found !== undefined) return found
      }
      return own
    },
    async settle(next) {
      file = fileOf(folder, next)
      if (kept !== undefined) await write(kept)
    }
  }
}

/** How many documents become text at once: calls are answered between two parts. */
const PART = 100

/** The JSON text of a list, in parts. */
function* jsonOf(documents: readonly RawDocument[]): Generator<string> {
  yield '['
  for (let from = 0; from < documents.length; from += PART) {
    const text = JSON.stringify(documents.slice(from, from + PART)).slice(1, -1)
    yield from === 0 ? text : `,${text}`
  }
  yield ']'
}

const fileOf = (folder: string, index: number): string => join(folder, `documents-${index}.json`)

async function readSet(file: string): Promise<readonly RawDocument[] | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    return Array.isArray(value) ? value.filter(isRawDocument) : undefined
  } catch {
    // Absent at the first start; a torn file cannot be (see write), an unreadable one is as good as none.
    return undefined
  }
}

async function newestFirst(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  const files = names.filter((name) => /^documents-\d+\.json$/.test(name)).map((name) => join(folder, name))
  const dated = await Promise.all(
    files.map(async (file) => ({ file, at: (await stat(file).catch(() => undefined))?.mtimeMs ?? 0 }))
  )
  return dated.sort((a, b) => b.at - a.at).map(({ file }) => file)
}

function isRawDocument(value: unknown): value is RawDocument {
  if (typeof value !== 'object' || value === null) return false
  const { key, source, text } = value as Record<string, unknown>
  return typeof key === 'string' && typeof source === 'string' && typeof text === 'string'
}
