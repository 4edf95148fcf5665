import { setImmediate } from 'node:timers/promises'
import { type SeriesKind, WIDTHS } from './columns.ts'
import type { EnvironmentLive, Series } from './environment-live.ts'
import type { MinuteLog } from './minute-log.ts'

/** What of the hour is wanted. Seconds; `until` is not included and is over already. */
export interface LiveQuery {
  readonly from: number
  readonly until: number
  /** The name under which a series is added up; undefined: it is not wanted. */
  readonly groupOf: (series: Series) => readonly string[] | undefined
}

/** Series that were added up. */
export interface LiveGroup {
  readonly kind: SeriesKind
  readonly labels: readonly string[]
  readonly sum: Float64Array
}

/** What was found, and where its rows still are. */
export interface LiveFound {
  /** Those that counted something. */
  readonly groups: readonly LiveGroup[]
  /**
   * Goes through the same rows once more, oldest first; `target` gives where one of a group and second is added, or
   * undefined for one that is not wanted.
   */
  readonly again: (target: (group: LiveGroup, second: number) => Float64Array | undefined) => Promise<void>
}

/** After so many rows others have their turn: some milliseconds. */
const ROWS_A_TURN = 10_000

/** Adds up the seconds of the query, group by group: what it holds does not grow with the time that is asked for. */
export async function queryLive(live: EnvironmentLive, { from, until, groupOf }: LiveQuery): Promise<LiveFound> {
  const groups = new Map<string, LiveGroup>()
  const byId: (LiveGroup | undefined)[] = []
  for (let id = 0; id < live.ids; id++) {
    const series = live.series(id)
    const labels = series === undefined ? undefined : groupOf(series)
    if (series === undefined || labels === undefined) continue
    const key = `${series.kind}\n${labels.join('\n')}`
    const group = groups.get(key) ?? { kind: series.kind, labels, sum: new Float64Array(WIDTHS[series.kind]) }
    groups.set(key, group)
    byId[id] = group
  }
  // Held from here on: the oldest one may be forgotten while others have their turn.
  const logs = new Map<number, MinuteLog>()
  for (let minute = Math.floor(from / 60); minute * 60 < until; minute++) {
    const log = live.minute(minute)
    if (log !== undefined) logs.set(minute * 60, log)
  }
  const again: LiveFound['again'] = async (target) => {
    for (const [start, log] of logs) {
      const ofRow = (series: number, second: number): Float64Array | undefined => {
        const group = byId[series]
        return group === undefined ? undefined : target(group, start + second)
      }
      let at: number | undefined = 0
      do {
        at = log.sum(Math.max(0, from - start), Math.min(60, until - start), ofRow, at, ROWS_A_TURN)
        await setImmediate()
      } while (at !== undefined)
    }
  }
  await again(({ sum }) => sum)
  return { groups: [...groups.values()].filter(({ sum }) => sum.some((value) => value > 0)), again }
}
