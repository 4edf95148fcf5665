import type { Clock } from '#core/clock'
import type { Crash, Disabled, KeptTrust, Place } from './kept-trust.ts'

/** `hooks` of the configuration, as far as it says where versions run and when they do not any more. */
export interface TrustRules {
  readonly placement: 'auto' | Place
  readonly promoteAfterCalls: number
  readonly promoteAfterMs: number
  readonly strikes: number
  readonly strikeWindowMs: number
}

/**
 * What one instance knows of one version of a hook, and what follows from it: where it is to run, and whether at all.
 *
 * A version begins in the sandbox process. After `promoteAfterCalls` calls and `promoteAfterMs` without a limit violation
 * it may run in the instance. A violation brings it back and lets it begin anew; `strikes` of them within
 * `strikeWindowMs` disable it. A version that has ended an instance never runs in one again.
 */
export class VersionTrust {
  readonly key: string
  /** Calls since it last began anew. */
  calls = 0
  /** Violations since the process began. */
  strikesTotal = 0
  disabled: Disabled | undefined
  crashed: Crash | undefined
  /** Wall clock, ms: when it was enabled again; 0 = never. */
  enabledAt = 0
  /** It is not in the document of its hook any more. */
  left = false
  /** It is one of those that answer calls: it has weight. */
  answers = false
  readonly #rules: TrustRules
  readonly #clock: Clock
  #proved = false
  #since: number
  /** Monotonic, ms. */
  #strikes: number[] = []
  #ranAt = 0
  #changedAt: number
  /** Calls that `ranAt` knows of. */
  #seen = 0

  constructor(key: string, rules: TrustRules, clock: Clock, kept?: KeptTrust) {
    this.key = key
    this.#rules = rules
    this.#clock = clock
    this.#since = clock.monotonicMs()
    this.#changedAt = clock.wallMs()
    if (kept !== undefined) this.adopt(kept)
  }

  /** What another process has kept, in place of what is known here. */
  adopt(kept: KeptTrust): void {
    const now = this.#clock.monotonicMs()
    const wall = this.#clock.wallMs()
    this.calls = kept.calls
    this.disabled = kept.disabled
    this.crashed = kept.crashed ?? this.crashed
    this.enabledAt = kept.enabledAt ?? 0
    this.left = kept.left ?? false
    this.#proved = kept.place === 'instance'
    this.#since = now - kept.quietMs
    this.#strikes = kept.strikes.map((at) => now - Math.max(0, wall - at))
    this.#ranAt = kept.ranAt
    this.#changedAt = kept.changedAt
    this.#seen = this.calls
  }

  /** Where its calls are to run. */
  place(): Place {
    if (this.crashed !== undefined) return 'sandbox'
    const { placement } = this.#rules
    if (placement !== 'auto') return placement
    return this.#proved ? 'instance' : 'sandbox'
  }

  /** A call has ended without violation. True: from now on `place` is the instance. */
  answered(): boolean {
    this.calls++
    const { placement, promoteAfterCalls, promoteAfterMs } = this.#rules
    if (this.#proved || this.calls < promoteAfterCalls || placement !== 'auto') return false
    if (this.crashed !== undefined || this.#clock.monotonicMs() - this.#since < promoteAfterMs) return false
    this.#proved = true
    this.#changedAt = this.#clock.wallMs()
    return true
  }

  /** A call went beyond a limit; `why` names it. True: from now on the version is disabled. */
  violated(why: string): boolean {
    const now = this.#clock.monotonicMs()
    const { strikes, strikeWindowMs } = this.#rules
    this.strikesTotal++
    this.#strikes = [...this.#strikes.filter((at) => now - at < strikeWindowMs), now].slice(-strikes)
    this.beginAnew()
    if (this.disabled !== undefined || this.#strikes.length < strikes) return false
    this.disabled = {
      why: `${strikes} violations within ${strikeWindowMs} ms, the last: ${why}`,
      at: this.#clock.wallMs()
    }
    return true
  }

  /** Back to the sandbox process, and counted from zero. */
  beginAnew(): void {
    this.#touchRan()
    this.calls = 0
    this.#seen = 0
    this.#proved = false
    this.#since = this.#clock.monotonicMs()
    this.#changedAt = this.#clock.wallMs()
  }

  /** It may answer calls again, beginning anew. A version that has ended an instance stays out of instances. */
  enable(): void {
    this.disabled = undefined
    this.#strikes = []
    this.enabledAt = this.#clock.wallMs()
    this.beginAnew()
  }

  /** Violations that count at the moment. */
  strikes(): number {
    const now = this.#clock.monotonicMs()
    return this.#strikes.filter((at) => now - at < this.#rules.strikeWindowMs).length
  }

  /** Wall clock of the last call that it is known to have answered, ms; 0 = none. */
  ranAt(): number {
    this.#touchRan()
    return this.#ranAt
  }

  /** As it goes to disk. */
  kept(): KeptTrust {
    const now = this.#clock.monotonicMs()
    const wall = this.#clock.wallMs()
    return {
      place: this.#proved ? 'instance' : 'sandbox',
      calls: this.calls,
      quietMs: Math.round(now - this.#since),
      strikes: this.#strikes.map((at) => Math.round(wall - (now - at))),
      ...(this.disabled !== undefined && { disabled: this.disabled }),
      ...(this.enabledAt > 0 && { enabledAt: this.enabledAt }),
      ...(this.left && { left: true }),
      ranAt: this.ranAt(),
      changedAt: this.#changedAt
    }
  }

  #touchRan(): void {
    if (this.answers && this.calls > this.#seen) this.#ranAt = this.#clock.wallMs()
    this.#seen = this.calls
  }
}
