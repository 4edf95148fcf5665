/** Numbers as JSON text, digit by digit into the sink: the engine's own conversion would make a string for each. */
import type { JsonSink } from '#lib/json'
import { writeShortest } from './json-shortest.ts'

const MILLION = 1_000_000
const EIGHT_DIGITS = 100_000_000
/** Decimals of up to fifteen digits are the shortest form of the double they denote. */
const FIFTEEN_DIGITS = 1_000_000_000_000_000
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30

/** The ASCII digits of 00…99, so that two are written by one division. */
const PAIRS = Buffer.from(Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0')).join(''))

/** The digits of a signed 32-bit number. */
export function writeInt(sink: JsonSink, value: number): void {
  sink.reserve(11)
  if (value < 0) sink.bytes[sink.length++] = MINUS
  const size = value < 0 ? -value : value
  if (size < 10) sink.bytes[sink.length++] = ZERO + size
  else if (size < EIGHT_DIGITS)
    putDigits(sink, size, size < 10_000 ? digitsUpTo4(size) : 4 + digitsUpTo4(size / 10_000))
  else {
    const high = (size / EIGHT_DIGITS) | 0
    putDigits(sink, high, high < 10 ? 1 : 2)
    putDigits(sink, size - high * EIGHT_DIGITS, 8)
  }
}

function digitsUpTo4(size: number): number {
  return size < 100 ? (size < 10 ? 1 : 2) : size < 1000 ? 3 : 4
}

/** The digits of a whole number within ±(2^53 − 1). */
export function writeWhole(sink: JsonSink, value: number): void {
  if (value > -1_000_000_000 && value < 1_000_000_000) {
    writeInt(sink, value)
    return
  }
  sink.reserve(17)
  if (value < 0) sink.bytes[sink.length++] = MINUS
  const size = Math.abs(value)
  const high = Math.floor(size / EIGHT_DIGITS)
  writeInt(sink, high)
  writePadded(sink, size - high * EIGHT_DIGITS, 8)
}

/** The digits of a signed 64-bit number given by halves: `high` signed, `low` unsigned. Exact, without a bigint. */
export function writeInt64(sink: JsonSink, high: number, low: number): void {
  if (high >= -0x200000 && high < 0x200000) {
    sink.odd ||= high === -0x200000 && low === 0
    writeWhole(sink, high * 0x100000000 + low)
    return
  }
  sink.odd = true
  let top = high
  let rest = low
  if (high < 0) {
    sink.byte(MINUS)
    rest = (~low + 1) >>> 0
    top = (~high + (rest === 0 ? 1 : 0)) >>> 0
  }
  // Long division by 10^8 in steps of 16 bits, so that each intermediate value is exact in a double.
  const first = Math.floor(top / EIGHT_DIGITS)
  const middle = (top - first * EIGHT_DIGITS) * 0x10000 + (rest >>> 16)
  const second = Math.floor(middle / EIGHT_DIGITS)
  const bottom = (middle - second * EIGHT_DIGITS) * 0x10000 + (rest & 0xffff)
  const third = Math.floor(bottom / EIGHT_DIGITS)
  writeWhole(sink, (first * 0x10000 + second) * 0x10000 + third)
  writePadded(sink, bottom - third * EIGHT_DIGITS, 8)
}

/** The shortest decimal that is this double; see `JsonSink.double`. */
export function writeDouble(sink: JsonSink, value: number): void {
  if (!writeShortDecimal(sink, value) && !writeShortest(sink, value)) sink.double(value)
}

/** Faster still than `writeShortest`: writes a number of at most six decimals and fifteen digits that is not whole; otherwise nothing, and false. */
export function writeShortDecimal(sink: JsonSink, value: number): boolean {
  const scaled = Math.round(value * MILLION)
  const size = Math.abs(scaled)
  // The quotient of two exact numbers is correctly rounded: when it is `value`, so is the decimal it stands for.
  if (size >= FIFTEEN_DIGITS || scaled / MILLION !== value) return false
  const whole = Math.floor(size / MILLION)
  const decimals = size - whole * MILLION
  if (decimals === 0) return false
  if (scaled < 0) sink.byte(MINUS)
  writeInt(sink, whole)
  writeDecimalPlaces(sink, decimals)
  return true
}

/** The point and the six digits of `decimals`, without the zeros at their end. */
function writeDecimalPlaces(sink: JsonSink, decimals: number): void {
  let rest = decimals | 0
  let count = 6
  while (rest % 10 === 0) {
    rest = (rest / 10) | 0
    count--
  }
  sink.reserve(1 + count)
  sink.bytes[sink.length++] = DOT
  putDigits(sink, rest, count)
}

function writePadded(sink: JsonSink, value: number, count: number): void {
  sink.reserve(count)
  putDigits(sink, value, count)
}

/** Stores the last `count` (1…8) digits of a number below 10^8, for which room has been reserved. */
function putDigits(sink: JsonSink, value: number, count: number): void {
  const { bytes, length } = sink
  let at = length + count
  let rest = value | 0
  while (at > length + 1) {
    const hundreds = (rest / 100) | 0
    const pair = (rest - hundreds * 100) << 1
    bytes[--at] = PAIRS[pair + 1] as number
    bytes[--at] = PAIRS[pair] as number
    rest = hundreds
  }
  if (at > length) bytes[length] = ZERO + (rest % 10)
  sink.length = length + count
}
