import type { Clock } from '#core/clock'

/** How many retries may be made, as a share of the calls, so that a failing server does not get several times its load. */
export interface RetryBudget {
  /** Whether one more retry may be made now; it is counted as made. */
  take(): boolean
  /** Once per first attempt. */
  deposit(): void
  stats(): RetryBudgetStats
}

/** Counts since creation. */
export interface RetryBudgetStats {
  readonly calls: number
  readonly retries: number
  /** Retries that were not allowed. */
  readonly refused: number
}

export interface RetryBudgetOptions {
  /** Retries per call, as 0.1. */
  readonly ratio: number
  /** Allowed besides, so that seldom calls can be retried too. */
  readonly minPerSecond: number
  readonly clock: Clock
}

/** Calls and retries of the last this many seconds count; older ones are forgotten (as linkerd and Finagle do it). */
const WINDOW_S = 10

/** The window is a ring of seconds: calls fund retries of the seconds after them, and a quiet hour saves nothing up. */
export function createRetryBudget({ ratio, minPerSecond, clock }: RetryBudgetOptions): RetryBudget {
  const calls = new Float64Array(WINDOW_S)
  const retries = new Float64Array(WINDOW_S)
  const total = { calls: 0, retries: 0, refused: 0 }
  let second = Math.floor(clock.monotonicMs() / 1000)
  let callsInWindow = 0
  let retriesInWindow = 0

  /** Where the present second is counted; seconds that have left the window are taken off. */
  function slot(): number {
    const now = Math.floor(clock.monotonicMs() / 1000)
    for (const end = Math.min(now, second + WINDOW_S); second < end; ) {
      const index = ++second % WINDOW_S
      callsInWindow -= calls[index] as number
      retriesInWindow -= retries[index] as number
      calls[index] = 0
      retries[index] = 0
    }
    second = Math.max(second, now)
    return second % WINDOW_S
  }

  return {
    take() {
      const index = slot()
      if (retriesInWindow + 1 > ratio * callsInWindow + minPerSecond * WINDOW_S) {
        total.refused++
        return false
      }
      retries[index] = (retries[index] as number) + 1
      retriesInWindow++
      total.retries++
      return true
    },
    deposit() {
      const index = slot()
      calls[index] = (calls[index] as number) + 1
      callsInWindow++
      total.calls++
    },
    stats: () => ({ ...total })
  }
}
