import { quantileUs } from '#lib/histogram'

/** Absent where nothing was counted. */
export interface Times {
  readonly p50Ms?: number
  readonly p99Ms?: number
}

export function timesOf(histogram: Float64Array): Times {
  const [p50, p99] = [quantileUs(histogram, 0.5), quantileUs(histogram, 0.99)]
  return p50 === undefined || p99 === undefined ? {} : { p50Ms: round(p50 / 1000), p99Ms: round(p99 / 1000) }
}

/** To three places. */
export const round = (value: number): number => Math.round(value * 1000) / 1000
