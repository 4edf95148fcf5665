import { setImmediate } from 'node:timers/promises'
import { type SeriesKind, WIDTHS } from './columns.ts'
import type { EnvironmentLive, Series } from './environment-live.ts'

/** What of the hour is wanted. Seconds; `until` is not included and is over already. */
export interface LiveQuery {
  readonly from: number
  readonly until: number
  /** Length of a point, s; undefined: sums only. */
  readonly step: number | undefined
  /** The name under which a series is added up; undefined: it is not wanted. */
  readonly groupOf: (series: Series) => readonly string[] | undefined
}

/** Series that were added up. */
export interface LiveGroup {
  readonly kind: SeriesKind
  readonly labels: readonly string[]
  readonly sum: Float64Array
  /** One per step, oldest first; the last one may be shorter. Empty without `step`. */
  readonly points: readonly Float64Array[]
}

/** Adds up the seconds of the query; after each minute others have their turn. */
export async function queryLive(live: EnvironmentLive, query: LiveQuery): Promise<LiveGroup[]> {
  const { from, until, step, groupOf } = query
  const count = step === undefined ? 0 : Math.ceil((until - from) / step)
  const groups = new Map<string, LiveGroup>()
  const byId: (LiveGroup | undefined)[] = []
  for (let id = 0; id < live.ids; id++) {
    const series = live.series(id)
    const labels = series === undefined ? undefined : groupOf(series)
    if (series === undefined || labels === undefined) continue
    const key = `${series.kind}\n${labels.join('\n')}`
    const group = groups.get(key) ?? newGroup(series.kind, labels, count)
    groups.set(key, group)
    byId[id] = group
  }
  const last = Math.floor((until - 1) / 60)
  for (let minute = Math.floor(from / 60); minute <= last; minute++) {
    const start = minute * 60
    const target = (series: number, second: number): Float64Array | undefined => {
      const group = byId[series]
      return step === undefined ? group?.sum : group?.points[Math.floor((start + second - from) / step)]
    }
    live.minute(minute)?.sum(Math.max(0, from - start), Math.min(60, until - start), target)
    if (minute < last) await setImmediate()
  }
  for (const { sum, points } of groups.values()) for (const point of points) addAll(sum, point)
  return [...groups.values()].filter(({ sum }) => sum.some((value) => value > 0))
}

function newGroup(kind: SeriesKind, labels: readonly string[], points: number): LiveGroup {
  const make = (): Float64Array => new Float64Array(WIDTHS[kind])
  return { kind, labels, sum: make(), points: Array.from({ length: points }, make) }
}

function addAll(sum: Float64Array, more: Float64Array): void {
  for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] as number) + (more[index] as number)
}
