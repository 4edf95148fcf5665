import type { Clock } from '#core/clock'
import {
  defaultEjection,
  type EjectionRules,
  eject,
  forgive,
  isOutlier,
  mayEject,
  outlierBound,
  readmit
} from './ejection.ts'
import {
  type Endpoint,
  type EndpointAddress,
  type EndpointOutcome,
  type EndpointState,
  TrackedEndpoint
} from './endpoint.ts'
import { type BalancePolicy, EndpointPicker } from './endpoint-picker.ts'

/** Several servers that are equally good: which one takes the next call, and which ones take none for now. */
export interface EndpointSet {
  /**
   * The endpoint for the next call, whose `inFlight` is counted up; another one than `not` where there is another.
   * undefined: every endpoint is at its bound, or none is known. Never waits, allocates nothing.
   */
  acquire(not?: Endpoint): Endpoint | undefined
  /** Calls that may be at endpoints that are well at the same time; 0 without endpoints. */
  capacity(): number
  /** Must be called once for each acquire. */
  release(endpoint: Endpoint, outcome: EndpointOutcome, elapsedMs: number): void
  /** It asked for no calls for so long (Retry-After of 429 and 503): calls go to others, where others are, for at most 30 s. */
  rest(endpoint: Endpoint, ms: number): void
  /**
   * Replaces the list; a text is an origin. Endpoints that stay keep what is known of them, those gone end with their
   * calls, new ones begin with a small share when others stay. An empty list is ignored and counted in `kept`.
   */
  update(list: readonly (string | EndpointAddress)[]): void
  /** The list as it is; the same array until it changes. */
  endpoints(): readonly Endpoint[]
  /** What probes found. No calls go to an endpoint that is down, unless none is left. */
  setDown(endpoint: Endpoint, down: boolean): void
  /** Ends ejections, grows shares, compares endpoints. To be called about once a second. */
  sweep(): void
  /** How long good answers take, a moving mean, ms; undefined before there were some. */
  typicalMs(): number | undefined
  /** Empty lists that were ignored. */
  kept(): number
  /** For metrics and the admin API. */
  states(): readonly EndpointState[]
  /** Nobody sweeps or probes it any more: every endpoint is usable for the calls that still hold the set. */
  close(): void
}

export interface EndpointSetOptions {
  readonly clock: Clock
  readonly origins?: readonly (string | EndpointAddress)[]
  readonly policy?: BalancePolicy
  /** Bound of calls in flight at one endpoint. */
  readonly maxInFlight?: number
  readonly ejection?: Partial<EjectionRules>
  /** How long the share of a new or returned endpoint grows, ms; 0 = it has its full share at once. */
  readonly slowStartMs?: number
  /** Uniform in [0, 1). */
  readonly random?: () => number
}

/** The share that a slow start begins with. */
const FIRST_SHARE = 0.1

/** Longest time for which an endpoint is believed that it wants no calls. */
const LONGEST_REST_MS = 30_000

/** So often another one is drawn instead of one that rests. */
const REST_DRAWS = 16

/** Weight of one answer in the moving mean of `typicalMs`, and how many are needed before it says anything. */
const MEAN_WEIGHT = 1 / 32
const MEAN_FROM = 20

/**
 * Rules, all of them from Envoy's outlier detection (ejection.ts): five failures in a row or a share of good answers
 * far below the others' take an endpoint out, for longer each time, never more than a tenth of them (but one may be)
 * and never the last. Probes may take out more. When none is left, all are used: calls that fail anyway find out
 * soonest who is back.
 */
export function createEndpointSet(options: EndpointSetOptions): EndpointSet {
  return new Endpoints(options)
}

/** A class, because its numbers change with each call: as fields they are changed in place. */
class Endpoints implements EndpointSet {
  readonly #clock: Clock
  readonly #rules: EjectionRules
  readonly #picker: EndpointPicker
  readonly #maxInFlight: number
  readonly #slowStartMs: number
  #all: readonly TrackedEndpoint[] = []
  #usable = 0
  #ejected = 0
  #windowSince: number
  #meanMs = 0.5
  #answers = 0
  #kept = 0
  #closed = false

  constructor(options: EndpointSetOptions) {
    const { clock, origins = [], policy = 'round-robin', maxInFlight = 1024, slowStartMs = 30_000 } = options
    this.#clock = clock
    this.#rules = { ...defaultEjection, ...options.ejection }
    this.#picker = new EndpointPicker(policy, options.random ?? Math.random)
    this.#maxInFlight = maxInFlight
    this.#slowStartMs = slowStartMs
    this.#windowSince = clock.monotonicMs()
    if (origins.length > 0) this.update(origins)
  }

