import { JsonCursor } from './cursor.ts'
import { longToDouble, PART_DIGITS, POWERS, shortToDouble } from './decimal.ts'
import { digitsIn, isDigit, wordValue, ZEROS } from './digits.ts'
import { integerOf, MAX_DIGITS } from './integer.ts'
import type { NumberRow } from './number-row.ts'

/** How a number is written. `decimal` has a fraction or an exponent; the last three are not RFC 8259, see JsonReader. */
export type NumberForm = 'integer' | 'decimal' | 'NaN' | 'Infinity' | '-Infinity'

const PLUS = 0x2b
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const LOWER_E = 0x65
/** Both parts together. */
const ALL_DIGITS = 2 * PART_DIGITS
/** Four digits at once fit behind so many. */
const WORD_FITS = PART_DIGITS - 4
const WORD_POWERS = Uint16Array.of(1, 10, 100, 1000, 10_000)

/** The numbers of JSON. */
export class JsonNumbers extends JsonCursor {
  /** Where the number read last stands: `bytes[numberStart … numberEnd)`. */
  numberStart = 0
  numberEnd = 0

  // The number read last is ±digits · 10^exponent. Its first 18 digits are held in two parts of 9, each of them a small
  // integer, which the engine multiplies several times faster than doubles.
  #head = 0
  #tail = 0
  #digits = 0
  #exponent = 0

  /** Consumes a number, sets `numberStart` and `numberEnd`, tells how it is written. */
  scanNumber(): NumberForm {
    const first = this.next()
    const start = this.pos
    this.numberStart = start
    let at = first === MINUS ? start + 1 : start
    const lead = this.byteAt(at)
    if (!isDigit(lead)) return this.#scanWord(first)
    this.#head = 0
    this.#tail = 0
    this.#digits = 0
    this.#exponent = 0
    // A leading zero stands alone: what follows it is no digit of this number.
    at = lead === ZERO ? at + 1 : this.#scanDigits(at)
    let form: NumberForm = 'integer'
    if (this.byteAt(at) === DOT) {
      form = 'decimal'
      const dot = at
      at = this.#scanDigits(dot + 1)
      this.#exponent = dot + 1 - at
      if (at === dot + 1) throw this.unexpectedAt(at, 'a digit')
    }
    if ((this.byteAt(at) | 0x20) === LOWER_E) {
      form = 'decimal'
      at = this.#scanExponent(at + 1)
    }
    this.numberEnd = at
    this.pos = at
    return form
  }

  /**
   * Where an element of an array starts: reads as many elements into `row` as are ordinary numbers, and moves to the first
   * that is not read. There is always one left. `alike`: only those that are written like the first, with or without point.
   */
  readRow(row: NumberRow, alike = false): void {
    row.read(this.bytes, this.view, this.pos, this.end, alike)
    this.pos = row.pos
  }

  /** The number scanned last, whose form was `form`, as the nearest double. */
  numberAs(form: NumberForm): number {
    if (form !== 'integer' && form !== 'decimal') return Number(form)
    const digits = this.#digits
    let value = Number.NaN
    if (digits <= PART_DIGITS) value = shortToDouble(this.#head, this.#exponent)
    else if (digits <= ALL_DIGITS) value = longToDouble(this.#head, this.#tail, digits - PART_DIGITS, this.#exponent)
    if (Number.isNaN(value)) return Number(this.numberText())
    return this.bytes[this.numberStart] === MINUS ? -value : value
  }

  /** The text of the number scanned last. */
  numberText(): string {
    return this.bytes.toString('latin1', this.numberStart, this.numberEnd)
  }

  /**
   * The number scanned last, whose form was `form`, as an exact whole number: a bigint when it is beyond
   * ±(2^53 − 1), undefined when it is not whole (`12.0` and `1.2e1` are), has more than 4096 digits or an exponent above 999.
   */
  integerAs(form: NumberForm): number | bigint | undefined {
    if (form !== 'integer') return form === 'decimal' ? integerOf(this.numberText()) : undefined
    const digits = this.#digits
    if (digits <= ALL_DIGITS) {
      // Nine digits times 10^9 have no more than 51 significant bits, so that only the addition can round.
      const size =
        digits <= PART_DIGITS ? this.#head : this.#head * (POWERS[digits - PART_DIGITS] as number) + this.#tail
      if (size <= Number.MAX_SAFE_INTEGER) return this.bytes[this.numberStart] === MINUS && size !== 0 ? -size : size
    }
    return digits <= MAX_DIGITS ? BigInt(this.numberText()) : undefined
  }

  /** Consumes digits and adds them to the number being read; returns where they end. */
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: one loop over local variables, because every number of every answer goes through it.
  #scanDigits(start: number): number {
    const { bytes, end, view } = this
    let at = start
    // Leading zeros are no digits.
    if (this.#digits === 0) while (at < end && bytes[at] === ZERO) at++
    const before = this.#digits > PART_DIGITS ? PART_DIGITS : 0
    let inTail = before !== 0
    let part = inTail ? this.#tail : this.#head
    let count = this.#digits - before
    for (;;) {
      if (count <= WORD_FITS && at + 4 <= end) {
        const word = view.getInt32(at, true) ^ ZEROS
        const found = digitsIn(word)
        if (found === 0) break
        part = (Math.imul(part, WORD_POWERS[found] as number) + wordValue(word, found)) | 0
        count += found
        at += found
        if (found < 4) break
        continue
      }
      const digit = at < end ? (bytes[at] as number) - ZERO : -1
      if (digit < 0 || digit > 9) break
      if (count < PART_DIGITS) {
        part = (part * 10 + digit) | 0
        count++
        at++
      } else if (!inTail) {
        this.#head = part
        inTail = true
        part = 0
        count = 0
      } else {
        // More than can be held: they are only counted.
        const from = at
        while (at < end && isDigit(bytes[at] as number)) at++
        count += at - from
        break
      }
    }
    if (inTail) this.#tail = part
    else this.#head = part
    this.#digits = inTail ? count + PART_DIGITS : count
    return at
  }

  #scanExponent(start: number): number {
    const sign = this.byteAt(start)
    let at = sign === PLUS || sign === MINUS ? start + 1 : start
    if (!isDigit(this.byteAt(at))) throw this.unexpectedAt(at, 'a digit of an exponent')
    let exponent = 0
    for (; isDigit(this.byteAt(at)); at++) if (exponent < 99_999) exponent = exponent * 10 + this.byteAt(at) - ZERO
    this.#exponent += sign === MINUS ? -exponent : exponent
    return at
  }

  #scanWord(first: number): NumberForm {
    const form = first === 0x4e ? 'NaN' : first === MINUS ? '-Infinity' : 'Infinity'
    this.word(form, 'a number')
    this.numberEnd = this.pos
    return form
  }
}
