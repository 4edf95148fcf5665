/**
 * The shortest decimal of a double, in exact arithmetic on doubles, in less time than the engine takes.
 *
 * Let `x` be in [10^(p−1), 10^p), and `v = x · 10^(17−p)`: v is in [10^16, 10^17), and a whole number near it names 17 digits.
 * A decimal reads back as `x` when it is closer to x than half the distance to the doubles beside it; scaled like v, that half is
 * `h`, 0.55…11.2. So of the decimals with
 *
 *   15 digits at most (multiples of 100)   one at most can be that close: the nearest one; its last digits may be zeros
 *   16 digits         (multiples of 10)    the nearest one is wanted, if it is that close
 *   17 digits                              the nearest one always is
 *
 * and the first that is close enough is the shortest and, of its length, the closest: what ECMAScript's Number::toString asks
 * for; of two that are equally close, the even one. v is the exact sum of two doubles. All its bits stand for 2^−46 at least, since
 * x is 0.0001 at least, so that its last two digits and what follows fit into one double, and so does h: every comparison is exact.
 */
import type { JsonSink } from '#lib/json'

const ZERO = 0x30
const DOT = 0x2e
const MINUS = 0x2d
const HUNDRED_MILLION = 100_000_000
/** A double times this, for a sum of two halves of 26 bits (Veltkamp). */
const SPLIT = 134_217_729
/** Instead of two digits: the decimal lies just between two doubles. */
const UNDECIDED = 1000
/** The longest text: sign, `0.000`, 17 digits. */
const LONGEST = 24

/** Powers of ten up to the last one that is a double, and their halves. */
const TENS: Float64Array = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))
const TENS_HIGH: Float64Array = TENS.map((ten) => SPLIT * ten - (SPLIT * ten - ten))
const TENS_LOW: Float64Array = TENS.map((ten, i) => ten - (TENS_HIGH[i] as number))
/** 10^p for p from −3 on. */
const LIMITS: Float64Array = Float64Array.from({ length: 19 }, (_, i) => Number(`1e${i - 3}`))

/** The ASCII digits of 00…99. */
const PAIRS = Buffer.from(Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0')).join(''))

/** The exponent of 0.0001 as a double has it, and for those from it on half the distance to the next double. */
const LEAST_EXPONENT = 1023 - 14
const HALVES: Float64Array = Float64Array.from({ length: 64 }, (_, i) => 2 ** (i - 14 - 53))
/** 1 for the digit zero: as a number, since a branch on it would be mispredicted half of the time. */
const IS_ZERO = new Uint8Array(256).fill(1, ZERO, ZERO + 1)

const float: Float64Array = new Float64Array(1)
const words: Uint32Array = new Uint32Array(float.buffer)
/** Which of the two words holds the exponent. */
const TOP = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0

/**
 * Writes a double that is not whole and whose size is 0.0001 to 10^15, as `String` does; otherwise, and for the powers of two among
 * those, writes nothing and returns false.
 */
export function writeShortest(sink: JsonSink, value: number): boolean {
  const x = Math.abs(value)
  if (!(x >= 0.0001 && x < 1e15) || Math.floor(x) === x) return false
  let point = x < 1 ? 0 : 1
  while (x >= (LIMITS[point + 3] as number)) point++
  while (x < (LIMITS[point + 2] as number)) point--
  const power = 17 - point

  float[0] = x
  const top = words[TOP] as number
  // Of a power of two the double below is nearer than the one above.
  if (words[1 - TOP] === 0 && (top & 0xfffff) === 0) return false
  const ten = TENS[power] as number
  const half = (HALVES[(top >>> 20) - LEAST_EXPONENT] as number) * ten

  // The product in two parts, high + low (Dekker).
  const cut = SPLIT * x
  const xHigh = cut - (cut - x)
  const xLow = x - xHigh
  const tenHigh = TENS_HIGH[power] as number
  const tenLow = TENS_LOW[power] as number
  const high = x * ten
  const low = xHigh * tenHigh - high + xHigh * tenLow + xLow * tenHigh + xLow * tenLow

  let first = Math.floor(high / HUNDRED_MILLION)
  const rest = high - first * HUNDRED_MILLION
  const hundreds = Math.floor(rest / 100)
  const last = rest - hundreds * 100 + low

  const two = chooseLast(last, half)
  if (two === UNDECIDED) return false
  let second = hundreds * 100 + two
  if (second < 0) {
    second += HUNDRED_MILLION
    first--
  } else if (second >= HUNDRED_MILLION) {
    second -= HUNDRED_MILLION
    first++
  }
  if (first < HUNDRED_MILLION || first >= 10 * HUNDRED_MILLION) return false
  writeDigits(sink, value < 0, point, first, second)
  return true
}

/**
 * What stands for `last`, a number of two digits and a rest, in the shortest decimal: a whole number from −10 to 110, or
 * UNDECIDED. `last` and `half` are exact, and so is all that is done with them here.
 */
function chooseLast(last: number, half: number): number {
  const hundred = Math.floor(last / 100 + 0.5) * 100
  const from100 = Math.abs(last - hundred)
  if (from100 <= half) return from100 < half ? hundred : UNDECIDED
  let ten = Math.floor(last / 10 + 0.5)
  // The quotient is rounded, perhaps to a half.
  if (last - ten * 10 <= -5) ten = last - ten * 10 < -5 ? ten - 1 : evenBelow(ten)
  const from10 = Math.abs(last - ten * 10)
  if (from10 <= half) return from10 < half ? ten * 10 : UNDECIDED
  const one = Math.floor(last + 0.5)
  return one - last === 0.5 ? evenBelow(one) : one
}

/** Of two whole numbers that are equally close, `upper` and the one below it, the even one. */
function evenBelow(upper: number): number {
  return (upper & 1) === 0 ? upper : upper - 1
}

/** Writes nine and eight digits without the zeros at their end, with the point behind `point` of them. */
function writeDigits(sink: JsonSink, minus: boolean, point: number, first: number, second: number): void {
  sink.reserve(LONGEST)
  const { bytes } = sink
  let to = sink.length
  if (minus) bytes[to++] = MINUS
  if (point <= 0) {
    bytes[to++] = ZERO
    bytes[to++] = DOT
    for (let i = point; i < 0; i++) bytes[to++] = ZERO
  }
  // Room for the point is left before the digits that it will be put behind.
  const at = point > 0 ? to + 1 : to
  const lead = Math.floor(first / HUNDRED_MILLION)
  bytes[at] = ZERO + lead
  putEight(bytes, at + 1, first - lead * HUNDRED_MILLION)
  let stop = at + 9
  if (second !== 0) {
    putEight(bytes, stop, second)
    stop += 8
  }
  for (let i = 0; i < point; i++) bytes[to + i] = bytes[to + i + 1] as number
  if (point > 0) bytes[to + point] = DOT
  stop -= IS_ZERO[bytes[stop - 1] as number] as number
  while (bytes[stop - 1] === ZERO) stop--
  sink.length = stop
}

function putEight(bytes: Buffer, at: number, value: number): void {
  const upper = (value / 10_000) | 0
  putFour(bytes, at, upper)
  putFour(bytes, at + 4, (value - upper * 10_000) | 0)
}

function putFour(bytes: Buffer, at: number, value: number): void {
  const upper = (value / 100) | 0
  const lower = (value - upper * 100) << 1
  bytes[at] = PAIRS[upper << 1] as number
  bytes[at + 1] = PAIRS[(upper << 1) + 1] as number
  bytes[at + 2] = PAIRS[lower] as number
  bytes[at + 3] = PAIRS[lower + 1] as number
}
