/** The time as the gateway needs it: one source that tests can replace. */
export interface Clock {
  /** Wall-clock time, ms since 1970. Goes into documents and records; may jump. */
  wallMs(): number
  /** Monotonic time, ms with fractions. Every duration is a difference of two of these. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now()
}
