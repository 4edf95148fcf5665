/** Part of what the caller waits that is not the model's, and the most that this part takes, ms. */
const SHARE = 0.05
const MOST_MS = 50

/**
 * What is left for the model, in whole ms, of a call whose caller waits `deadlineMs` and has waited `elapsedMs`; may be
 * below 1. A twentieth of the caller's time, at most 50 ms, is kept back: an answer that says what happened has to be
 * there before the caller's own time-out, which says nothing and would end at the same instant.
 */
export function timeForModel(deadlineMs: number, elapsedMs: number): number {
  return Math.floor(deadlineMs - Math.min(deadlineMs * SHARE, MOST_MS) - elapsedMs)
}
