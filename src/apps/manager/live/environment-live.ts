import type { LiveSummary } from '#contracts/live'
import { addCalls, addHook, addShadow, type SeriesKind, WIDTHS } from './columns.ts'
import { MinuteLog } from './minute-log.ts'

/** Numbers of one kind with the same labels, over all instances. */
export interface Series {
  readonly id: number
  readonly kind: SeriesKind
  /** `calls`: service, method, model, variant; `hook` and `shadow`: hook, version. */
  readonly labels: readonly string[]
  /** Of the second that is not over yet. */
  readonly open: Float64Array
  isDirty: boolean
  /** The last one with a row. */
  minute: number
}

/** An instance as it was in its last summary. */
export interface LiveInstance {
  readonly summary: LiveSummary
  /** When that came, s. */
  readonly second: number
  /** Summaries that never came. */
  readonly lost: number
}

export interface LiveBounds {
  readonly mostSeries: number
  readonly mostInstances: number
  /** Of packed rows; the oldest minutes go first. */
  readonly mostBytes: number
}

export const BOUNDS: LiveBounds = { mostSeries: 2000, mostInstances: 1000, mostBytes: 64 * 1024 * 1024 }

const MINUTES = 60
/** An instance that is silent for so long is gone, s. */
const FORGET_AFTER_S = 30

/**
 * One hour of one-second numbers of an environment. What arrives within a second is added up over all instances and
 * becomes one row per series when that second is over. Seconds are those of arrival, by this process's own clock:
 * instances need not agree about the time.
 */
export class EnvironmentLive {
  readonly #bounds: LiveBounds
  readonly #byKey = new Map<string, Series>()
  readonly #byId: (Series | undefined)[] = []
  readonly #freeIds: number[] = []
  readonly #dirty: Series[] = []
  readonly #instances = new Map<string, LiveInstance>()
  /** By minute, oldest first. */
  readonly #minutes = new Map<number, MinuteLog>()
  #second: number
  /** The first second of which all is there. */
  #since: number
  #leftOut = 0
  #touched: number

  /** `second`: now, s, here and below; it never goes back. */
  constructor(second: number, bounds: LiveBounds = BOUNDS) {
    this.#second = second
    this.#since = second
    this.#touched = second
    this.#bounds = bounds
  }

  /** False: it is not newer than what this instance has sent before, or there are too many instances. */
  add(summary: LiveSummary, second: number): boolean {
    this.roll(second)
    const { instance, epoch, seq } = summary
    const before = this.#instances.get(instance)
    if (before === undefined && this.#instances.size >= this.#bounds.mostInstances) return false
    const last = before?.summary
    if (last !== undefined && (epoch < last.epoch || (epoch === last.epoch && seq <= last.seq))) return false
    const gap = last?.epoch === epoch ? seq - last.seq - 1 : 0
    this.#instances.set(instance, { summary, second, lost: (before?.lost ?? 0) + gap })
    this.#touched = second
    this.#leftOut += summary.leftOut.entries
    for (const calls of summary.calls) {
      const series = this.#seriesOf('calls', [calls.service, calls.method, calls.model, calls.variant])
      if (series !== undefined) addCalls(series.open, calls)
    }
    for (const hook of summary.hooks) {
      const series = this.#seriesOf('hook', [hook.hook, hook.version])
      if (series !== undefined) addHook(series.open, hook)
    }
    for (const shadow of summary.shadows) {
      const series = this.#seriesOf('shadow', [shadow.hook, shadow.version])
      if (series !== undefined) addShadow(series.open, shadow)
    }
    return true
  }

  /** Ends the second that was open, if it is over. */
  roll(second: number): void {
    if (second <= this.#second) return
    const ended = Math.floor(this.#second / 60)
    if (this.#dirty.length > 0) this.#write(ended)
    this.#second = second
    const minute = Math.floor(second / 60)
    if (minute === ended) return
    this.#minutes.get(ended)?.seal()
    this.#forget(minute - MINUTES)
    for (const [name, { second: last }] of this.#instances) {
      if (second - last > FORGET_AFTER_S) this.#instances.delete(name)
    }
  }

  /** Those that have told something lately. */
  instances(): LiveInstance[] {
    return [...this.#instances.values()].filter(({ second }) => this.#second - second <= FORGET_AFTER_S)
  }

  series(id: number): Series | undefined {
    return this.#byId[id]
  }

  /** Ids go from 0 to this, excluded. */
  get ids(): number {
    return this.#byId.length
  }

  /** From this second on, s. */
  get since(): number {
    return this.#since
  }

  /** Entries of summaries that had no room, here or in the summary. */
  get leftOut(): number {
    return this.#leftOut
  }

  /** The last summary, s. */
  get touched(): number {
    return this.#touched
  }

  minute(minute: number): MinuteLog | undefined {
    return this.#minutes.get(minute)
  }

  /** Bytes of packed rows. */
  size(): number {
    let size = 0
    for (const log of this.#minutes.values()) size += log.size
    return size
  }

  #seriesOf(kind: SeriesKind, labels: readonly string[]): Series | undefined {
    const key = `${kind}\n${labels.join('\n')}`
    const series = this.#byKey.get(key) ?? this.#make(key, kind, labels)
    if (series === undefined) {
      this.#leftOut++
      return undefined
    }
    if (!series.isDirty) {
      series.isDirty = true
      this.#dirty.push(series)
    }
    return series
  }

  #make(key: string, kind: SeriesKind, labels: readonly string[]): Series | undefined {
    if (this.#byKey.size >= this.#bounds.mostSeries) return undefined
    const id = this.#freeIds.pop() ?? this.#byId.length
    const series: Series = { id, kind, labels, open: new Float64Array(WIDTHS[kind]), isDirty: false, minute: 0 }
    this.#byId[id] = series
    this.#byKey.set(key, series)
    return series
  }

  #write(minute: number): void {
    const log = this.#minutes.get(minute) ?? new MinuteLog()
    this.#minutes.set(minute, log)
    for (const series of this.#dirty) {
      log.append(this.#second % 60, series.id, series.open)
      series.open.fill(0)
      series.isDirty = false
      series.minute = minute
    }
    this.#dirty.length = 0
  }

  /** Minutes before `oldest`, and as many more as have no room; then series without a row. */
  #forget(oldest: number): void {
    let size = this.size()
    for (const [minute, log] of this.#minutes) {
      if (minute >= oldest && size <= this.#bounds.mostBytes) break
      this.#minutes.delete(minute)
      size -= log.size
      this.#since = Math.max(this.#since, (minute + 1) * 60)
    }
    this.#since = Math.max(this.#since, oldest * 60)
    const first = Math.floor(this.#since / 60)
    for (const [key, series] of this.#byKey) {
      if (series.minute >= first || series.isDirty) continue
      this.#byKey.delete(key)
      this.#byId[series.id] = undefined
      this.#freeIds.push(series.id)
    }
  }
}
