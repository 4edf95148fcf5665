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
const SECOND_US = 1_000_000

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
  // V8 keeps integers of 32 bits in the object itself, and any other number at a place of its own in memory. Where there are
  // tens of thousands of buckets, each such place is one that no cache holds: so tokens and time are kept in two parts each.
  #perUs = 0
  #burst = 0
  #tokens = 0
  #parts = 0
  #atSeconds = 0
  #atUs = 0

  /** Begins full. */
  constructor(rate: Rate, nowMs: number) {
    this.restart(rate, nowMs)
  }

  /** Begins anew, full. */
  restart(rate: Rate, nowMs: number): void {
    this.#perUs = partsPerUs(rate)
    this.#burst = wholeBurst(rate)
    this.#tokens = this.#burst
    this.#parts = 0
    this.#setTime(microseconds(nowMs))
  }

  /** Takes a token if there is one. */
  take(nowMs: number): boolean {
    this.#fill(nowMs)
    if (this.#tokens === 0) return false
    this.#tokens--
    return true
  }

  /** Takes back a token that was taken for something which was not done. */
  giveBack(): void {
    this.#store(this.#tokens + 1, this.#parts)
  }

  isFull(nowMs: number): boolean {
    this.#fill(nowMs)
    return this.#tokens === this.#burst
  }

  /** Other numbers from now on. What lies in store stays, as far as there is room for it; nothing is filled up. */
  changeRate(rate: Rate, nowMs: number): void {
    this.#fill(nowMs)
    this.#perUs = partsPerUs(rate)
    this.#burst = wholeBurst(rate)
    this.#store(this.#tokens, this.#parts)
  }

  #fill(nowMs: number): void {
    const now = microseconds(nowMs)
    const elapsed = now - (this.#atSeconds * SECOND_US + this.#atUs)
    if (elapsed > 0) {
      // A sum so large that it is not exact any more is far above what a bucket holds.
      const parts = this.#parts + elapsed * this.#perUs
      const whole = Math.floor(parts / PARTS)
      this.#store(this.#tokens + whole, parts - whole * PARTS)
      this.#setTime(now)
    } else if (elapsed < -CLOCK_SET_US) this.#setTime(now)
  }

  #store(tokens: number, parts: number): void {
    const isFull = tokens >= this.#burst
    this.#tokens = isFull ? this.#burst : tokens
    this.#parts = isFull ? 0 : parts
  }

  #setTime(us: number): void {
    this.#atSeconds = Math.floor(us / SECOND_US)
    this.#atUs = us - this.#atSeconds * SECOND_US
  }
}

const microseconds = (ms: number): number => Math.floor(ms * 1000)

const partsPerUs = ({ ratePerSecond }: Rate): number =>
  Math.round(Math.min(MOST, Math.max(LEAST_RATE, ratePerSecond)) * 1000)

const wholeBurst = ({ burst }: Rate): number => Math.min(MOST, Math.max(1, Math.floor(burst)))
