import type { Clock } from '#core/clock'
import { type Rate, TokenBucket } from './token-bucket.ts'

/** What may be done; what is absent is not limited. */
export interface LimiterNumbers {
  /** Beginnings per second on the average; kept to a thousandth, 0.001 to 1,000,000. */
  readonly ratePerSecond?: number | undefined
  /** Beginnings at once after a time of rest, 1 to 1,000,000; those of one second unless told. */
  readonly burst?: number | undefined
  /** Begun and not ended. */
  readonly concurrent?: number | undefined
}

/** Whether something may begin, or which number is used up. */
export type Verdict = 'ok' | 'rate' | 'concurrent'

export interface LimiterStats extends LimiterNumbers {
  /** Entered and not left. */
  readonly inUse: number
}

/** A token bucket and a count of what is under way as one. Nothing here waits or allocates. */
export interface Limiter {
  /** Who gets `ok` has begun and must `leave` or `cancel` once. `nowMs` saves reading the clock where it was just read. */
  tryEnter(nowMs?: number): Verdict
  /** Ends what was begun. Once too often does no harm: the count never falls below zero. */
  leave(): void
  /** Ends what was begun and then not done, as if it had never been asked for: its token goes back. */
  cancel(): void
  /** Other numbers from now on; nothing is filled up, and what has begun goes on. */
  update(numbers: LimiterNumbers): void
  /** Whether a new limiter with the same numbers would do the same: nothing under way, everything in store. */
  isIdle(nowMs?: number): boolean
  stats(): LimiterStats
}

/** `clock` has to be monotonic; what happens when it is not is said at TokenBucket. */
export function createLimiter(numbers: LimiterNumbers, clock: Clock): Limiter {
  return new CountingLimiter(numbers, clock)
}

/** As many as nobody begins; a small integer for V8, which Infinity is not. */
const UNBOUNDED = 0x7fff_ffff
/** What the bucket is made with where there is no rate: it is never asked. */
const NO_RATE: Rate = { ratePerSecond: 1, burst: 1 }

/** The bucket and the count are one object, so that a call finds both at one place in memory. */
class CountingLimiter extends TokenBucket implements Limiter {
  #hasRate: boolean
  #concurrent: number
  #inUse = 0
  readonly #clock: Clock
  #numbers: LimiterNumbers

  constructor(numbers: LimiterNumbers, clock: Clock) {
    const rate = rateOf(numbers)
    super(rate ?? NO_RATE, clock.monotonicMs())
    this.#hasRate = rate !== undefined
    this.#concurrent = numbers.concurrent ?? UNBOUNDED
    this.#clock = clock
    this.#numbers = numbers
  }

  tryEnter(nowMs?: number): Verdict {
    // The count first: who may not begin must not use up a token.
    if (this.#inUse >= this.#concurrent) return 'concurrent'
    if (this.#hasRate && !this.take(nowMs ?? this.#clock.monotonicMs())) return 'rate'
    this.#inUse++
    return 'ok'
  }

  leave(): void {
    if (this.#inUse > 0) this.#inUse--
  }

  cancel(): void {
    if (this.#inUse === 0) return
    this.#inUse--
    if (this.#hasRate) this.giveBack()
  }

  update(numbers: LimiterNumbers): void {
    const rate = rateOf(numbers)
    const now = this.#clock.monotonicMs()
    if (rate !== undefined) {
      if (this.#hasRate) this.changeRate(rate, now)
      else this.restart(rate, now)
    }
    this.#hasRate = rate !== undefined
    this.#numbers = numbers
    this.#concurrent = numbers.concurrent ?? UNBOUNDED
  }

  isIdle(nowMs?: number): boolean {
    if (this.#inUse > 0) return false
    return !this.#hasRate || this.isFull(nowMs ?? this.#clock.monotonicMs())
  }

  stats(): LimiterStats {
    return { ...this.#numbers, inUse: this.#inUse }
  }
}

function rateOf({ ratePerSecond, burst }: LimiterNumbers): Rate | undefined {
  return ratePerSecond === undefined ? undefined : { ratePerSecond, burst: burst ?? Math.ceil(ratePerSecond) }
}
