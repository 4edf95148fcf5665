/** Pauses between repeated attempts. */
export interface Backoff {
  /** The next pause, ms with fractions; it may be 0. */
  next(): number
  /** The next pause is one of the shortest again. */
  reset(): void
}

export interface BackoffOptions {
  /** Upper bound of the first pause, ms. */
  readonly baseMs: number
  /** Upper bound of every pause, ms. */
  readonly maxMs: number
  /** Uniform in [0, 1). */
  readonly random?: () => number
}

/** Doubling stops here: beyond it 2^n could only overflow, `maxMs` has long been reached. */
const MAX_DOUBLINGS = 30

/**
 * Exponential backoff with full jitter: each pause is uniform between 0 and a bound that doubles from `baseMs` to
 * `maxMs`. Jitter over the whole range spreads a fleet that lost its server at one moment.
 */
export function createBackoff({ baseMs, maxMs, random = Math.random }: BackoffOptions): Backoff {
  let doublings = 0
  return {
    next() {
      const bound = Math.min(maxMs, baseMs * 2 ** doublings)
      if (doublings < MAX_DOUBLINGS) doublings++
      return random() * bound
    },
    reset() {
      doublings = 0
    }
  }
}
