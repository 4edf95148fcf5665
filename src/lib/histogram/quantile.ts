import { LATENCY_BOUNDS_US } from './histogram.ts'

/**
 * The time, µs, that this part of the counts (0 to 1) did not exceed: exact to the bucket, in a straight line within it.
 * What is above all bounds counts as the greatest one. Undefined where nothing was counted.
 */
export function quantileUs(counts: ArrayLike<number>, part: number): number | undefined {
  let total = 0
  for (let index = 0; index < counts.length; index++) total += counts[index] as number
  if (total === 0) return undefined
  const rank = part * total
  let below = 0
  for (const [index, upper] of LATENCY_BOUNDS_US.entries()) {
    const count = counts[index] ?? 0
    if (count > 0 && below + count >= rank) {
      const lower = index === 0 ? 0 : (LATENCY_BOUNDS_US[index - 1] as number)
      return lower + ((upper - lower) * Math.max(0, rank - below)) / count
    }
    below += count
  }
  return LATENCY_BOUNDS_US.at(-1)
}
