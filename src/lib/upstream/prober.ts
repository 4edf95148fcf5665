import type { Clock } from '#core/clock'
import type { Endpoint } from './endpoint.ts'
import type { EndpointSet } from './endpoints.ts'

/** Asks one endpoint whether it can answer. It must not reject; what takes longer than the limit counts as false. */
export type Probe = (endpoint: Endpoint) => Promise<boolean>

export interface ProberOptions {
  readonly clock: Clock
  /** Pause between two probes of an endpoint, ms; each is up to a tenth shorter or longer. */
  readonly intervalMs?: number
  /** A probe that takes longer has failed, ms. */
  readonly limitMs?: number
  /** Failures in a row until an endpoint is down. */
  readonly downAfter?: number
  /** Successes in a row until it is up again. */
  readonly upAfter?: number
  /** Probes at a time, over all sets. */
  readonly concurrency?: number
  /** Uniform in [0, 1). */
  readonly random?: () => number
}

export interface WatchedProbes {
  /** Probes that failed, since the set is watched. */
  failures(): number
  /** No more probes; those that were down because of them are up. */
  stop(): void
}

/** Probes the endpoints of many sets, and tells each set which ones are down. */
export interface Prober {
  /**
   * Probes a set while it has more than one endpoint, or `always`. An endpoint that joins others is down until its
   * first good probe: it may be listed before its model is loaded.
   */
  watch(set: EndpointSet, probe: Probe, always: boolean): WatchedProbes
  /** Starts what is due. To be called a few times a second, and after a list has changed. */
  tick(): void
}

/** One endpoint under probes. */
interface Probed {
  readonly endpoint: Endpoint
  nextAt: number
  /** -1 = not running. */
  startedAt: number
  /** Counts the probes, so that a late result is known as such. */
  run: number
  failures: number
  successes: number
  down: boolean
  /** Successes that it takes to be up. */
  upAfter: number
}

interface Watched {
  readonly set: EndpointSet
  readonly probe: Probe
  readonly always: boolean
  /** The list that `probed` was made for. */
  list: readonly Endpoint[] | undefined
  probed: readonly Probed[]
  failures: number
}

/** What is to be looked at next, among the endpoints of all sets. */
interface Place {
  readonly watched: Watched
  readonly probed: Probed
}

export function createProber(options: ProberOptions): Prober {
  const { clock, intervalMs = 5000, limitMs = 1000, downAfter = 3, upAfter = 2 } = options
  const { concurrency = 64, random = Math.random } = options
  const watches = new Set<Watched>()
  let places: Place[] = []
  let cursor = 0
  let running = 0
  let changed = false

  /** Follows the set's list. */
  const follow = (watched: Watched, now: number): void => {
    const { set, always } = watched
    const list = set.endpoints()
    if (list === watched.list) return
    const listed = new Set(watched.list)
    const stay = list.some((endpoint) => listed.has(endpoint))
    const before = new Map(watched.probed.map((probed) => [probed.endpoint, probed]))
    const probed: Probed[] = []
    for (const endpoint of always || list.length > 1 ? list : []) {
      probed.push(before.get(endpoint) ?? begin(set, endpoint, stay && !listed.has(endpoint), now))
      before.delete(endpoint)
    }
    for (const left of before.values()) leave(watched, left)
    watched.list = list
    watched.probed = probed
    changed = true
  }
  const begin = (set: EndpointSet, endpoint: Endpoint, joins: boolean, now: number): Probed => {
    if (joins) set.setDown(endpoint, true)
    return {
      endpoint,
      // Spread over the interval, so that a long list is not one wave.
      nextAt: joins ? now : now + random() * intervalMs,
      startedAt: -1,
      run: 0,
      failures: 0,
      successes: 0,
      down: joins,
      upAfter: joins ? 1 : upAfter
    }
  }
  const leave = (watched: Watched, probed: Probed): void => {
    if (probed.startedAt >= 0) running--
    probed.startedAt = -1
    probed.run++
    if (probed.down) watched.set.setDown(probed.endpoint, false)
  }
  const start = ({ watched, probed }: Place, now: number): void => {
    const run = ++probed.run
    probed.startedAt = now
    running++
    const end = (isGood: boolean): void => {
      if (probed.run === run && probed.startedAt >= 0) finish(watched, probed, isGood)
    }
    watched.probe(probed.endpoint).then(end, () => end(false))
  }
  const finish = (watched: Watched, probed: Probed, isGood: boolean): void => {
    running--
    probed.startedAt = -1
    probed.nextAt = clock.monotonicMs() + intervalMs * (0.9 + 0.2 * random())
    if (isGood) {
      probed.failures = 0
      probed.successes++
      if (!probed.down || probed.successes < probed.upAfter) return
    } else {
      watched.failures++
      probed.successes = 0
      probed.failures++
      if (probed.down || probed.failures < downAfter) return
    }
    probed.down = !isGood
    probed.upAfter = upAfter
    watched.set.setDown(probed.endpoint, probed.down)
  }

  return {
    watch(set, probe, always) {
      const watched: Watched = { set, probe, always, list: undefined, probed: [], failures: 0 }
      watches.add(watched)
      return {
        failures: () => watched.failures,
        stop() {
          if (!watches.delete(watched)) return
          for (const probed of watched.probed) leave(watched, probed)
          watched.probed = []
          changed = true
        }
      }
    },
    tick() {
      const now = clock.monotonicMs()
      for (const watched of watches) follow(watched, now)
      if (changed) {
        changed = false
        places = [...watches].flatMap((watched) => watched.probed.map((probed) => ({ watched, probed })))
      }
      for (const { watched, probed } of places) {
        if (probed.startedAt >= 0 && now - probed.startedAt >= limitMs) finish(watched, probed, false)
      }
      // Begins where the last tick ran out of room, so that nobody waits for ever.
      for (let looked = 0; looked < places.length && running < concurrency; looked++) {
        if (cursor >= places.length) cursor = 0
        const place = places[cursor++] as Place
        if (place.probed.startedAt < 0 && now >= place.probed.nextAt) start(place, now)
      }
    }
  }
}
