import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RawDocument } from './source.ts'

/** The last set that was applied, on disk: what an instance starts with when ZooKeeper is away. */
export interface LastGood {
  read(): Promise<readonly RawDocument[] | undefined>
  write(documents: readonly RawDocument[]): Promise<void>
}

export function createLastGood(file: string): LastGood {
  return {
    async read() {
      try {
        const value: unknown = JSON.parse(await readFile(file, 'utf8'))
        return Array.isArray(value) ? value.filter(isRawDocument) : undefined
      } catch {
        // Absent at the first start; a torn file cannot be (see write), an unreadable one is as good as none.
        return undefined
      }
    },
    async write(documents) {
      await mkdir(dirname(file), { recursive: true })
      const temporary = `${file}.${process.pid}`
      // Headers of variants may hold credentials.
      await writeFile(temporary, JSON.stringify(documents), { mode: 0o600 })
      await rename(temporary, file)
    }
  }
}

function isRawDocument(value: unknown): value is RawDocument {
  if (typeof value !== 'object' || value === null) return false
  const { key, source, text } = value as Record<string, unknown>
  return typeof key === 'string' && typeof source === 'string' && typeof text === 'string'
}
