import { writeBigInteger } from './big-integer.ts'
import type { JavaType } from './java-type.ts'
import { type JsonJob, mismatchAt, writeNull } from './json-job.ts'
import type { HessianWriter } from './writer.ts'

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
const MAX_DIGITS = 4096
/** Half a step above Java's Float.MAX_VALUE: from here on a float is infinite. */
const LARGEST_FLOAT = 3.4028235677973362e38
/** What Java's BigDecimal reads, with at most nine digits of exponent. */
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,9})?$/
const BIG_DECIMAL_FIELDS = ['value']

/** Whether the number is within the range of the integer kind. */
export function fits(kind: 'byte' | 'short' | 'int', value: number): boolean {
  if (kind === 'int') return value >= -0x80000000 && value <= 0x7fffffff
  return kind === 'short' ? value >= -0x8000 && value <= 0x7fff : value >= -0x80 && value <= 0x7f
}

export function fitsLong(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX
}

/** Java's int, short and byte, which the wire does not tell apart. `12.0` is 12; fractions are refused. */
export function writeSmallInteger(job: JsonJob, type: JavaType & { kind: 'byte' | 'short' | 'int' }): void {
  const { reader } = job
  if (reader.peek() !== 'number') {
    writeNull(job, type)
    return
  }
  const value = reader.integerAs(reader.scanNumber())
  if (typeof value !== 'number' || !fits(type.kind, value)) throw mismatchAt(job, reader.numberStart, type.text)
  job.writer.int(value)
}

/** Java's long, from the exact digits. They may stand in a string: that is how JavaScript carries ids above 2^53. */
export function writeLong(job: JsonJob, type: JavaType): void {
  const { reader } = job
  const kind = reader.peek()
  if (kind !== 'number' && kind !== 'string') {
    writeNull(job, type)
    return
  }
  const start = reader.pos
  const value = kind === 'number' ? reader.integerAs(reader.scanNumber()) : integerText(reader.readString())
  if (value === undefined || (typeof value === 'bigint' && !fitsLong(value))) throw mismatchAt(job, start, type.text)
  job.writer.long(value)
}

/**
 * Java's double and float: any number, `NaN` and the infinities included. One beyond the type's range is refused: it would
 * be infinite without anybody having said so.
 */
export function writeDouble(job: JsonJob, type: JavaType): void {
  const { reader, writer } = job
  if (reader.peek() !== 'number') {
    writeNull(job, type)
    return
  }
  const form = reader.scanNumber()
  const value = reader.numberAs(form)
  const finite = form === 'decimal' || form === 'integer'
  const most = type.kind === 'float' ? LARGEST_FLOAT : Number.MAX_VALUE
  if (finite && (value > most || value < -most)) {
    throw mismatchAt(job, reader.numberStart, `${type.text} (a number that is not too large for it)`)
  }
  writer.double(value)
}

/** `java.math.BigDecimal` from a number, digit by digit as it is written, or from a string that is one. */
export function writeBigDecimal(job: JsonJob, type: JavaType): void {
  const { reader, writer } = job
  const kind = reader.peek()
  if (kind !== 'number' && kind !== 'string') {
    writeNull(job, type)
    return
  }
  const start = reader.pos
  if (kind === 'number') reader.scanNumber()
  const text = kind === 'number' ? reader.numberText() : reader.readString()
  if (!writeDecimalText(writer, text)) throw mismatchAt(job, start, `${type.text} (a decimal number)`)
}

/** Writes a `java.math.BigDecimal`; false, and nothing is written, when the text is no decimal number. */
export function writeDecimalText(writer: HessianWriter, text: string): boolean {
  if (!isDecimal(text)) return false
  writer.object('java.math.BigDecimal', BIG_DECIMAL_FIELDS)
  writer.string(text)
  return true
}

export function isDecimal(text: string): boolean {
  return text.length <= MAX_DIGITS && DECIMAL.test(text)
}

/** `java.math.BigInteger` from a whole number or a string of digits. */
export function writeBigIntegerValue(job: JsonJob, type: JavaType): void {
  const { reader, writer } = job
  const kind = reader.peek()
  if (kind !== 'number' && kind !== 'string') {
    writeNull(job, type)
    return
  }
  const start = reader.pos
  const value = kind === 'number' ? reader.integerAs(reader.scanNumber()) : integerText(reader.readString())
  if (value === undefined) throw mismatchAt(job, start, `${type.text} (a whole number of at most ${MAX_DIGITS} digits)`)
  writeBigInteger(writer, BigInt(value))
}

/** A whole number written as digits; undefined when it is none or unreasonably long. */
export function integerText(text: string): bigint | undefined {
  return text.length <= MAX_DIGITS && /^-?\d+$/.test(text) ? BigInt(text) : undefined
}

/**
 * A number of which no type is declared, by how it is written: a whole number is int, long or BigInteger by its size, one
 * with point or exponent is a double.
 */
export function writeLexicalNumber(job: JsonJob): void {
  const { reader, writer } = job
  const form = reader.scanNumber()
  if (form !== 'integer') {
    const value = reader.numberAs(form)
    if (form === 'decimal' && !Number.isFinite(value)) throw mismatchAt(job, reader.numberStart, 'a double')
    writer.double(value)
    return
  }
  const value = reader.integerAs(form)
  if (value === undefined) {
    throw mismatchAt(job, reader.numberStart, `a whole number of at most ${MAX_DIGITS} digits`)
  }
  if (typeof value === 'bigint' && !fitsLong(value)) writeBigInteger(writer, value)
  else if (typeof value === 'number' && fits('int', value)) writer.int(value)
  else writer.long(value)
}

export function writeNumber(job: JsonJob, type: JavaType): void {
  if (job.reader.peek() === 'number') writeLexicalNumber(job)
  else writeNull(job, type)
}
