/**
 * Decimal digits to the nearest double without a string.
 *
 * Up to 15 digits and a power of ten up to 10^22 are both exact doubles, so that one division or multiplication rounds
 * once and is right (Clinger, "How to Read Floating Point Numbers Accurately", 1990). Up to 18 digits are held as the
 * exact sum of two doubles and divided with a bounded error (Dekker, "A floating-point technique for extending the
 * available precision", 1971): when both ends of the error interval round to the same double, that is the answer.
 * Model servers write 16 or 17 digits, where the engine's own `Number(text)` costs several times as much.
 */

/** The most digits of each of the three parts that `toDouble` takes: whole numbers of 30, 20 and 10 bits. */
export const FIRST_DIGITS = 9
export const HEAD_DIGITS = 15
export const ALL_DIGITS = 18
/** 10^22 is the last power of ten that is a double; the others are held as a sum of two. */
const EXACT_POWER = 22
const MAX_POWER = 64
/** 2^27 + 1: splits a double into two halves whose products are exact. */
const SPLITTER = 134217729

/** 10^n for n from 0 to 64, rounded. */
export const POWERS = new Float64Array(MAX_POWER + 1)
const POWER_RESTS = new Float64Array(MAX_POWER + 1)
const INVERSES = new Float64Array(MAX_POWER + 1)
for (let i = 0; i <= MAX_POWER; i++) {
  const exact = 10n ** BigInt(i)
  POWERS[i] = Number(exact)
  POWER_RESTS[i] = Number(exact - BigInt(Number(exact)))
  INVERSES[i] = 1 / Number(exact)
}

/**
 * The nearest double to `head · 10^exponent`, for a `head` of at most 15 digits; NaN when this way cannot tell.
 */
export function shortToDouble(head: number, exponent: number): number {
  if (exponent <= EXACT_POWER && exponent >= -EXACT_POWER) {
    return exponent < 0 ? head / (POWERS[-exponent] as number) : head * (POWERS[exponent] as number)
  }
  return head === 0 ? 0 : longToDouble(head, 0, exponent)
}

/**
 * The nearest double to `(high + low) · 10^exponent`; NaN when this way cannot tell. Both are exact whole numbers, `high`
 * is not 0 and `low` less than it.
 */
export function longToDouble(high: number, low: number, exponent: number): number {
  if (exponent > 0 || exponent < -MAX_POWER) return Number.NaN
  const power = -exponent
  const divisor = POWERS[power] as number
  const sum = high + low
  const sumRest = low - (sum - high)
  const quotient = sum / divisor
  const back = quotient * divisor
  // What the quotient lacks: the sum, its rest and the rest of the power of ten, minus what multiplying back gives.
  const rest = sum - back - productRest(quotient, divisor, back) + sumRest - quotient * (POWER_RESTS[power] as number)
  const correction = rest * (INVERSES[power] as number)
  const error = Math.abs(correction) * 2 ** -48 + quotient * 2 ** -98
  const lowest = quotient + (correction - error)
  const highest = quotient + (correction + error)
  return lowest === highest ? lowest : Number.NaN
}

/** The part of the product of two doubles that rounding took away: `a·b = product + productRest(a, b, product)`. */
function productRest(a: number, b: number, product: number): number {
  const ta = SPLITTER * a
  const ah = ta - (ta - a)
  const al = a - ah
  const tb = SPLITTER * b
  const bh = tb - (tb - b)
  const bl = b - bh
  return al * bl - (product - ah * bh - al * bh - ah * bl)
}
