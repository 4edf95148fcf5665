import type { Clock } from '#core/clock'
import { cpuTimeMs } from './cpu-time.ts'
import { judgeSilence } from './silence.ts'

export interface WatchOptions {
  readonly pid: number
  readonly clock: Clock
  /** Silence that is too long, ms, as things are now; more than what was asked for may take. */
  readonly allowedMs: () => number
  /** Whether the child has anything to do; else its silence does not count. */
  readonly busy: () => boolean
  /**
   * Where the child is pinged: at each look while it is busy. `passedMs`: as it counts, since the last one. `cpuMs`: what
   * the child has used of the CPU since then; Infinity where the system does not tell.
   */
  readonly onLook: (passedMs: number, cpuMs: number, detailed: boolean) => void
  /** Called once. `starved`: it has not had the CPU. */
  readonly onHung: (silentMs: number, starved: boolean) => void
}

/** At every so many looks the child, busy or not, tells the stats of all sandboxes. */
const DETAILED_EVERY = 20

/**
 * Finds a child whose event loop stands. Silence is counted in looks, and each look counts for no more than the time it
 * should have come after, so that a gateway that is late itself kills nobody. How long it may last: see judgeSilence.
 */
export class HangWatch {
  readonly #options: WatchOptions
  readonly #everyMs: number
  readonly #timer: NodeJS.Timeout
  #lastAt: number
  #silentMs = 0
  /** What the child had used of the CPU at the last look while it was busy, and since it was silent. */
  #cpuAt: number | undefined
  #silentCpuMs = 0
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
    this.#silentCpuMs = 0
  }

  close(): void {
    clearInterval(this.#timer)
  }

  readonly #look = (): void => {
    const { pid, clock, allowedMs, busy, onLook, onHung } = this.#options
    const now = clock.monotonicMs()
    const elapsed = now - this.#lastAt
    const passed = Math.min(elapsed, this.#everyMs)
    const detailed = this.#looks++ % DETAILED_EVERY === 0
    this.#lastAt = now
    if (!busy()) {
      this.heard()
      this.#cpuAt = undefined
      if (detailed) onLook(0, 0, true)
      return
    }
    const cpuMs = elapsed > 0 ? (this.#usedCpu(cpuTimeMs(pid)) * passed) / elapsed : 0
    this.#silentMs += passed
    this.#silentCpuMs += cpuMs
    const verdict = judgeSilence(this.#silentMs, allowedMs(), this.#silentCpuMs)
    if (verdict === 'wait') onLook(passed, cpuMs, detailed)
    else {
      this.close()
      onHung(this.#silentMs, verdict === 'starved')
    }
  }

  /** Since the last time. */
  #usedCpu(now: number | undefined): number {
    const before = this.#cpuAt
    this.#cpuAt = now
    if (now === undefined) return Number.POSITIVE_INFINITY
    return before === undefined ? 0 : now - before
  }
}
