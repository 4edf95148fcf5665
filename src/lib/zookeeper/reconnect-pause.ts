import { createBackoff } from '#core/backoff'
import type { Clock } from '#core/clock'

/** How long connections are tried for often: restarts of an ensemble take less. */
const EAGER_FOR_MS = 60_000
const EAGER_BASE_MS = 100
/** No pause is longer while they are. */
const EAGER_MAX_MS = 300

/** Pauses between attempts to connect. */
export interface ReconnectPauses {
  /** The next pause, ms with fractions. The first call after the start or a reset begins the outage. */
  next(): number
  /** The outage is over. */
  reset(): void
}

export interface ReconnectPauseOptions {
  /** Upper bound of every pause, ms. */
  readonly maxMs: number
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/**
 * In the first minute of an outage no pause is longer than 300 ms, so that after an expired session the entries, which
 * are gone, are back at once; then the pauses grow up to `maxMs`, so that a fleet does not fall upon what is away for
 * long. All are jittered over their whole range.
 */
export function createReconnectPauses({ maxMs, clock, random }: ReconnectPauseOptions): ReconnectPauses {
  const eager = createBackoff({ baseMs: Math.min(EAGER_BASE_MS, maxMs), maxMs: Math.min(EAGER_MAX_MS, maxMs), random })
  const patient = createBackoff({ baseMs: Math.min(2 * EAGER_MAX_MS, maxMs), maxMs, random })
  let since: number | undefined
  return {
    next() {
      const now = clock.monotonicMs()
      since ??= now
      return now - since < EAGER_FOR_MS ? eager.next() : patient.next()
    },
    reset() {
      since = undefined
      eager.reset()
      patient.reset()
    }
  }
}
