import type { Hook } from '#contracts/hook'
import type { Model } from '#contracts/model'
import type { Service } from '#contracts/service'
import { createBackoff } from '#core/backoff'
import { AboxError, describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import type { EndpointKeeper } from '../endpoints.ts'
import type { HookEntry, Hooks } from '../hooks.ts'
import { emptyTable, type ModelEntry, type RoutingTable, type ServiceEntry } from '../routing-table.ts'
import { compileModel, compileService, type SecretReader } from './compile.ts'
import type { LastGood } from './last-good.ts'
import { type Document, parseDocument } from './parse.ts'
import type { RawDocument } from './source.ts'

/** What an instance runs after a set was applied; becomes its receipt. */
export interface Applied {
  readonly table: RoutingTable
  /** Generation in force by document key. */
  readonly applied: Readonly<Record<string, number>>
  /** Why a document as published is not in force, by document key. */
  readonly refused: Readonly<Record<string, string>>
}

export interface Applier extends Closeable {
  /** Applies a whole set; sets given meanwhile wait and are applied in their order. */
  apply(documents: readonly RawDocument[]): Promise<Applied>
  /** Applies the last set anew: something that it needs and that was missing may be there now. */
  again(): Promise<Applied>
  current(): Applied
  /** Resolves when no set is to be applied again. */
  settled(): Promise<void>
}

export interface ApplierOptions {
  readonly hooks: Hooks
  readonly lastGood: LastGood
  readonly timeoutMs: number
  readonly secret?: SecretReader | undefined
  readonly log: Logger
  /** Absent: endpoints are used as they stand in the documents. */
  readonly endpoints?: Pick<EndpointKeeper, 'setOf' | 'retain'>
  /** Hears of each table just before calls are routed by it. */
  readonly limits?: { adopt(table: RoutingTable): void }
  readonly onApplied: (applied: Applied) => void
  /** Uniform in [0, 1), for the pauses before a set is applied again. */
  readonly random?: () => number
}

/** Before a set is applied again because of hooks that were refused for no fault of theirs. */
const AGAIN = { baseMs: 1000, maxMs: 60_000 }

/** A document that is in force: what it says, and the text that a later, bad one cannot push out. */
interface Good {
  readonly raw: RawDocument
  readonly document: Document
}

/**
 * Turns documents into the routing table. A bad document never replaces a good one: where the published one cannot be
 * used, the last good one of the same key stays, and the receipt says why. A document that is gone is gone; but a set
 * that has lost all its services or all its models at once is taken for a wiped store and ignored. Where a hook was
 * refused with an error that may pass, such as for want of CPU, the same set is applied again until there is none, or
 * another set comes.
 */
export function createApplier(options: ApplierOptions): Applier {
  const { hooks, lastGood, log, onApplied, random } = options
  let good = new Map<string, Good>()
  let current: Applied = { table: emptyTable, applied: {}, refused: {} }
  let queue: Promise<unknown> = Promise.resolve()
  let fingerprint = ''
  const backoff = createBackoff({ ...AGAIN, ...(random !== undefined && { random }) })
  /** What was given last; undefined at the end. */
  let latest: readonly RawDocument[] | undefined
  let timer: NodeJS.Timeout | undefined
  /** There while a set is to be applied again. */
  let again: PromiseWithResolvers<void> | undefined

  const enqueue = (documents: readonly RawDocument[], anew = false): Promise<Applied> => {
    const result = queue.then(() => {
      if (anew) fingerprint = ''
      return run(documents)
    })
    queue = result.catch(() => {})
    return result
  }
  const applyLater = (documents: readonly RawDocument[]): void => {
    again ??= Promise.withResolvers()
    // What was given meanwhile waits already.
    if (latest !== documents) return
    timer = setTimeout(() => void enqueue(documents).catch(() => {}), backoff.next()).unref()
  }
  const settle = (): void => {
    again?.resolve()
    again = undefined
  }
  /** The routes are in force already: who listens may fail without holding back what follows. */
  const announce = (now: Applied): void => {
    try {
      onApplied(now)
    } catch (error) {
      log.error({ error: describe(error) }, 'applied documents not announced everywhere')
    }
  }
  const run = async (documents: readonly RawDocument[]): Promise<Applied> => {
    const lost = WIPED.find(
      (folder) =>
        hasAny(good.keys(), folder) &&
        !hasAny(
          documents.map(({ key }) => key),
          folder
        )
    )
    if (lost !== undefined) {
      const reason = `the set has no ${lost} any more; the last good set stays in force`
      log.warn({ lost }, reason)
      current = { ...current, refused: { '(all)': reason } }
      announce(current)
      fingerprint = ''
      settle()
      return current
    }
    const now = documents.map(({ key, text }) => `${key}\n${text}`).join('\n')
    if (now === fingerprint) return current
    const round = await compileSet(documents, good, options)
    fingerprint = round.again ? '' : now
    good = round.good
    options.limits?.adopt(round.table)
    options.endpoints?.retain(round.table.models.values())
    current = { table: round.table, applied: round.applied, refused: round.refused }
    hooks.retain(round.hookEntries)
    log.info({ applied: round.applied }, 'documents applied')
    for (const { document } of good.values()) {
      for (const key of unusedKeys(document)) log.warn({ key }, 'this part of a document is not in force yet')
    }
    for (const [key, reason] of Object.entries(round.refused)) log.warn({ document: key, reason }, 'document refused')
    announce(current)
    await lastGood
      .write([...good.values()].map(({ raw }) => raw))
      .catch((error: unknown) => log.error({ error: describe(error) }, 'last good documents not written'))
    if (round.again) applyLater(documents)
    else settle()
    return current
  }

  return {
    apply(documents) {
      clearTimeout(timer)
      latest = documents
      backoff.reset()
      return enqueue(documents)
    },
    again() {
      if (latest === undefined) return Promise.resolve(current)
      clearTimeout(timer)
      return enqueue(latest, true)
    },
    current: () => current,
    settled: () => again?.promise ?? Promise.resolve(),
    close() {
      latest = undefined
      clearTimeout(timer)
      settle()
    }
  }
}

/** What no environment loses at once by intention. */
const WIPED = ['services', 'models'] as const

const hasAny = (keys: Iterable<string>, folder: string): boolean => {
  for (const key of keys) if (key.startsWith(`${folder}/`)) return true
  return false
}

interface Round {
  readonly table: RoutingTable
  readonly good: Map<string, Good>
  readonly applied: Record<string, number>
  readonly refused: Record<string, string>
  readonly hookEntries: HookEntry[]
  /** A hook was refused with an error that may pass. */
  readonly again: boolean
}

/** What documents may say already and no gateway does yet: an operator must not rely on it unwarned. */
function unusedKeys(document: Document): string[] {
  if (document.kind !== 'Model' || document.split?.shadow === undefined) return []
  return [`model ${document.name} split.shadow`]
}

/** Every refusal says where the document stands. */
function withSource(message: string, source: string): string {
  if (message.includes(source)) return message
  return message.replace(/^(ABOX_[A-Z_]+: )?/, `$1${source}: `)
}

/**
 * Models and hooks that were deleted while a service still uses them: their last good documents stay, because taking
 * them away would take the service away.
 */
function stillUsed(documents: readonly RawDocument[], before: ReadonlyMap<string, Good>): RawDocument[] {
  const present = new Set(documents.map(({ key }) => key))
  const wanted = new Set<string>()
  for (const { key } of documents) {
    const service = key.startsWith('services/') ? before.get(key)?.document : undefined
    if (service?.kind !== 'Service') continue
    for (const { model, hook } of service.methods) {
      if (model !== undefined) wanted.add(`models/${model}`)
      if (hook !== undefined) wanted.add(`hooks/${hook}`)
    }
  }
  return [...wanted].flatMap((key) => (present.has(key) ? [] : (before.get(key)?.raw ?? [])))
}

/** Hooks first, then models, then the services that refer to both. */
async function compileSet(
  documents: readonly RawDocument[],
  before: ReadonlyMap<string, Good>,
  { hooks, timeoutMs, secret, endpoints }: ApplierOptions
): Promise<Round> {
  const good = new Map<string, Good>()
  const applied: Record<string, number> = {}
  const refused: Record<string, string> = {}
  let again = false

  /** The published document if `use` accepts it, else the last good one, else nothing. */
  const settle = async <T>(raw: RawDocument, use: (document: Document) => T | Promise<T>): Promise<T | undefined> => {
    for (const candidate of [raw, before.get(raw.key)?.raw]) {
      if (candidate === undefined) continue
      try {
        const document = parseDocument(candidate)
        const result = await use(document)
        good.set(raw.key, { raw: candidate, document })
        applied[raw.key] = document.generation ?? 0
        return result
      } catch (error) {
        if (raw.key.startsWith('hooks/')) again ||= AboxError.from(error).retryable
        refused[raw.key] ??= withSource(describe(error), candidate.source)
      }
    }
    return undefined
  }

  const hookMap = new Map<string, HookEntry>()
  const models = new Map<string, ModelEntry>()
  const services = new Map<string, ServiceEntry>()
  const kept = stillUsed(documents, before)
  for (const { key } of kept) refused[key] = 'deleted, but a service still uses it; the last good one stays in force'
  const of = (folder: string): RawDocument[] =>
    [...documents, ...kept].filter(({ key }) => key.startsWith(`${folder}/`))
  for (const raw of of('hooks')) {
    const entry = await settle(raw, (document) => hooks.load(document as Hook))
    if (entry !== undefined) hookMap.set(entry.name, entry)
  }
  for (const raw of of('models')) {
    const entry = await settle(raw, (document) => compileModel(document as Model, secret, endpoints?.setOf))
    if (entry !== undefined) models.set(entry.name, entry)
  }
  const refusedHooks = new Map<string, string>()
  for (const [key, why] of Object.entries(refused)) {
    if (key.startsWith('hooks/')) refusedHooks.set(key.slice('hooks/'.length), why)
  }
  for (const raw of of('services')) {
    const context = { models, hooks: hookMap, timeoutMs, secret }
    const strictly = await settle(raw, (document) => compileService(document as Service, context))
    // Nothing else can serve it: one method that answers with an error is better than none that answers at all.
    const entry =
      strictly ?? (await settle(raw, (document) => compileService(document as Service, { ...context, refusedHooks })))
    if (entry !== undefined) services.set(entry.key, entry)
  }
  return { table: { services, models }, good, applied, refused, hookEntries: [...hookMap.values()], again }
}
