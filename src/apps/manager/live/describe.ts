import type { Grouping, Live, LiveItem } from '#contracts/api/live'
import { OUTCOMES } from '#contracts/call-record'
import { AboxError } from '#core/errors'
import { managerErrors } from '../errors.ts'
import {
  callsOf,
  HOOK_COLUMNS,
  okOf,
  outcomesOf,
  type SeriesKind,
  SHADOW_COLUMNS,
  totalOf,
  totalUsOf,
  upstreamOf
} from './columns.ts'
import type { EnvironmentLive, Series } from './environment-live.ts'
import { readPoints } from './points.ts'
import { type LiveGroup, queryLive } from './query.ts'
import { round, timesOf } from './times.ts'

export interface LiveQuestion {
  readonly environment: string
  /** How far back, s. */
  readonly seconds: number
  /** Length of a point, s. */
  readonly step?: number | undefined
  readonly by: Grouping
  /** Only this model. */
  readonly model?: string | undefined
  /** Whether its reader may see a document, by `models/<name>`, `services/<key>`, `hooks/<name>`. */
  readonly isSeen: (place: string) => boolean
}

/** Most items of an answer; those with most calls stay. */
const MOST_ITEMS = 500
/** Most points of an answer, all items together: some 4 MB of JSON. */
const MOST_POINTS = 100_000

/**
 * What was told of the environment in the seconds before `second`, which is not over, as the API says it. Rejects with
 * ABOX_REQUEST_INVALID where its points would be too many.
 */
export async function describeLive(
  live: EnvironmentLive | undefined,
  question: LiveQuestion,
  second: number
): Promise<Live> {
  const { environment, seconds, step, by } = question
  const head = { environment, at: second * 1000, seconds, by, ...(step !== undefined && { step }) }
  if (live === undefined) return { ...head, instances: 0, lost: 0, leftOut: 0, items: [], hooks: [], shadows: [] }
  const groupOf = (series: Series): readonly string[] | undefined => groupFor(series, question)
  const from = second - seconds
  const found = await queryLive(live, { from, until: second, groupOf })
  const of = (kind: SeriesKind): LiveGroup[] => found.groups.filter((group) => group.kind === kind)
  const calls = of('calls').sort((a, b) => callsOf(b.sum) - callsOf(a.sum))
  const kept = calls.slice(0, MOST_ITEMS)
  // Points of those alone that are answered: they are what an answer is large by.
  const points =
    step === undefined
      ? undefined
      : await readPoints(found, kept, { from, step, count: pointsOf(question, kept.length) })
  const instances = live.instances()
  const inFlight = inFlightOf(live, by)
  const ofModel = new Map<string, number>()
  for (const { labels, sum } of calls) {
    const model = modelOf(labels, by)
    ofModel.set(model, (ofModel.get(model) ?? 0) + callsOf(sum))
  }
  // Seconds of which nothing is known do not count.
  const known = Math.max(1, second - Math.max(from, live.since))
  return {
    ...head,
    since: Math.max(from, live.since) * 1000,
    instances: instances.length,
    lost: instances.reduce((sum, { lost }) => sum + lost, 0),
    leftOut: live.leftOut + Math.max(0, calls.length - MOST_ITEMS),
    items: kept.map((group): LiveItem => {
      const course = points?.get(group)
      return {
        ...namesOf(group.labels, by),
        ...describeCalls(group.sum, known),
        share: round(callsOf(group.sum) / (ofModel.get(modelOf(group.labels, by)) ?? 1)),
        ...(by !== 'method' && { inFlight: inFlight.get(group.labels.join('\n')) ?? 0 }),
        ...(course !== undefined && { points: course })
      }
    }),
    hooks: of('hook').map(({ labels, sum }) => ({ ...versionOf(labels), ...columnsOf(sum, HOOK_COLUMNS) })),
    shadows: of('shadow').map(({ labels, sum }) => ({ ...versionOf(labels), ...columnsOf(sum, SHADOW_COLUMNS) }))
  }
}

/** How many of each item. Throws ABOX_REQUEST_INVALID. */
function pointsOf({ seconds, step = seconds }: LiveQuestion, items: number): number {
  const count = Math.ceil(seconds / step)
  if (count * items <= MOST_POINTS) return count
  const text = `step: found ${count} points of ${items} items, expected at most ${MOST_POINTS} points together: ask for one model, longer steps or another \`by\``
  throw new AboxError(managerErrors.ABOX_REQUEST_INVALID, text)
}

/** A call without a model belongs to its service; one without either to those who see all. */
function groupFor({ kind, labels }: Series, { by, model: only, isSeen }: LiveQuestion): readonly string[] | undefined {
  const [service = '-', method = '-', model = '-', variant = '-'] = labels
  if (kind !== 'calls') return only === undefined && isSeen(`hooks/${service}`) ? labels : undefined
  if (only !== undefined && only !== model) return undefined
  if (!isSeen(model === '-' ? `services/${service}` : `models/${model}`)) return undefined
  // Another group's service that calls his model: that it does is his to know, its name is not.
  const shown = by !== 'method' || isSeen(`services/${service}`)
  if (by === 'model') return [model]
  if (by === 'variant') return [model, variant]
  return shown ? [service, method, model, variant] : ['-', '-', model, variant]
}

const modelOf = (labels: readonly string[], by: Grouping): string => labels[by === 'method' ? 2 : 0] ?? '-'

function namesOf(labels: readonly string[], by: Grouping): Pick<LiveItem, 'service' | 'method' | 'model' | 'variant'> {
  const [first = '-', second = '-', third = '-', fourth = '-'] = labels
  if (by === 'model') return { model: first }
  if (by === 'variant') return { model: first, variant: second }
  return { service: first, method: second, model: third, variant: fourth }
}

function describeCalls(sum: Float64Array, seconds: number) {
  const calls = callsOf(sum)
  const counts = outcomesOf(sum)
  const outcomes = Object.fromEntries(OUTCOMES.flatMap((name, index) => (counts[index] ? [[name, counts[index]]] : [])))
  return {
    calls,
    perSecond: round(calls / seconds),
    errors: calls - okOf(sum),
    outcomes,
    meanMs: round(totalUsOf(sum) / Math.max(1, calls) / 1000),
    ...timesOf(totalOf(sum)),
    upstream: timesOf(upstreamOf(sum))
  }
}

const versionOf = ([hook = '-', version = '-']: readonly string[]) => ({ hook, version })

const columnsOf = <C extends string>(sum: Float64Array, columns: readonly C[]): Record<C, number> =>
  Object.fromEntries(columns.map((name, index) => [name, sum[index]])) as Record<C, number>

/** Calls that are at a model's endpoints right now, by the labels of the grouping. */
function inFlightOf(live: EnvironmentLive, by: Grouping): Map<string, number> {
  const found = new Map<string, number>()
  for (const { summary } of live.instances()) {
    for (const { model, variant, inFlight } of summary.variants) {
      const key = by === 'model' ? model : `${model}\n${variant}`
      found.set(key, (found.get(key) ?? 0) + inFlight)
    }
  }
  return found
}
