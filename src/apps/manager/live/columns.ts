import { OUTCOMES } from '#contracts/call-record'
import type { LiveCalls, LiveSummary } from '#contracts/live'
import { LATENCY_BOUNDS_US } from '#lib/histogram'

/** What a series counts; each kind has columns of its own. */
export type SeriesKind = 'calls' | 'hook' | 'shadow'

const BUCKETS = LATENCY_BOUNDS_US.length + 1
const TOTAL = OUTCOMES.length
const UPSTREAM = TOTAL + BUCKETS
const TOTAL_US = UPSTREAM + BUCKETS

/** Columns of `calls`: outcomes, histogram of the whole time, that of the model's, the sums of both, µs. */
export const WIDTHS: Readonly<Record<SeriesKind, number>> = { calls: TOTAL_US + 2, hook: 3, shadow: 5 }

/** Names of the columns of the other kinds. */
export const HOOK_COLUMNS = ['calls', 'strikes', 'stoodIn'] as const
export const SHADOW_COLUMNS = ['equal', 'within', 'different', 'error', 'dropped'] as const

const add = (values: Float64Array, column: number, value: number): void => {
  values[column] = (values[column] as number) + value
}

export function addCalls(values: Float64Array, calls: LiveCalls): void {
  for (const [index, name] of OUTCOMES.entries()) add(values, index, calls.outcomes[name] ?? 0)
  for (const [index, count] of calls.total.entries()) add(values, TOTAL + index, count)
  for (const [index, count] of calls.upstream.entries()) add(values, UPSTREAM + index, count)
  add(values, TOTAL_US, calls.totalUs)
  add(values, TOTAL_US + 1, calls.upstreamUs)
}

export function addHook(values: Float64Array, hook: LiveSummary['hooks'][number]): void {
  for (const [index, name] of HOOK_COLUMNS.entries()) add(values, index, hook[name])
}

export function addShadow(values: Float64Array, shadow: LiveSummary['shadows'][number]): void {
  for (const [index, name] of SHADOW_COLUMNS.entries()) add(values, index, shadow[name])
}

export const outcomesOf = (calls: Float64Array): Float64Array => calls.subarray(0, TOTAL)
export const totalOf = (calls: Float64Array): Float64Array => calls.subarray(TOTAL, UPSTREAM)
export const upstreamOf = (calls: Float64Array): Float64Array => calls.subarray(UPSTREAM, TOTAL_US)
export const totalUsOf = (calls: Float64Array): number => calls[TOTAL_US] as number

/** How many calls ended, and how many of them well. */
export const callsOf = (calls: Float64Array): number => outcomesOf(calls).reduce((all, count) => all + count, 0)
export const okOf = (calls: Float64Array): number => calls[0] as number
