import type { Environment } from '#contracts/environment'
import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import type { Changes } from '../changes.ts'
import { readEnvironments } from '../store/documents.ts'
import type { Store } from '../store/open-store.ts'
import { lastAudit } from '../store/read-audit.ts'
import { whereOf } from './adoption.ts'
import { readFormerCredentials } from './former-credentials.ts'
import { createLoop } from './loop.ts'
import { owedWithdrawals } from './owed.ts'
import { NOTHING, type Publication, type PublicationState } from './publication.ts'
import { ZookeeperPublication } from './publisher.ts'

export interface PublishersOptions {
  readonly store: Store
  readonly changes: Changes
  /** Of this manager, among the candidates; as a node's name may be. */
  readonly name: string
  /** Value of a secret by its name; may throw. */
  readonly secret: (name: string) => string
  /** Publishes environments whose `publish.kind` is embedded; absent or undefined: they are published nowhere. */
  readonly embedded?: (environment: Environment) => Publication | undefined
  /** Of ZooKeeper, ms. */
  readonly sessionTimeoutMs: number
  readonly laggardMs: number
  /** How long it is tried to remove what an environment that is gone has published, ms; ten minutes unless given. */
  readonly withdrawMs?: number
  readonly clock: Clock
  readonly log: Logger
}

export interface Publishers extends Closeable {
  /** Undefined: there is no such environment, or it is published nowhere. */
  state(environment: string): PublicationState | undefined
  /** Names of the environments that are published, or should be. */
  environments(): string[]
  /** What is being removed: of environments that are gone or have moved. */
  leaving(): readonly { readonly name: string; readonly where: string }[]
}

/** How soon what other managers wrote is seen, ms. */
const POLL_MS = 500

interface Running {
  /** Of the environment. */
  readonly name: string
  /** Of what the environment says about publishing: another text needs another publisher. */
  readonly text: string
  /** Another text may mean the same place. */
  readonly place: string
  readonly publication: Publication
}

/** What could not begin yet. */
interface Refused {
  readonly environment: Environment
  readonly text: string
  readonly why: string
}

/**
 * One publisher for each environment, as the store has them. All of them hear of each change: what other managers write
 * is found by the greatest number of the audit, which grows in the order of commits.
 */
export function createPublishers(options: PublishersOptions): Publishers {
  const { store, changes, withdrawMs = 600_000, log } = options
  const running = new Map<string, Running>()
  const refused = new Map<string, Refused>()
  /** Of environments that are gone or have moved, until nothing of them stands there. */
  const leaving = new Map<Running, Promise<void>>()
  /** What other processes have left to be removed, until that has begun; undefined: not asked for yet. */
  let owed: readonly Environment[] | undefined
  const complained = new Set<string>()
  let lastSeq = -1

  const leave = async ({ name, place, publication }: Running, resumed: boolean): Promise<void> => {
    const timer = setTimeout(() => {
      const about = { environment: name, where: place, documents: publication.state().published.size }
      log.error(about, 'not removed in time: the next start tries it again; or delete by hand what stands there')
      void publication.close()
    }, withdrawMs)
    try {
      await publication.withdraw(() => running.get(name)?.publication, resumed)
      await publication.close()
    } catch (error) {
      log.error({ environment: name, error: describe(error) }, 'publishing did not end as it should')
    } finally {
      clearTimeout(timer)
    }
  }
  /** `next`: what is published instead, if anything. */
  const replace = async (name: string, next: Running | undefined): Promise<void> => {
    const before = running.get(name)
    if (next === undefined) running.delete(name)
    else running.set(name, next)
    if (before === undefined) return
    if (before.place === next?.place) return before.publication.close()
    letLeave(before)
  }
  const letLeave = (left: Running, resumed = false): void => {
    leaving.set(
      left,
      leave(left, resumed).finally(() => leaving.delete(left))
    )
  }
  /** A secret may be missing as with any other: then it is tried again. */
  const resume = (environment: Environment): boolean => {
    const { name } = environment
    const place = whereOf(environment)
    try {
      const publication = publicationOf(environment, options)
      if (publication !== undefined) letLeave({ name, text: '', place, publication }, true)
      return true
    } catch (error) {
      if (!complained.has(place)) {
        log.error({ environment: name, where: place, error: describe(error) }, 'what stands there is not removed yet')
      }
      complained.add(place)
      return false
    }
  }
  const start = async (environment: Environment, text: string): Promise<void> => {
    const { name } = environment
    try {
      const place = whereOf(environment)
      owed = owed?.filter((left) => left.name !== name || whereOf(left) !== place)
      // It comes back: nothing more is to be removed. Another environment at that place waits until it leads there.
      for (const left of leaving.keys()) {
        if (left.name === name && left.place === place) await left.publication.close()
      }
      const publication = publicationOf(environment, options)
      refused.delete(name)
      await replace(name, publication && { name, text, place, publication })
    } catch (error) {
      // What ran before goes on: it is not replaced by nothing.
      const why = describe(error)
      if (refused.get(name)?.why !== why) log.error({ environment: name, error: why }, 'environment is not published')
      refused.set(name, { environment, text, why })
    }
  }
  /** Brings what runs up to what the store says. */
  const compare = async (): Promise<void> => {
    const found = await store.read(readEnvironments)
    const environments = new Map(found.map((environment) => [environment.name, environment]))
    for (const name of [...running.keys(), ...refused.keys()]) {
      if (environments.has(name)) continue
      refused.delete(name)
      await replace(name, undefined)
    }
    for (const [name, environment] of environments) {
      const text = JSON.stringify(environment.publish)
      if (running.get(name)?.text === text) refused.delete(name)
      else await start(environment, text)
    }
    for (const { publication } of running.values()) publication.poke()
    owed ??= await owedWithdrawals(store, found)
  }
  const step = async (): Promise<void> => {
    const seq = await store.read(lastAudit)
    if (seq !== lastSeq) await compare()
    // A file may have come meanwhile.
    else for (const { environment, text } of [...refused.values()]) await start(environment, text)
    owed = owed?.filter((environment) => !resume(environment))
    lastSeq = seq
  }
  const loop = createLoop('publishers', POLL_MS, log, step)
  const deaf = changes.listen(loop.poke)
  loop.poke()
  return {
    leaving: () => [...leaving.keys()].map(({ name, place: where }) => ({ name, where })),
    environments: () => [...new Set([...running.keys(), ...refused.keys()])],
    state(environment) {
      const state = running.get(environment)?.publication.state()
      const why = refused.get(environment)?.why
      return why === undefined ? state : { ...(state ?? NOTHING), refused: why }
    },
    async close() {
      deaf()
      await loop.close()
      const ended = [...leaving.values()]
      await Promise.all([...running.values(), ...leaving.keys()].map(async ({ publication }) => publication.close()))
      await Promise.all(ended)
      running.clear()
    }
  }
}

/** Throws what `secret` throws. */
function publicationOf(environment: Environment, options: PublishersOptions): Publication | undefined {
  const { store, changes, name, secret, sessionTimeoutMs, laggardMs, clock, log } = options
  const { publish } = environment
  if (publish.kind === 'embedded') return options.embedded?.(environment)
  const credentials = publish.credentials === undefined ? undefined : secret(publish.credentials.secret)
  const onAudit = (): void => changes.notify()
  return new ZookeeperPublication({
    store,
    environment,
    name,
    credentials,
    former: () => readFormerCredentials(store, environment, secret),
    sessionTimeoutMs,
    laggardMs,
    onAudit,
    clock,
    log
  })
}
