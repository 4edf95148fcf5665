/** Says how long to wait after each death of one slot's process, and whether it dies again and again. */
export interface CrashBudget {
  /** Notes the death of one that has lived for so long. Returns the pause before the next start, ms. */
  died(now: number, livedMs: number): number
  /** More than the budget has died, and none has lived for a healthy minute since. */
  looping(): boolean
}

/** Deaths in the window that are answered by a start at once, or nearly. */
const DEATHS_ALLOWED = 5
const WINDOW_MS = 60_000
/** A process that has lived this long counts as healthy. */
const HEALTHY_AFTER_MS = 60_000
const MAX_PAUSE_MS = 60_000

/**
 * The first death of a window costs no pause, the next ones 100, 200, 400, 800 ms. More than five in a minute are a crash
 * loop: pauses of 5, 10, 20, 40 and then 60 s until a process has lived for a minute.
 */
export function createCrashBudget(): CrashBudget {
  let deaths: number[] = []
  /** Deaths since the loop was seen; 0 = there is none. */
  let loops = 0
  return {
    looping: () => loops > 0,
    died(now, livedMs) {
      if (livedMs >= HEALTHY_AFTER_MS) {
        deaths = []
        loops = 0
      }
      deaths = [...deaths.filter((at) => now - at < WINDOW_MS), now]
      if (loops > 0 || deaths.length > DEATHS_ALLOWED) return Math.min(MAX_PAUSE_MS, 5000 * 2 ** loops++)
      return deaths.length === 1 ? 0 : 100 * 2 ** (deaths.length - 2)
    }
  }
}
