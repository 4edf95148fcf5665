/**
 * Everything is an integer, so that nothing is rounded however long it runs: time in µs, and tokens in parts of which
 * 1,000,000,000 make a token. A rate in thousandths of a token per second is then the same number of parts per µs.
 */
const PARTS = 1_000_000_000
/** Above these the sums would leave the integers that a double holds exactly. */
const MOST = 1_000_000
const LEAST_RATE = 0.001
/** A clock that goes back further than this is taken to have been set; less is the jitter of a bad one. µs. */
const CLOCK_SET_US = 1_000_000

/** Tokens per second and how many may lie in store. The rate is kept to a thousandth; both are at most a million. */
export interface Rate {
  readonly ratePerSecond: number
  readonly burst: number
}

/**
 * A token bucket that is filled when it is asked. In any time t it gives at most burst + rate·t tokens.
 *
 * A clock that goes back gives nothing: up to a second it is waited for until it is where it was; from further back time
 * is counted anew from there, so that nobody waits for hours.
 */
export class TokenBucket {
  // What V8 keeps as small integers lies in the object itself; each of the two that outgrow them is one more place in memory.
  #perUs: number
  #burst: number
  #parts: number
  #at: number

  /** Begins full. */
  constructor(rate: Rate, nowMs: number) {
    this.#perUs = partsPerUs(rate)
    this.#burst = wholeBurst(rate)
    this.#parts = this.#burst * PARTS
    this.#at = microseconds(nowMs)
  }

  /** Takes a token if there is one. */
  take(nowMs: number): boolean {
    this.#fill(nowMs)
    if (this.#parts < PARTS) return false
    this.#parts -= PARTS
    return true
  }

  /** Takes back a token that was taken for something which was not done. */
  giveBack(): void {
    this.#parts = Math.min(this.#burst * PARTS, this.#parts + PARTS)
  }

  isFull(nowMs: number): boolean {
    this.#fill(nowMs)
    return this.#parts === this.#burst * PARTS
  }

  /** Other numbers from now on. What lies in store stays, as far as there is room for it; nothing is filled up. */
  update(rate: Rate, nowMs: number): void {
    this.#fill(nowMs)
    this.#perUs = partsPerUs(rate)
    this.#burst = wholeBurst(rate)
    this.#parts = Math.min(this.#parts, this.#burst * PARTS)
  }

  #fill(nowMs: number): void {
    const now = microseconds(nowMs)
    const elapsed = now - this.#at
    if (elapsed > 0) {
      // A product so large that it is not exact any more is far above what a bucket holds.
      this.#parts = Math.min(this.#burst * PARTS, this.#parts + elapsed * this.#perUs)
      this.#at = now
    } else if (elapsed < -CLOCK_SET_US) this.#at = now
  }
}

const microseconds = (ms: number): number => Math.floor(ms * 1000)

const partsPerUs = ({ ratePerSecond }: Rate): number =>
  Math.round(Math.min(MOST, Math.max(LEAST_RATE, ratePerSecond)) * 1000)

const wholeBurst = ({ burst }: Rate): number => Math.min(MOST, Math.max(1, Math.floor(burst)))
