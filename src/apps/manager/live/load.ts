import type { LiveSummary } from '#contracts/live'

/** Calls that ended in the second of a summary. */
export function callsIn({ calls, leftOut }: LiveSummary): number {
  let sum = leftOut.calls
  for (const { outcomes } of calls) for (const count of Object.values<number | undefined>(outcomes)) sum += count ?? 0
  return sum
}
