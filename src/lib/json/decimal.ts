/**
 * Decimal digits to the nearest double without a string.
 *
 * Digits come in two whole numbers of at most nine each, so that `head · 10^n` for a power held in pieces of 23 bits is
 * exact. One such piece of each product after the other is added, from the largest on, with a bounded error; when both
 * ends of the error interval round to the same double, that is the answer. Few digits need less: with a power of ten up
 * to 10^22, which is an exact double itself, one multiplication or division rounds once and is right (Clinger, "How to Read
 * Floating Point Numbers Accurately", 1990). Model servers write 16 or 17 digits, where the engine's own `Number(text)`
 * costs several times as much.
 */

/** The most digits of each of the two numbers. */
export const PART_DIGITS = 9
/** The last power of ten that is a double. */
export const EXACT_POWER = 22
/** Powers further from 0 are left to `Number`: nobody writes them. */
const MAX_POWER = 100
const PIECE_BITS = 23
/** Room behind the point for 10^-100 and all the bits that its three pieces have. */
const FIXED_POINT = 600
/** The pieces hold 10^n to 2^-99 of it, and what is added is rounded at 2^-75: this is more than both together. */
const ERROR = 2 ** -72

/** 10^n for n from 0 to 22. */
export const POWERS: Float64Array = Float64Array.from({ length: EXACT_POWER + 1 }, (_, n) => Number(10n ** BigInt(n)))

/** 10^n = PIECES[3n] + PIECES[3n+1] + PIECES[3n+2], counted from n = −100: two pieces of 23 bits and the rest. */
const PIECES = new Float64Array((2 * MAX_POWER + 1) * 3)
for (let n = -MAX_POWER; n <= MAX_POWER; n++) {
  const power = n < 0 ? (1n << BigInt(FIXED_POINT)) / 10n ** BigInt(-n) : (10n ** BigInt(n)) << BigInt(FIXED_POINT)
  let rest = power
  for (let piece = 0; piece < 3; piece++) {
    const cut = BigInt(power.toString(2).length - PIECE_BITS * (piece + 1))
    const value = piece === 2 ? rest : (rest >> cut) << cut
    // Whole numbers of up to 933 bits are within the range of doubles.
    PIECES[(n + MAX_POWER) * 3 + piece] = Number(value) * 2 ** -FIXED_POINT
    rest -= value
  }
}

/** The nearest double to `head · 10^exponent`, a `head` of at most nine digits; NaN when this way cannot tell. */
export function shortToDouble(head: number, exponent: number): number {
  if (exponent < 0)
    return exponent >= -EXACT_POWER ? head / (POWERS[-exponent] as number) : longToDouble(head, 0, 0, exponent)
  return exponent <= EXACT_POWER ? head * (POWERS[exponent] as number) : longToDouble(head, 0, 0, exponent)
}

/**
 * The nearest double to `(head · 10^tailDigits + tail) · 10^exponent`; NaN when this way cannot tell. Both numbers have at
 * most nine digits, and `head` just nine unless `tail` is 0.
 */
export function longToDouble(head: number, tail: number, tailDigits: number, exponent: number): number {
  if (exponent < -MAX_POWER || exponent + tailDigits > MAX_POWER) return head === 0 ? 0 : Number.NaN
  const h = (exponent + tailDigits + MAX_POWER) * 3
  const t = (exponent + MAX_POWER) * 3
  const sum = head * (PIECES[h] as number)
  const rest =
    head * (PIECES[h + 1] as number) +
    tail * (PIECES[t] as number) +
    (head * (PIECES[h + 2] as number) + tail * (PIECES[t + 1] as number) + tail * (PIECES[t + 2] as number))
  const error = sum * ERROR
  const lowest = sum + (rest - error)
  return lowest === sum + (rest + error) ? lowest : Number.NaN
}
