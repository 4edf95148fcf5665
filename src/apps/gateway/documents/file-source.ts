import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Document, parseAllDocuments } from 'yaml'
import { contractErrors } from '#contracts/errors'
import { AboxError, describe } from '#core/errors'
import type { Logger } from '#core/logger'
import { readCode } from '../hook-file.ts'
import type { HookBundle } from '../hook-store.ts'
import type { DocumentSource, RawDocument } from './source.ts'

export interface FileSourceOptions {
  /** A YAML file with one or more documents, or a folder of such files. */
  readonly path: string
  /** Takes the code of a hook version that is named by `file`; called before the documents are delivered. */
  readonly putHook: (digest: string, bundle: HookBundle) => void
  readonly log: Logger
  /** How often the files are looked at, ms. */
  readonly pollMs?: number
}

/**
 * The embedded default: documents in YAML files, re-read when a file's size or time changes. Files are looked at by a
 * timer because file-system events are lost on network folders and by editors that replace the file.
 */
export function createFileSource({ path, putHook, log, pollMs = 300 }: FileSourceOptions): DocumentSource {
  let timer: NodeJS.Timeout | undefined
  let seen = ''
  let busy = false
  let complained = ''
  const load = async (): Promise<RawDocument[]> => {
    const documents: RawDocument[] = []
    for (const file of await listFiles(path)) documents.push(...(await readDocuments(file, putHook)))
    refuseTwins(documents)
    return documents
  }
  return {
    async start(deliver) {
      const poll = async (): Promise<void> => {
        if (busy) return
        busy = true
        try {
          const now = await fingerprint(path)
          if (now === seen) return
          await deliver(await load())
          seen = now
          complained = ''
        } catch (error) {
          // Tried again at each look, but told once.
          if (complained === describe(error)) return
          complained = describe(error)
          log.error({ error: complained }, 'documents not re-read; the last good set stays in force')
        } finally {
          busy = false
        }
      }
      timer = setInterval(() => void poll(), pollMs)
      timer.unref()
      busy = true
      try {
        const now = await fingerprint(path)
        await deliver(await load())
        seen = now
      } finally {
        busy = false
      }
    },
    close() {
      clearInterval(timer)
    }
  }
}

async function listFiles(path: string): Promise<string[]> {
  const info = await stat(path).catch((error: unknown) => {
    throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `${path}: ${describe(error)}`, { cause: error })
  })
  if (!info.isDirectory()) return [path]
  const names = await readdir(path)
  return names.filter((name) => /\.ya?ml$/.test(name)).map((name) => join(path, name))
}

/** Size and time of every YAML file and of the code beside them; a hook file elsewhere is not watched. */
async function fingerprint(path: string): Promise<string> {
  // Says in one line which file is missing, as reading it would.
  await listFiles(path)
  const folders = (await stat(path)).isDirectory() ? [path] : [dirname(path)]
  const parts: string[] = []
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      if (!/\.(ya?ml|[cm]?[jt]s)$/.test(name)) continue
      const info = await stat(join(folder, name)).catch(() => undefined)
      if (info !== undefined) parts.push(`${name}:${info.size}:${info.mtimeMs}`)
    }
  }
  return parts.sort().join('\n')
}

async function readDocuments(file: string, putHook: FileSourceOptions['putHook']): Promise<RawDocument[]> {
  const found: RawDocument[] = []
  const parsed = parseAllDocuments(await readFile(file, 'utf8'))
  for (const [index, document] of (Array.isArray(parsed) ? parsed : []).entries()) {
    const source = `${file} (document ${index + 1})`
    const problem = document.errors[0]
    if (problem !== undefined) {
      throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `${source}: ${problem.message.split('\n')[0] ?? ''}`)
    }
    const value = toValue(document, source)
    if (value === null) continue
    if (isHook(value)) await resolveHookFiles(value, file, putHook)
    found.push({ key: keyOf(value, source), source, text: JSON.stringify(value) })
  }
  return found
}

function toValue(document: Document.Parsed, source: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `${source}: ${describe(error)}`)
  }
}

/** The last of two would win silently. */
function refuseTwins(documents: readonly RawDocument[]): void {
  const seen = new Map<string, string>()
  for (const { key, source } of documents) {
    const first = seen.get(key)
    if (first !== undefined) {
      throw new AboxError(
        contractErrors.ABOX_DOCUMENT_INVALID,
        `${source}: ${key}: found again, it stands in ${first} already`
      )
    }
    seen.set(key, source)
  }
}

interface HookLike {
  kind: 'Hook'
  versions: { file?: unknown; digest?: unknown }[]
  shadow?: { file?: unknown; digest?: unknown }
}

const isHook = (value: unknown): value is HookLike =>
  typeof value === 'object' &&
  value !== null &&
  (value as { kind?: unknown }).kind === 'Hook' &&
  Array.isArray((value as { versions?: unknown }).versions)

/** A version named by file becomes one named by digest, as everywhere else. */
async function resolveHookFiles(hook: HookLike, file: string, putHook: FileSourceOptions['putHook']): Promise<void> {
  for (const version of [...hook.versions, hook.shadow]) {
    const name = version?.file
    if (version === undefined || typeof name !== 'string') continue
    const path = resolve(dirname(file), name)
    const code = await readCode(path).catch((error: unknown) => {
      throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `${file}: hook file ${name}: ${describe(error)}`)
    })
    version.digest = `sha256:${createHash('sha256').update(code).digest('hex')}`
    putHook(version.digest as string, { code, language: /\.[cm]?ts$/.test(name) ? 'ts' : 'js' })
  }
}

/** The key a document would have in ZooKeeper. */
function keyOf(value: unknown, source: string): string {
  const { kind, name, interface: service, version, group } = (value ?? {}) as Record<string, unknown>
  if (kind === 'Model' && typeof name === 'string') return `models/${name}`
  if (kind === 'Hook' && typeof name === 'string') return `hooks/${name}`
  if (kind === 'Service' && typeof service === 'string') {
    const suffix = `${typeof version === 'string' ? `:${version}` : ''}${typeof group === 'string' ? `@${group}` : ''}`
    return `services/${service}${suffix}`
  }
  throw new AboxError(
    contractErrors.ABOX_DOCUMENT_INVALID,
    `${source}: kind: found ${JSON.stringify(kind) ?? 'nothing'}, expected Service (with interface), Model or Hook (with name)`
  )
}
