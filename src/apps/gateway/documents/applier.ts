import { EMPTY, emptyMark, markedFolders } from '#contracts/emptied'
import { WHOLE_SET } from '#contracts/receipt'
import { createBackoff } from '#core/backoff'
import { describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import type { EndpointKeeper } from '../endpoints.ts'
import type { Hooks } from '../hooks.ts'
import { emptyTable, type RoutingTable } from '../routing-table.ts'
import type { SecretReader } from './compile.ts'
import { compileSet, type Good } from './compile-set.ts'
import type { LastGood } from './last-good.ts'
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

/**
 * Turns documents into the routing table. A bad document never replaces a good one: where the published one cannot be
 * used, the last good one of the same key stays, and the receipt says why. A document that is gone is gone; but a set
 * that has lost all its services or all its models at once is taken for a wiped store and ignored, unless it says itself
 * that this is meant (contracts/emptied.ts). Where a hook was refused with an error that may pass, such as for want of
 * CPU, the same set is applied again until there is none, or another set comes.
 */
export function createApplier(options: ApplierOptions): Applier {
  const { hooks, lastGood, log, onApplied, random } = options
  let good: ReadonlyMap<string, Good> = new Map()
  let current: Applied = { table: emptyTable, applied: {}, refused: {} }
  let queue: Promise<unknown> = Promise.resolve()
  /** What was applied last; undefined: the next one is applied whatever it is. */
  let before: readonly RawDocument[] | undefined
  const backoff = createBackoff({ ...AGAIN, ...(random !== undefined && { random }) })
  /** What was given last; undefined at the end. */
  let latest: readonly RawDocument[] | undefined
  let timer: NodeJS.Timeout | undefined
  /** There while a set is to be applied again. */
  let again: PromiseWithResolvers<void> | undefined

  const enqueue = (documents: readonly RawDocument[], anew = false): Promise<Applied> => {
    const result = queue.then(() => {
      if (anew) before = undefined
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
    const lost = markedFolders.find(
      (folder) =>
        hasAny(good.keys(), folder) && !documents.some(({ key }) => isIn(key, folder) || key === emptyMark(folder))
    )
    if (lost !== undefined) {
      const reason = `the set has no ${lost} any more; the last good set stays in force`
      log.warn({ lost }, reason)
      current = { ...current, refused: { [WHOLE_SET]: reason } }
      announce(current)
      before = undefined
      settle()
      return current
    }
    if (before !== undefined && areSame(before, documents)) return current
    const round = await compileSet(
      documents.filter(({ key }) => !isIn(key, EMPTY)),
      good,
      options
    )
    before = round.again ? undefined : documents
    good = round.good
    options.limits?.adopt(round.table)
    options.endpoints?.retain(round.table.models.values())
    current = { table: round.table, applied: round.applied, refused: round.refused }
    hooks.retain(round.hookEntries)
    const applied = Object.fromEntries(round.changed.map((key) => [key, round.applied[key]]))
    log.info({ documents: good.size, applied }, 'documents applied')
    for (const key of round.changed) {
      for (const part of unusedKeys(good.get(key)))
        log.warn({ key: part }, 'this part of a document is not in force yet')
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

const areSame = (some: readonly RawDocument[], others: readonly RawDocument[]): boolean =>
  some.length === others.length &&
  some.every(({ key, text }, index) => key === others[index]?.key && text === others[index].text)

const isIn = (key: string, folder: string): boolean => key.startsWith(`${folder}/`)

const hasAny = (keys: Iterable<string>, folder: string): boolean => {
  for (const key of keys) if (isIn(key, folder)) return true
  return false
}

/** What documents may say already and no gateway does yet: an operator must not rely on it unwarned. */
function unusedKeys({ document }: Partial<Good> = {}): string[] {
  if (document?.kind !== 'Model' || document.split?.shadow === undefined) return []
  return [`model ${document.name} split.shadow`]
}
