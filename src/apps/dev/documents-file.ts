import { basename } from 'node:path'
import type { ManagerClient } from '#apps/cli'
import { createFileSource, type DocumentSource, type HookStore, type RawDocument } from '#apps/gateway'
import { contractErrors } from '#contracts/errors'
import { AboxError, describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { makeNamed } from './named.ts'

export interface DocumentsFileOptions {
  readonly path: string
  readonly client: ManagerClient
  /** Has the code of versions that are named by digest; gets that of versions named by file. */
  readonly bundles: HookStore
  readonly log: Logger
  /** One line that is for people. */
  readonly tell: (line: string) => void
}

/** A documents file as a second way into a manager. */
export interface DocumentsFile extends Closeable {
  /** Gives the generations of all documents as the manager has them then. Rejects at the first one that it refuses. */
  start(): Promise<ReadonlyMap<string, number>>
}

/** What is named comes before what names it. */
const FOLDERS = ['hooks', 'models', 'services'] as const
/** How often the file is looked at, ms: whoever changes it twice with a command each wants both in the audit. */
const POLL_MS = 100
/** Somebody else may change a document between looking at it and writing it. */
const ATTEMPTS = 3

/**
 * Writes into the manager what has changed in the file, document by document: what others change there stays until the
 * same document changes in the file. What the manager refuses is told in one line, and tried again when the file changes.
 */
export function createDocumentsFile(options: DocumentsFileOptions): DocumentsFile {
  const { path, bundles, log, tell } = options
  const file = basename(path)
  const source: DocumentSource = createFileSource({ path, putHook: bundles.put, log, pollMs: POLL_MS })
  /** As the file said it when the manager took it. */
  const taken = new Map<string, RawDocument>()
  const generations = new Map<string, number>()
  let first = true

  const attempt = async (key: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (first) throw error
      tell(`${file}: ${key} stays as it is: ${describe(error)}`)
    }
  }
  const take = async (documents: readonly RawDocument[]): Promise<void> => {
    // An editor may empty a file before it writes it.
    if (documents.length === 0) throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `${path}: found no document`)
    for (const raw of inOrder(documents)) {
      const before = taken.get(raw.key)
      if (before?.text === raw.text) continue
      await attempt(raw.key, async () => {
        const reason = reasonOf(raw, before) ?? (first ? 'abox dev starts' : `${file} changed`)
        generations.set(raw.key, await put(options, raw, reason))
        taken.set(raw.key, raw)
      })
    }
    const present = new Set(documents.map(({ key }) => key))
    for (const { key } of inOrder([...taken.values()]).reverse()) {
      if (present.has(key)) continue
      await attempt(key, async () => {
        await remove(options.client, key, `${file} changed`)
        taken.delete(key)
      })
    }
  }
  return {
    async start() {
      await source.start(take, 0)
      first = false
      return generations
    },
    close: () => source.close()
  }
}

const rankOf = ({ key }: RawDocument): number => FOLDERS.findIndex((folder) => key.startsWith(`${folder}/`))

const inOrder = (documents: readonly RawDocument[]): RawDocument[] =>
  [...documents].sort((one, other) => rankOf(one) - rankOf(other))

/** Whoever has changed the file may have written why; an older reason is that of another change. */
function reasonOf(now: RawDocument, before: RawDocument | undefined): string | undefined {
  const [reason, old] = [now, before].map((raw) => parse(raw)['reason'])
  return typeof reason === 'string' && reason.trim() !== '' && reason !== old ? reason : undefined
}

const parse = (raw: RawDocument | undefined): Record<string, unknown> =>
  raw === undefined ? {} : (JSON.parse(raw.text) as Record<string, unknown>)

/** Gives its generation then. Rejects with the manager's errors. */
async function put({ client, bundles }: DocumentsFileOptions, raw: RawDocument, reason: string): Promise<number> {
  const body = withoutFiles(parse(raw))
  await makeNamed(client, body, bundles)
  const path = pathOf(client, raw.key)
  return again(async () => {
    const found = await client.find(path)
    const expected = found?.generation ?? 'absent'
    const { generation = 0 } = await client.send({ method: 'PUT', path, body, expected, reason })
    return generation
  })
}

/** The source has read the files, and put their digests beside their names. */
function withoutFiles(document: Record<string, unknown>): Record<string, unknown> {
  const { kind, versions, shadow } = document
  if (kind !== 'Hook' || !Array.isArray(versions)) return document
  const strip = ({ file: _, ...rest }: Record<string, unknown>): unknown => rest
  const list = versions as Record<string, unknown>[]
  return {
    ...document,
    versions: list.map(strip),
    ...(shadow !== undefined && { shadow: strip(shadow as Record<string, unknown>) })
  }
}

async function remove(client: ManagerClient, key: string, reason: string): Promise<void> {
  const path = pathOf(client, key)
  await again(async () => {
    const found = await client.find(path)
    if (found?.generation === undefined) return
    await client.send({ method: 'DELETE', path, expected: found.generation, reason })
  })
}

async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const isStale = error instanceof AboxError && error.code === 'ABOX_GENERATION'
      if (!isStale || attempt === ATTEMPTS) throw error
    }
  }
}

/** Keys in files begin with the kind's name in URLs. */
function pathOf({ environment }: ManagerClient, key: string): string {
  const slash = key.indexOf('/')
  return `/environments/${environment}/${key.slice(0, slash)}/${encodeURIComponent(key.slice(slash + 1))}`
}
