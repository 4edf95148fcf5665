import type { Endpoint } from '#contracts/endpoint'
import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { createLoop, type Loop } from '../publish/loop.ts'
import { readDocument } from '../store/documents.ts'
import type { Store } from '../store/open-store.ts'

/** What this replica has found out about the endpoint of a third party. */
export interface EndpointHealth {
  /** `unknown`: not asked yet. `offline`: its document says so, and it is not asked. */
  readonly state: 'well' | 'unwell' | 'unknown' | 'offline'
  /** Since when it is so, wall clock, ms; undefined: unknown. */
  readonly since: number | undefined
  /** Why it is unwell; '' otherwise. Nothing of what it answered but the status. */
  readonly why: string
}

/** Asks the endpoints of third parties again and again. Each replica asks for itself: they may see different networks. */
export interface HealthWatch extends Closeable {
  /** Undefined: there is no such endpoint, or it was not seen yet. */
  find(environment: string, key: string): EndpointHealth | undefined
  /** How many endpoints are in each state, by `environment\nstate`. */
  readonly counts: () => ReadonlyMap<string, number>
}

export interface HealthWatchOptions {
  readonly store: Store
  /** See askEndpoint. */
  readonly ask: (endpoint: Endpoint) => Promise<string>
  /** Pause between two questions to one endpoint, ms; each is up to a tenth shorter or longer. */
  readonly everyMs: number
  readonly clock: Clock
  readonly log: Logger
  /** How soon endpoints that are new or have changed are seen, ms. */
  readonly lookMs?: number
  /** Uniform in [0, 1). */
  readonly random?: () => number
}

/** Questions at a time: looking up names takes threads that passwords and files need too. */
const PARALLEL = 8

interface Watched {
  readonly environment: string
  readonly key: string
  generation: number
  /** Undefined until its document was read. */
  endpoint: Endpoint | undefined
  /** Of what is asked, and of the state in the document: another text begins anew. */
  text: string
  health: EndpointHealth
  /** Monotonic, ms. */
  nextAt: number
  /** Counts what was begun, so that the answer to what is not asked any more is known as such. */
  run: number
  isAsked: boolean
}

const UNKNOWN: EndpointHealth = { state: 'unknown', since: undefined, why: '' }

export function createHealthWatch(options: HealthWatchOptions): HealthWatch {
  return new StoreHealthWatch(options)
}

class StoreHealthWatch implements HealthWatch {
  readonly #options: HealthWatchOptions
  readonly #random: () => number
  readonly #watched = new Map<string, Watched>()
  readonly #loop: Loop
  #underWay = 0
  #closed = false

  constructor(options: HealthWatchOptions) {
    this.#options = options
    this.#random = options.random ?? Math.random
    this.#loop = createLoop('endpoint health', options.lookMs ?? 1000, options.log, () => this.#look())
    this.#loop.poke()
  }

  find(environment: string, key: string): EndpointHealth | undefined {
    return this.#watched.get(idOf(environment, key))?.health
  }

  readonly counts = (): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>()
    for (const { environment, health } of this.#watched.values()) {
      const name = `${environment}\n${health.state}`
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    return counts
  }

  /** Questions under way end with what sends them. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#loop.close()
  }

  /** Follows the documents, then asks those that are due. */
  async #look(): Promise<void> {
    const { store } = this.#options
    const rows = await store.read((db) =>
      db
        .selectFrom('documents')
        .select(['scope', 'key', 'generation'])
        .where('kind', '=', 'Endpoint')
        .where('deleted', '=', 0)
        .execute()
    )
    const seen = new Set<string>()
    for (const { scope, key, generation } of rows) {
      const id = idOf(scope, key)
      seen.add(id)
      const watched = this.#watched.get(id) ?? begin(scope, key)
      this.#watched.set(id, watched)
      if (watched.generation !== generation) await this.#follow(watched)
    }
    for (const id of this.#watched.keys()) if (!seen.has(id)) this.#watched.delete(id)
    this.#askDue()
  }

  async #follow(watched: Watched): Promise<void> {
    const { environment: scope, key } = watched
    const found = await this.#options.store.read((db) => readDocument(db, { scope, kind: 'Endpoint', key }))
    if (found === undefined || found.deleted) return
    const endpoint = found.document as Endpoint
    const { origin, headers, health, state } = endpoint
    const text = JSON.stringify([origin, headers, health, state])
    watched.generation = found.generation
    watched.endpoint = endpoint
    if (watched.text === text) return
    watched.text = text
    watched.run++
    watched.isAsked = false
    watched.nextAt = 0
    watched.health = state === 'offline' ? { state, since: this.#options.clock.wallMs(), why: '' } : UNKNOWN
  }

  #askDue(): void {
    const now = this.#options.clock.monotonicMs()
    for (const watched of this.#watched.values()) {
      if (this.#underWay >= PARALLEL || this.#closed) return
      const { endpoint, isAsked, nextAt, health } = watched
      if (endpoint === undefined || isAsked || health.state === 'offline' || now < nextAt) continue
      this.#underWay++
      void this.#ask(watched, endpoint).finally(() => {
        this.#underWay--
        this.#askDue()
      })
    }
  }

  async #ask(watched: Watched, endpoint: Endpoint): Promise<void> {
    const { ask, clock, everyMs, log } = this.#options
    const run = ++watched.run
    watched.isAsked = true
    const why = await ask(endpoint).catch(describe)
    if (watched.run !== run) return
    watched.isAsked = false
    watched.nextAt = clock.monotonicMs() + everyMs * (0.9 + 0.2 * this.#random())
    const state = why === '' ? 'well' : 'unwell'
    const { environment, key, health } = watched
    const since = health.state === state ? health.since : clock.wallMs()
    watched.health = { state, since, why }
    if (health.state === state) return
    if (state === 'unwell') log.warn({ environment, endpoint: key, why }, 'endpoint is unwell')
    else log.info({ environment, endpoint: key }, 'endpoint is well')
  }
}

const idOf = (environment: string, key: string): string => `${environment}\n${key}`

const begin = (environment: string, key: string): Watched => ({
  environment,
  key,
  generation: -1,
  endpoint: undefined,
  text: '',
  health: UNKNOWN,
  nextAt: 0,
  run: 0,
  isAsked: false
})
