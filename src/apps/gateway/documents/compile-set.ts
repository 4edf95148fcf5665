import type { Hook } from '#contracts/hook'
import type { Model } from '#contracts/model'
import type { Service } from '#contracts/service'
import { AboxError, describe } from '#core/errors'
import type { EndpointKeeper } from '../endpoints.ts'
import type { HookEntry, Hooks } from '../hooks.ts'
import type { ModelEntry, RoutingTable, ServiceEntry } from '../routing-table.ts'
import { type CompileContext, compileModel, compileService, type SecretReader } from './compile.ts'
import { type Document, parseDocument } from './parse.ts'
import type { RawDocument } from './source.ts'

type Entry = HookEntry | ModelEntry | ServiceEntry

/** A document as calls use it. */
interface Compiled<T extends Entry = Entry> {
  readonly entry: T
  /** What it was compiled with beside the document; undefined: it is compiled each time, as what it read may have changed. */
  readonly uses: readonly unknown[] | undefined
}

/** A document that is in force: what it says, and the text that a later, bad one cannot push out. */
export interface Good {
  readonly raw: RawDocument
  readonly document: Document
  readonly compiled: Compiled
}

export interface CompileSetOptions {
  readonly hooks: Pick<Hooks, 'load' | 'isCurrent'>
  /** Of methods that name none, ms. */
  readonly timeoutMs: number
  readonly secret?: SecretReader | undefined
  readonly endpoints?: Pick<EndpointKeeper, 'setOf'>
}

