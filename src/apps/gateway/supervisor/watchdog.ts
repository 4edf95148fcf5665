import type { Clock } from '#core/clock'

/** A process that has to answer. */
export interface Watched {
  ping(): void
  /** It has been silent for half of the limit, or has answered after that. */
  onSilent(silent: boolean): void
  /** It has been silent for the whole limit. Called once; it is not watched any more. */
  onHung(silentMs: number): void
}

export interface Watch {
  /** It has answered. */
  answered(): void
  end(): void
}

/** Finds processes whose event loop stands: in an endless loop, stopped by a signal, out of memory without dying. */
export interface Watchdog {
  add(watched: Watched): Watch
  /** By how much this process itself was late, at worst in the last minute, ms. */
  lagMs(): number
  setLimit(limitMs: number): void
  close(): void
}

/** What a process may need before its first answer: it loads its code first. */
const FIRST_ANSWER_WITHIN_MS = 60_000
const LOOKS_PER_LIMIT = 10
const LAG_KEPT_MS = 30_000

interface Entry {
  readonly watched: Watched
  silentMs: number
  silent: boolean
  answeredOnce: boolean
}

/**
 * Pings all at each look, ten looks in one limit. Silence is counted in looks, and each look counts for no more than the
 * time it should have come after: when the machine is so busy, or was suspended, that this process itself comes late,
 * the others are given that much longer. So nothing is killed for want of CPU time alone.
 */
export function createWatchdog(limitMs: number, clock: Clock): Watchdog {
  const entries = new Set<Entry>()
  let limit = limitMs
  let everyMs = 0
  let timer: NodeJS.Timeout | undefined
  let lastAt = clock.monotonicMs()
  let worst = 0
  let worstBefore = 0
  let worstSince = lastAt

  const noteLag = (now: number, lag: number): void => {
    if (now - worstSince > LAG_KEPT_MS) {
      worstBefore = worst
      worst = 0
      worstSince = now
    }
    worst = Math.max(worst, lag)
  }
  const judge = (entry: Entry): void => {
    const { watched, answeredOnce } = entry
    if (entry.silentMs >= (answeredOnce ? limit : Math.max(limit, FIRST_ANSWER_WITHIN_MS))) {
      entries.delete(entry)
      watched.onHung(entry.silentMs)
      return
    }
    if (answeredOnce && !entry.silent && entry.silentMs >= limit / 2) {
      entry.silent = true
      watched.onSilent(true)
    }
    watched.ping()
  }
  const look = (): void => {
    const now = clock.monotonicMs()
    const passed = now - lastAt
    lastAt = now
    noteLag(now, Math.max(0, passed - everyMs))
    for (const entry of entries) {
      entry.silentMs += Math.min(passed, everyMs)
      judge(entry)
    }
  }
  const setLimit = (next: number): void => {
    clearInterval(timer)
    limit = next
    everyMs = next / LOOKS_PER_LIMIT
    lastAt = clock.monotonicMs()
    timer = setInterval(look, everyMs).unref()
  }
  setLimit(limitMs)
  return {
    add(watched) {
      const entry: Entry = { watched, silentMs: 0, silent: false, answeredOnce: false }
      entries.add(entry)
      return {
        answered() {
          entry.silentMs = 0
          entry.answeredOnce = true
          if (!entry.silent) return
          entry.silent = false
          watched.onSilent(false)
        },
        end: () => void entries.delete(entry)
      }
    },
    lagMs: () => Math.max(worst, worstBefore),
    setLimit,
    close: () => clearInterval(timer)
  }
}
