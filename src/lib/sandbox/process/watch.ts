import type { Clock } from '#core/clock'
import { cpuTimeMs } from './cpu-time.ts'

export interface WatchOptions {
  readonly pid: number
  readonly clock: Clock
  /** Silence that is too long, ms, as things are now; more than what was asked for may take. */
  readonly allowedMs: () => number
  /** Whether the child has anything to do; else its silence does not count. */
  readonly busy: () => boolean
  /** Where the child is pinged: at each look while it is busy. `passedMs`: as it counts, since the last one. */
  readonly onLook: (passedMs: number, detailed: boolean) => void
  /** Called once. */
  readonly onHung: (silentMs: number) => void
}

/** A child that has not had the CPU may be silent for so many times the limit: it is not to blame. */
const STARVED_TIMES = 10
/** At every so many looks the child, busy or not, tells the stats of all sandboxes. */
const DETAILED_EVERY = 20

/**
 * Finds a child whose event loop stands. Silence is counted in looks, and each look counts for no more than the time it
 * should have come after, so that a gateway that is late itself kills nobody. A loop that nothing stops uses the CPU: a
 * child that has had less than half of the allowed time on a CPU was starved by others and is waited for.
 */
export class HangWatch {
  readonly #options: WatchOptions
  readonly #everyMs: number
  readonly #timer: NodeJS.Timeout
  #lastAt: number
  #silentMs = 0
  #cpuMs: number | undefined
  #looks = 0

  constructor(everyMs: number, options: WatchOptions) {
    this.#options = options
    this.#everyMs = everyMs
    this.#lastAt = options.clock.monotonicMs()
    this.#timer = setInterval(this.#look, everyMs).unref()
  }

  /** The child has said something. */
  heard(): void {
    this.#silentMs = 0
  }

  close(): void {
    clearInterval(this.#timer)
  }

  readonly #look = (): void => {
    const { pid, clock, allowedMs, busy, onLook, onHung } = this.#options
    const now = clock.monotonicMs()
    const passed = Math.min(now - this.#lastAt, this.#everyMs)
    const detailed = this.#looks++ % DETAILED_EVERY === 0
    this.#lastAt = now
    if (!busy()) {
      this.#silentMs = 0
      if (detailed) onLook(0, true)
      return
    }
    if (this.#silentMs === 0) this.#cpuMs = cpuTimeMs(pid)
    this.#silentMs += passed
    const allowed = allowedMs()
    if (this.#silentMs >= allowed && (this.#silentMs >= allowed * STARVED_TIMES || this.#usedCpu(allowed / 2))) {
      this.close()
      onHung(this.#silentMs)
      return
    }
    onLook(passed, detailed)
  }

  #usedCpu(ms: number): boolean {
    const used = cpuTimeMs(this.#options.pid)
    return used === undefined || this.#cpuMs === undefined || used - this.#cpuMs >= ms
  }
}