  acquire(not?: Endpoint): Endpoint | undefined {
    let endpoint = this.#picker.pick(not)
    if (endpoint === undefined) return undefined
    if (endpoint.restsUntil !== 0) endpoint = this.#wakeOr(endpoint)
    endpoint.inFlight++
    if (endpoint.inFlight >= this.#maxInFlight) this.#picker.remove(endpoint)
    return endpoint
  }

  capacity(): number {
    return (this.#usable === 0 ? this.#all.length : this.#usable) * this.#maxInFlight
  }

  release(taken: Endpoint, outcome: EndpointOutcome, elapsedMs: number): void {
    const endpoint = taken as TrackedEndpoint
    endpoint.inFlight--
    // It was at its bound, or calls do not go there; only the first makes a difference now.
    if (endpoint.at < 0) this.#place(endpoint)
    if (outcome === 'ok') {
      endpoint.good++
      endpoint.failuresInARow = 0
      this.#answers++
      this.#meanMs += (elapsedMs - this.#meanMs) * (this.#answers < MEAN_FROM ? 1 / this.#answers : MEAN_WEIGHT)
    } else if (outcome !== 'none') {
      endpoint.bad++
      endpoint.failures++
      if (outcome === 'local') endpoint.localFailures++
      endpoint.failuresInARow++
      if (endpoint.failuresInARow >= this.#rules.failuresInARow) this.#eject(endpoint, this.#clock.monotonicMs())
    }
  }

  rest(taken: Endpoint, ms: number): void {
    if (ms > 0) (taken as TrackedEndpoint).restsUntil = this.#clock.monotonicMs() + Math.min(ms, LONGEST_REST_MS)
  }

  update(list: readonly (string | EndpointAddress)[]): void {
    if (list.length === 0) {
      this.#kept++
      return
    }
    const now = this.#clock.monotonicMs()
    const known = new Map(this.#all.map((endpoint) => [keyOf(endpoint), endpoint]))
    const next = new Map<string, TrackedEndpoint>()
    for (const entry of list) {
      const address = typeof entry === 'string' ? { origin: entry } : entry
      const key = keyOf(address)
      next.set(key, known.get(key) ?? new TrackedEndpoint(address))
    }
    const others = this.#all.some((endpoint) => next.has(keyOf(endpoint)))
    const isFirst = this.#all.length === 0
    for (const [key, endpoint] of known) {
      if (next.has(key)) continue
      endpoint.gone = true
      this.#picker.remove(endpoint)
    }
    for (const [key, endpoint] of next) if (others && !known.has(key)) this.#beginSlowly(endpoint, now)
    const changed = next.size !== known.size || [...next.keys()].some((key) => !known.has(key))
    if (changed) this.#all = [...next.values()]
    this.#settle()
    if (isFirst) this.#picker.shuffleTurn()
  }

  endpoints(): readonly Endpoint[] {
    return this.#all
  }

  setDown(of: Endpoint, down: boolean): void {
    const endpoint = of as TrackedEndpoint
    if (endpoint.down === down || endpoint.gone || this.#closed) return
    endpoint.down = down
    if (!down) this.#beginSlowly(endpoint, this.#clock.monotonicMs())
    this.#settle()
  }

  sweep(): void {
    if (this.#closed) return
    const now = this.#clock.monotonicMs()
    let changed = false
    for (const endpoint of this.#all) {
      if (readmit(endpoint, now)) {
        changed = true
        this.#beginSlowly(endpoint, now)
      } else if (endpoint.slowSince >= 0) this.#grow(endpoint, now)
      forgive(endpoint, this.#rules, now)
    }
    if (changed) this.#settle()
    if (now - this.#windowSince >= this.#rules.windowMs) this.#compare(now)
  }

  typicalMs(): number | undefined {
    return this.#answers < MEAN_FROM ? undefined : this.#meanMs
  }

  kept(): number {
    return this.#kept
  }

  states(): readonly EndpointState[] {
    return this.#all.map((endpoint) => endpoint.state())
  }

  close(): void {
    this.#closed = true
    for (const endpoint of this.#all) {
      endpoint.down = false
      endpoint.ejectedUntil = 0
      endpoint.slowSince = -1
      endpoint.weight = 1
    }
    this.#settle()
  }

  /** Another one than the one that rests, drawn a few times, or itself where its rest is over or all rest. */
  #wakeOr(resting: TrackedEndpoint): TrackedEndpoint {
    const now = this.#clock.monotonicMs()
    let endpoint = resting
    for (let draws = 0; draws < REST_DRAWS; draws++) {
      if (endpoint.restsUntil <= now) {
        endpoint.restsUntil = 0
        return endpoint
      }
      endpoint = this.#picker.pick(endpoint) as TrackedEndpoint
    }
    return endpoint
  }

  /** Ends the window: who is far below the others is ejected. */
  #compare(now: number): void {
    this.#windowSince = now
    const bound = outlierBound(this.#all, this.#rules)
    const outliers = bound <= 0 ? [] : this.#all.filter((endpoint) => isOutlier(endpoint, this.#rules, bound))
    for (const endpoint of outliers) this.#eject(endpoint, now)
    for (const endpoint of this.#all) {
      endpoint.good = 0
      endpoint.bad = 0
    }
  }

  #eject(endpoint: TrackedEndpoint, now: number): void {
    if (this.#closed || endpoint.gone || !endpoint.usable()) return
    if (!mayEject(this.#rules, this.#all.length, this.#ejected, this.#usable)) return
    eject(endpoint, this.#rules, now)
    this.#settle()
  }

  #beginSlowly(endpoint: TrackedEndpoint, now: number): void {
    endpoint.slowSince = now
    this.#grow(endpoint, now)
  }

  #grow(endpoint: TrackedEndpoint, now: number): void {
    const part = this.#slowStartMs <= 0 ? 1 : (now - endpoint.slowSince) / this.#slowStartMs
    endpoint.weight = Math.min(1, Math.max(FIRST_SHARE, part))
    if (part >= 1) endpoint.slowSince = -1
  }

  /** Counts again and gives the picker what calls may go to; after each change of a state, which is seldom. */
  #settle(): void {
    this.#usable = 0
    this.#ejected = 0
    for (const endpoint of this.#all) {
      if (endpoint.usable()) this.#usable++
      if (endpoint.ejectedUntil !== 0) this.#ejected++
    }
    for (const endpoint of this.#all) this.#place(endpoint)
  }

  #place(endpoint: TrackedEndpoint): void {
    const isOpen = !endpoint.gone && endpoint.inFlight < this.#maxInFlight && (this.#usable === 0 || endpoint.usable())
    if (isOpen) this.#picker.add(endpoint)
    else this.#picker.remove(endpoint)
  }
}

const keyOf = ({ origin, host }: EndpointAddress): string => (host === undefined ? origin : `${origin} ${host}`)
