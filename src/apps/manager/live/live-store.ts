import type { LiveSummary } from '#contracts/live'
import type { Clock } from '#core/clock'
import { BOUNDS, EnvironmentLive, type LiveBounds } from './environment-live.ts'

/** The last hour of all environments, in the memory of this process. */
export interface LiveStore {
  /** False: it was not taken, because it is not new or there is no room. */
  add(environment: string, summary: LiveSummary): boolean
  /** Undefined: nothing was told of it within the hour. */
  find(environment: string): EnvironmentLive | undefined
  /** The second that is not over yet, by a clock that never goes back. */
  second(): number
  /** How long until it is over, ms. */
  untilNextMs(): number
}

/** More environments than anybody has; each may hold `BOUNDS.mostBytes`. */
const MOST_ENVIRONMENTS = 20
const HOUR_S = 3600

export function createLiveStore(clock: Clock, bounds: LiveBounds = BOUNDS): LiveStore {
  const environments = new Map<string, EnvironmentLive>()
  // The wall clock may be set while we run; the hour goes on.
  const offsetMs = clock.wallMs() - clock.monotonicMs()
  const nowMs = (): number => clock.monotonicMs() + offsetMs
  const second = (): number => Math.floor(nowMs() / 1000)
  return {
    add(environment, summary) {
      const now = second()
      const known = environments.get(environment)
      if (known !== undefined) return known.add(summary, now)
      for (const [name, { touched }] of environments) if (now - touched > HOUR_S) environments.delete(name)
      if (environments.size >= MOST_ENVIRONMENTS) return false
      const made = new EnvironmentLive(now, bounds)
      environments.set(environment, made)
      return made.add(summary, now)
    },
    find(environment) {
      const found = environments.get(environment)
      found?.roll(second())
      return found
    },
    second,
    untilNextMs: () => 1000 - (nowMs() % 1000)
  }
}
