/**
 * Decimal digits to the nearest double without a string.
 *
 * Up to 15 digits and a power of ten up to 10^22 are both exact doubles, so that one division or multiplication rounds
 * once and is right (Clinger, "How to Read Floating Point Numbers Accurately", 1990). Up to 19 digits are held as the
 * exact sum of two doubles and divided with a bounded error (Dekker, "A floating-point technique for extending the
 * available precision", 1971): when both ends of the error interval round to the same double, that is the answer.
 * Model servers write 16 or 17 digits, where the engine's own `Number(text)` costs several times as much.
 */

/** The most digits `toDouble` takes: 15 in the head, 4 in the tail. */
export const HEAD_DIGITS = 15
export const ALL_DIGITS = 19
/** 10^22 is the last power of ten that is a double; the others are held as a sum of two. */
const EXACT_POWER = 22
const MAX_POWER = 64
/** 2^27 + 1: splits a double into two halves whose products are exact. */
const SPLITTER = 134217729

const POWERS = new Float64Array(MAX_POWER + 1)
const POWER_RESTS = new Float64Array(MAX_POWER + 1)
for (let i = 0; i <= MAX_POWER; i++) {
  const exact = 10n ** BigInt(i)
  POWERS[i] = Number(exact)
  POWER_RESTS[i] = Number(exact - BigInt(Number(exact)))
}

/**
 * `(head · 10^tailDigits + tail) · 10^exponent`, correctly rounded, or NaN when this way cannot tell. `head` has at
 * most 15 digits, `tail` at most 4, both are not negative.
 */
export function toDouble(head: number, tail: number, tailDigits: number, exponent: number): number {
  if (tailDigits === 0 && exponent <= EXACT_POWER && exponent >= -EXACT_POWER) {
    return exponent < 0 ? head / (POWERS[-exponent] as number) : head * (POWERS[exponent] as number)
  }
  if (head === 0 && tail === 0) return 0
  if (exponent > 0 || exponent < -MAX_POWER) return Number.NaN
  return divide(head, tail, POWERS[tailDigits] as number, -exponent)
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

/** `(head · shift + tail) / 10^power` or NaN when the two ends of the error interval round apart. */
function divide(head: number, tail: number, shift: number, power: number): number {
  const product = head * shift
  const sum = product + tail
  // Exact: product ≥ tail, so what the sum lost is tail − (sum − product), and the product's own rest is added.
  const sumRest = tail - (sum - product) + productRest(head, shift, product)
  const divisor = POWERS[power] as number
  const quotient = sum / divisor
  const back = quotient * divisor
  const rest = sum - back - productRest(quotient, divisor, back) + sumRest - quotient * (POWER_RESTS[power] as number)
  const correction = rest / divisor
  const error = Math.abs(correction) * 2 ** -48 + quotient * 2 ** -98
  const low = quotient + (correction - error)
  const high = quotient + (correction + error)
  return low === high ? low : Number.NaN
}
