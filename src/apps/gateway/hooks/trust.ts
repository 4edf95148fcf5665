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

interface Strike {
  /** Monotonic, ms. */
  readonly at: number
  /** Calls that had ended, this one included. */
  readonly ended: number
}

const MAX_LOSSES = 6

/**
 * What one instance knows of one version of a hook, and what follows from it: where it is to run, and whether at all.
 *
 * A version begins in the sandbox process. After `promoteAfterCalls` calls and `promoteAfterMs` without a limit violation
 * it may run in the instance; calls that end with an error of its own do not count for that, and do not set it back. A
 * violation brings it back and lets it begin anew, and each time that it loses the instance doubles what the next time
 * needs of both, up to 64 times. `strikes` violations within `strikeWindowMs`, or within `promoteAfterCalls` ended calls,
 * disable it: where there are few calls, time alone would forget a version that fails one of ten. A version that has ended
 * an instance, or only runs beside those that answer, never runs in one.
 */
export class VersionTrust {
  readonly key: string
  /** Calls that it has answered since it last began anew. */
  calls = 0
  /** Violations since the process began. */
  strikesTotal = 0
  disabled: Disabled | undefined
  crashed: Crash | undefined
  /** Wall clock, ms: when it was enabled again; 0 = never. */
  enabledAt = 0
  /** It is not in the document of its hook any more. */
  left = false
  /** It has passed its trial (trial.ts), here or in another process. */
  tried = false
  /** It is one of those that answer calls: it has weight. */
  answers = false
  /** It only runs beside those that answer, as a shadow. */
  shadow = false
  readonly #rules: TrustRules
  readonly #clock: Clock
  #proved = false
  #since: number
  /** Times that it has lost the instance, as far as they count. */
  #losses = 0
  #strikes: Strike[] = []
  /** Calls that have ended, however they did. */
  #ended = 0
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
    this.tried ||= kept.tried ?? false
    this.#proved = kept.place === 'instance'
    this.#since = now - kept.quietMs
    this.#losses = kept.losses ?? 0
    this.#ended = 0
    this.#strikes = kept.strikes.map((at, i) => ({
      at: now - Math.max(0, wall - at),
      // Older processes have not kept it.
      ended: -(kept.callsSince?.[i] ?? Number.POSITIVE_INFINITY)
    }))
    this.#ranAt = kept.ranAt
    this.#changedAt = kept.changedAt
    this.#seen = this.calls
  }

  /** Where its calls are to run. */
  place(): Place {
    if (this.crashed !== undefined || this.shadow) return 'sandbox'
    const { placement } = this.#rules
    if (placement !== 'auto') return placement
    return this.#proved ? 'instance' : 'sandbox'
  }

  /** A call was answered. True: from now on `place` is the instance. */
  answered(): boolean {
    this.calls++
    this.#ended++
    if (this.#proved) return false
    const { placement, promoteAfterCalls, promoteAfterMs } = this.#rules
    const times = 2 ** this.#losses
    if (this.calls < promoteAfterCalls * times || placement !== 'auto' || this.shadow) return false
    if (this.crashed !== undefined || this.#clock.monotonicMs() - this.#since < promoteAfterMs * times) return false
    this.#proved = true
    this.#changedAt = this.#clock.wallMs()
    return true
  }

  /** A call has ended with an error of the hook that is no violation. */
  failed(): void {
    this.#ended++
  }

  /** A call went beyond a limit; `why` names it. True: from now on the version is disabled. */
  violated(why: string): boolean {
    const { strikes, strikeWindowMs, promoteAfterCalls } = this.#rules
    this.strikesTotal++
    this.#ended++
    const now = this.#clock.monotonicMs()
    this.#strikes = [...this.#counting(), { at: now, ended: this.#ended }].slice(-strikes)
    this.beginAnew()
    if (this.disabled !== undefined || this.#strikes.length < strikes) return false
    const inTime = now - (this.#strikes[0]?.at ?? 0) < strikeWindowMs
    const within = inTime ? `${strikeWindowMs} ms` : `${promoteAfterCalls} calls`
    this.disabled = {
      why: `${strikes} violations within ${within}, the last: ${why}`,
      at: this.#clock.wallMs()
    }
    return true
  }

  /** Back to the sandbox process, and counted from zero. */
  beginAnew(): void {
    this.#touchRan()
    if (this.#proved) this.#losses = Math.min(this.#losses + 1, MAX_LOSSES)
    this.calls = 0
    this.#seen = 0
    this.#proved = false
    this.#since = this.#clock.monotonicMs()
    this.#changedAt = this.#clock.wallMs()
  }

  /** It may answer calls again, beginning anew. A version that has ended an instance (`crashed`) stays out of instances. */
  enable(): void {
    this.disabled = undefined
    this.#strikes = []
    this.enabledAt = this.#clock.wallMs()
    this.beginAnew()
    this.#losses = 0
  }

  /** Violations that count at the moment. */
  strikes(): number {
    return this.#counting().length
  }

  #counting(): Strike[] {
    const now = this.#clock.monotonicMs()
    const { strikeWindowMs, promoteAfterCalls } = this.#rules
    return this.#strikes.filter(({ at, ended }) => now - at < strikeWindowMs || this.#ended - ended < promoteAfterCalls)
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
      strikes: this.#strikes.map(({ at }) => Math.round(wall - (now - at))),
      callsSince: this.#strikes.map(({ ended }) => Math.min(this.#ended - ended, Number.MAX_SAFE_INTEGER)),
      ...(this.#losses > 0 && { losses: this.#losses }),
      ...(this.disabled !== undefined && { disabled: this.disabled }),
      ...(this.enabledAt > 0 && { enabledAt: this.enabledAt }),
      ...(this.left && { left: true }),
      ...(this.tried && { tried: true }),
      ranAt: this.ranAt(),
      changedAt: this.#changedAt
    }
  }

  #touchRan(): void {
    if (this.answers && this.calls > this.#seen) this.#ranAt = this.#clock.wallMs()
    this.#seen = this.calls
  }
}
