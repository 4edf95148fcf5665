import type { Clock } from '#core/clock'
import { createLimiter, type Limiter, type LimiterNumbers } from './limiter.ts'

export interface LimiterSetOptions {
  readonly clock: Clock
  /** How many keys have a limiter of their own; 10,000. */
  readonly maxKeys?: number
}

export interface LimiterSetStats {
  readonly keys: number
  /** Entered and not left, of the key that has most. */
  readonly mostInUse: number
}

/**
 * A limiter of the same numbers for each key, made when the key first comes. Only a limiter that is idle is ever forgotten,
 * because forgetting another one would fill its bucket and set its count to zero. So when `maxKeys` keys are in use at
 * once, all further ones share one limiter: many keys cannot be used to get around the limits, nor to use up memory.
 */
export interface LimiterSet {
  /** To be entered at once: it may be forgotten as long as it is idle. `nowMs` saves reading the clock. */
  of(key: string, nowMs?: number): Limiter
  /** Other numbers for all keys, as `Limiter.update`. */
  update(numbers: LimiterNumbers): void
  stats(): LimiterSetStats
}

export function createLimiterSet(numbers: LimiterNumbers, options: LimiterSetOptions): LimiterSet {
  return new KeyedLimiters(numbers, options)
}

/** How many of the oldest keys are looked at for one that is idle. */
const LOOK_AT = 8

/** It is its own map: where there are tens of thousands of sets, each object less is a place in memory less that no cache holds. */
class KeyedLimiters extends Map<string, Limiter> implements LimiterSet {
  readonly #clock: Clock
  readonly #maxKeys: number
  readonly #shared: Limiter
  #numbers: LimiterNumbers

  constructor(numbers: LimiterNumbers, { clock, maxKeys = 10_000 }: LimiterSetOptions) {
    super()
    this.#numbers = numbers
    this.#clock = clock
    this.#maxKeys = Math.max(1, maxKeys)
    this.#shared = createLimiter(numbers, clock)
  }

  of(key: string, nowMs?: number): Limiter {
    const known = this.get(key)
    if (known !== undefined) return known
    if (this.size >= this.#maxKeys && !this.#forgetOne(nowMs ?? this.#clock.monotonicMs())) return this.#shared
    const limiter = createLimiter(this.#numbers, this.#clock)
    this.set(key, limiter)
    return limiter
  }

  update(numbers: LimiterNumbers): void {
    this.#numbers = numbers
    for (const limiter of this.values()) limiter.update(numbers)
    this.#shared.update(numbers)
  }

  stats(): LimiterSetStats {
    let mostInUse = this.#shared.stats().inUse
    for (const limiter of this.values()) mostInUse = Math.max(mostInUse, limiter.stats().inUse)
    return { keys: this.size, mostInUse }
  }

  /** The Map is a queue whose first key is the oldest; keys in use go to its back, so that all are looked at in turn. */
  #forgetOne(nowMs: number): boolean {
    let left = LOOK_AT
    for (const [key, limiter] of this) {
      this.delete(key)
      if (limiter.isIdle(nowMs)) return true
      this.set(key, limiter)
      if (--left === 0) return false
    }
    return false
  }
}
