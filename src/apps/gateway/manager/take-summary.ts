import { OUTCOMES } from '#contracts/call-record'
import {
  type LiveCalls,
  type LiveSummary,
  MAX_SUMMARY_BYTES,
  MOST_CALL_SERIES,
  MOST_OTHER_SERIES
} from '#contracts/live'
import type { Clock } from '#core/clock'
import { LATENCY_BOUNDS_US } from '#lib/histogram'
import type { HookState } from '../messages.ts'
import type { CallSeries } from '../metrics.ts'
import type { RecordSource } from '../records/record-text.ts'

/** What of an instance goes into its summaries; all of it is counted anyway. */
export interface SummarySources {
  readonly source: RecordSource
  readonly clock: Clock
  readonly series: () => Iterable<CallSeries>
  readonly inFlight: () => number
  readonly connections: () => number
  readonly isOffline: () => boolean
  /** Calls at endpoints, by model, variant and endpoint, line ends between. */
  readonly endpointsInFlight: () => ReadonlyMap<string, number>
  readonly hooks: () => readonly HookState[]
  readonly shadows: {
    /** By hook, version and result. */
    results(): ReadonlyMap<string, number>
    /** By hook and version. */
    dropped(): ReadonlyMap<string, number>
  }
}

/** Gives the JSON of the next summary: what has come since the one before. */
export type TakeSummary = () => string

/** Kept for all parts but the calls. */
const OTHER_BYTES = 96 * 1024
const BUCKETS = LATENCY_BOUNDS_US.length + 1

/**
 * Takes differences of counters that exist: a call costs nothing more for it. An entry without calls is left out, and
 * where there are more than a summary may have, those with most calls stay.
 */
export function createSummaries(sources: SummarySources): TakeSummary {
  const { source, clock } = sources
  const seen = new WeakMap<CallSeries, Float64Array>()
  const takeHook = createCounts()
  const takeShadow = createCounts()
  let seq = 0
  return () => {
    const busy = [...sources.series()].flatMap((series) => differenceOf(series, seen))
    busy.sort((a, b) => b.count - a.count)
    const calls: LiveCalls[] = []
    const leftOut = { entries: 0, calls: 0 }
    let bytes = 0
    for (const { count, calls: entry } of busy) {
      const length = Buffer.byteLength(JSON.stringify(entry)) + 1
      if (calls.length < MOST_CALL_SERIES && bytes + length <= MAX_SUMMARY_BYTES - OTHER_BYTES) {
        calls.push(entry)
        bytes += length
      } else {
        leftOut.entries++
        leftOut.calls += count
      }
    }
    const summary: LiveSummary = {
      v: 1,
      instance: source.instance,
      epoch: source.epoch,
      seq: seq++,
      at: Math.round(clock.wallMs()),
      inFlight: sources.inFlight(),
      connections: sources.connections(),
      offline: sources.isOffline(),
      calls,
      variants: variantsOf(sources.endpointsInFlight()).slice(0, MOST_OTHER_SERIES),
      hooks: sources
        .hooks()
        .map((state) => hookOf(state, takeHook))
        .filter(({ calls: some, strikes, stoodIn, disabled }) => some + strikes + stoodIn > 0 || disabled)
        .slice(0, MOST_OTHER_SERIES),
      shadows: shadowsOf(sources.shadows, takeShadow).slice(0, MOST_OTHER_SERIES),
      leftOut
    }
    const text = JSON.stringify(summary)
    // Names of models and hooks may be long, and are many only where somebody made them so.
    return text.length <= MAX_SUMMARY_BYTES
      ? text
      : JSON.stringify({ ...summary, variants: [], hooks: [], shadows: [] })
  }
}

/** Nothing where there was no call. */
function differenceOf(
  series: CallSeries,
  seen: WeakMap<CallSeries, Float64Array>
): { readonly count: number; readonly calls: LiveCalls }[] {
  const { labels, outcomes, total, upstream } = series
  const before = seen.get(series) ?? new Float64Array(OUTCOMES.length + 2 * BUCKETS + 2)
  if (!seen.has(series)) seen.set(series, before)
  let at = 0
  const since = (now: number): number => {
    const difference = Math.round(now - (before[at] as number))
    before[at++] = now
    return difference
  }
  let count = 0
  const byOutcome: LiveCalls['outcomes'] = {}
  for (const [index, name] of OUTCOMES.entries()) {
    const value = since(outcomes[index] as number)
    if (value === 0) continue
    byOutcome[name] = value
    count += value
  }
  const ofTotal = shorten(Array.from(total.counts, since))
  const ofUpstream = shorten(Array.from(upstream.counts, since))
  const [totalUs, upstreamUs] = [since(total.sumUs), since(upstream.sumUs)]
  if (count === 0) return []
  return [
    { count, calls: { ...labels, outcomes: byOutcome, total: ofTotal, totalUs, upstream: ofUpstream, upstreamUs } }
  ]
}

/** Without the zeros at the end. */
function shorten(counts: readonly number[]): number[] {
  return counts.slice(0, counts.findLastIndex((count) => count > 0) + 1)
}

function variantsOf(endpoints: ReadonlyMap<string, number>): LiveSummary['variants'] {
  const sums = new Map<string, { model: string; variant: string; inFlight: number }>()
  for (const [key, inFlight] of endpoints) {
    if (inFlight === 0) continue
    const [model = '', variant = ''] = key.split('\n')
    const sum = sums.get(`${model}\n${variant}`) ?? { model, variant, inFlight: 0 }
    sum.inFlight += inFlight
    sums.set(`${model}\n${variant}`, sum)
  }
  return [...sums.values()]
}

type Take = (key: string, now: number) => number

/** How much a counter has grown; one that is less than before has begun anew. */
function createCounts(): Take {
  const before = new Map<string, number>()
  return (key, now) => {
    const last = before.get(key) ?? 0
    before.set(key, now)
    return now >= last ? now - last : now
  }
}

function hookOf(state: HookState, take: Take): LiveSummary['hooks'][number] {
  const { hook, version, calls, strikesTotal, stoodIn, disabled } = state
  const key = `${hook}\n${version}`
  return {
    hook,
    version,
    calls: take(`${key}\ncalls`, calls),
    strikes: take(`${key}\nstrikes`, strikesTotal),
    stoodIn: take(`${key}\nstoodIn`, stoodIn),
    disabled: disabled !== undefined
  }
}

type Shadow = LiveSummary['shadows'][number]

function shadowsOf({ results, dropped }: SummarySources['shadows'], take: Take): Shadow[] {
  const shadows = new Map<string, Shadow>()
  const add = (
    hook: string,
    version: string,
    what: 'equal' | 'within' | 'different' | 'error' | 'dropped',
    n: number
  ) => {
    if (n === 0) return
    const key = `${hook}\n${version}`
    const shadow = shadows.get(key) ?? { hook, version, equal: 0, within: 0, different: 0, error: 0, dropped: 0 }
    shadow[what] += n
    shadows.set(key, shadow)
  }
  for (const [key, count] of results()) {
    const [hook = '', version = '', result = 'error'] = key.split('\n')
    add(hook, version, result as 'equal', take(key, count))
  }
  for (const [key, count] of dropped()) {
    const [hook = '', version = ''] = key.split('\n')
    add(hook, version, 'dropped', take(`${key}\ndropped`, count))
  }
  return [...shadows.values()]
}