/** A set as it comes into force. */
export interface Round {
  readonly table: RoutingTable
  readonly good: ReadonlyMap<string, Good>
  readonly applied: Record<string, number>
  readonly refused: Record<string, string>
  /** Keys of documents that say something else than in the set before. */
  readonly changed: readonly string[]
  readonly hookEntries: HookEntry[]
  /** A hook was refused with an error that may pass. */
  readonly again: boolean
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

/**
 * Hooks first, then models, then the services that refer to both. What a document was compiled to before serves again
 * where the document and all that it was compiled with are the same, so that one change costs what has changed.
 */
export async function compileSet(
  documents: readonly RawDocument[],
  before: ReadonlyMap<string, Good>,
  { hooks, timeoutMs, secret, endpoints }: CompileSetOptions
): Promise<Round> {
  const good = new Map<string, Good>()
  const applied: Record<string, number> = {}
  const refused: Record<string, string> = {}
  const changed: string[] = []
  let again = false

  /** The document that is in force where it was compiled before, and it says the same as `candidate`. */
  const knownOf = ({ key, text }: RawDocument): Good | undefined => {
    const last = before.get(key)
    return last?.raw.text === text ? last : undefined
  }
  const accept = (raw: RawDocument, known: Good | undefined, document: Document, compiled: Compiled): void => {
    const isSame = known !== undefined && known.raw === raw && known.compiled === compiled
    good.set(raw.key, isSame ? known : { raw, document, compiled })
    if (known === undefined) changed.push(raw.key)
    applied[raw.key] = document.generation ?? 0
  }
  const refuse = ({ key, source }: RawDocument, error: unknown): void => {
    refused[key] ??= withSource(describe(error), source)
  }
  /** The published document if `use` accepts it, else the last good one, else nothing. */
  const settle = <T extends Entry>(
    raw: RawDocument,
    use: (document: Document, known: Compiled | undefined) => Compiled<T>
  ): T | undefined => {
    for (const candidate of candidatesOf(raw, before.get(raw.key))) {
      try {
        const known = knownOf(candidate)
        const document = known?.document ?? parseDocument(candidate)
        const compiled = use(document, known?.compiled)
        accept(candidate, known, document, compiled)
        return compiled.entry
      } catch (error) {
        refuse(candidate, error)
      }
    }
    return undefined
  }
  /** The same for a hook. Only what is to be loaded is waited for. */
  const settleHook = async (raw: RawDocument): Promise<HookEntry | undefined> => {
    for (const candidate of candidatesOf(raw, before.get(raw.key))) {
      try {
        const known = knownOf(candidate)
        const document = known?.document ?? parseDocument(candidate)
        const compiled = await loadHook(document as Hook, known?.compiled as Compiled<HookEntry> | undefined, hooks)
        accept(candidate, known, document, compiled)
        return compiled.entry
      } catch (error) {
        again ||= AboxError.from(error).retryable
        refuse(candidate, error)
      }
    }
    return undefined
  }

  const hookMap = new Map<string, HookEntry>()
  const models = new Map<string, ModelEntry>()
  const services = new Map<string, ServiceEntry>()
  const kept = stillUsed(documents, before)
  for (const { key } of kept) refused[key] = 'deleted, but a service still uses it; the last good one stays in force'
  const { hooks: ofHooks, models: ofModels, services: ofServices } = byFolder(documents, kept)
  for (const raw of ofHooks) {
    const entry = await settleHook(raw)
    if (entry !== undefined) hookMap.set(entry.name, entry)
  }
  for (const raw of ofModels) {
    const entry = settle(raw, (document, known) =>
      compileAnew(known, [], secret, (read) => compileModel(document as Model, read, endpoints?.setOf))
    )
    if (entry !== undefined) models.set(entry.name, entry)
  }
  const refusedHooks = new Map<string, string>()
  for (const [key, why] of Object.entries(refused)) {
    if (key.startsWith('hooks/')) refusedHooks.set(key.slice('hooks/'.length), why)
  }
  const compile = (document: Document, known: Compiled | undefined, context: CompileContext): Compiled<ServiceEntry> =>
    compileAnew(known, usedBy(document as Service, context), secret, (read) =>
      compileService(document as Service, { ...context, secret: read })
    )
  for (const raw of ofServices) {
    const context = { models, hooks: hookMap, timeoutMs }
    const strictly = settle(raw, (document, known) => compile(document, known, context))
    // Nothing else can serve it: one method that answers with an error is better than none that answers at all.
    const entry = strictly ?? settle(raw, (document, known) => compile(document, known, { ...context, refusedHooks }))
    if (entry !== undefined) services.set(entry.key, entry)
  }
  return { table: { services, models }, good, applied, refused, changed, hookEntries: [...hookMap.values()], again }
}

/** In their order; what stands in no folder of ours is nothing. */
function byFolder(...lists: readonly (readonly RawDocument[])[]) {
  const hooks: RawDocument[] = []
  const models: RawDocument[] = []
  const services: RawDocument[] = []
  for (const list of lists) {
    for (const raw of list) {
      if (raw.key.startsWith('models/')) models.push(raw)
      else if (raw.key.startsWith('services/')) services.push(raw)
      else if (raw.key.startsWith('hooks/')) hooks.push(raw)
    }
  }
  return { hooks, models, services }
}

/** Its versions, and where they run, are not for a change of another document to touch. */
async function loadHook(
  document: Hook,
  known: Compiled<HookEntry> | undefined,
  hooks: CompileSetOptions['hooks']
): Promise<Compiled<HookEntry>> {
  if (known?.uses !== undefined && hooks.isCurrent(known.entry)) return known
  return { entry: await hooks.load(document), uses: [] }
}

const candidatesOf = (raw: RawDocument, last: Good | undefined): readonly RawDocument[] =>
  last === undefined || last.raw.text === raw.text ? [raw] : [raw, last.raw]

/** What was compiled before, if it was compiled with the same; else what `compile` gives, which is handed the secrets. */
function compileAnew<T extends Entry>(
  known: Compiled | undefined,
  uses: readonly unknown[],
  secret: SecretReader | undefined,
  compile: (read: SecretReader | undefined) => T
): Compiled<T> {
  if (known?.uses?.length === uses.length && known.uses.every((one, index) => one === uses[index])) {
    return known as Compiled<T>
  }
  let hasRead = false
  const read = (name: string): string => {
    hasRead = true
    return secret === undefined ? '' : secret(name)
  }
  const entry = compile(secret && read)
  return { entry, uses: hasRead ? undefined : uses }
}

/** All that `compileService` takes from its context, in the order of the methods. */
function usedBy({ methods }: Service, { models, hooks, refusedHooks }: CompileContext): unknown[] {
  return methods.flatMap(({ model = '', hook = '' }) => [models.get(model), hooks.get(hook), refusedHooks?.get(hook)])
}
