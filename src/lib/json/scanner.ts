import { AboxError } from '#core/errors'
import { ALL_DIGITS, FIRST_DIGITS, HEAD_DIGITS, longToDouble, POWERS, shortToDouble } from './decimal.ts'
import { jsonErrors } from './errors.ts'
import { integerOf } from './integer.ts'

/** How a number is written. `decimal` has a fraction or an exponent; the last three are not RFC 8259, see JsonReader. */
export type NumberForm = 'integer' | 'decimal' | 'NaN' | 'Infinity' | '-Infinity'

const QUOTE = 0x22
const PLUS = 0x2b
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const BACKSLASH = 0x5c
const LOWER_E = 0x65

/** 1 for the characters of a string that stand for themselves in one byte: a table is twice as fast as comparing. */
const PLAIN = new Uint8Array(256)
PLAIN.fill(1, 0x20, 0x80)
PLAIN[QUOTE] = 0
PLAIN[BACKSLASH] = 0

/** The tokens of JSON: strings, numbers, words. What follows what is JsonReader's. */
export class JsonScanner {
  readonly bytes: Buffer
  /** One past the last byte that belongs to this text. */
  readonly end: number
  /** Offset of the next unread byte. May be set to the start of a value that was found earlier. */
  pos: number

  /** Where the number read last stands: `bytes[numberStart … numberEnd)`. */
  numberStart = 0
  numberEnd = 0

  /** Where the content of the string or key read last stands, without its quotes. */
  stringStart = 0
  stringEnd = 0
  /** Its length in UTF-16 units, escapes resolved. */
  stringUnits = 0
  /** True when it has an escape: its bytes are then not its text. */
  stringEscaped = false
  /** True when it has a character above U+FFFF written as four bytes. */
  stringAstral = false

  // The number read last is ±digits · 10^exponent. Its first 18 digits are held in three parts of 9, 6 and 3, each of
  // them a small integer, which the engine multiplies several times faster than doubles.
  #first = 0
  #second = 0
  #third = 0
  #digits = 0
  #exponent = 0

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes
    this.pos = start
    this.end = end
  }

  /** Consumes a string and only sets `stringStart`, `stringEnd`, `stringUnits`, `stringEscaped`, `stringAstral`. */
  scanString(): void {
    if (this.next() !== QUOTE) throw this.unexpected('a string')
    const { bytes, end } = this
    let at = this.pos + 1
    this.stringStart = at
    this.stringEscaped = false
    this.stringAstral = false
    // Units are counted as bytes minus what multi-byte characters and escapes take beyond their units.
    let surplus = 0
    for (;;) {
      while (at < end && PLAIN[bytes[at] as number] === 1) at++
      const byte = at < end ? (bytes[at] as number) : 0
      if (byte === QUOTE) break
      if (byte < 0x20) throw this.#at(at).unexpected('the rest of a string')
      const size = byte === BACKSLASH ? this.#escapeSize(at) : this.#utf8Size(byte, at)
      // Four bytes are two units, an escape of any size and what else there is are one.
      surplus += size === 4 ? 2 : size - 1
      at += size
    }
    this.stringEnd = at
    this.stringUnits = at - this.stringStart - surplus
    this.pos = at + 1
  }

  /** The text of the string or key scanned last. */
  stringText(): string {
    const { bytes, stringStart, stringEnd } = this
    if (this.stringEscaped) return JSON.parse(bytes.toString('utf8', stringStart - 1, stringEnd + 1)) as string
    return bytes.toString(stringEnd - stringStart === this.stringUnits ? 'latin1' : 'utf8', stringStart, stringEnd)
  }

  /** Whether the string or key scanned last is `text`. Builds no string for ASCII without escapes. */
  stringIs(text: string): boolean {
    const { bytes, stringStart } = this
    const length = this.stringEnd - stringStart
    if (this.stringEscaped || length !== this.stringUnits) return this.stringText() === text
    if (length !== text.length) return false
    for (let i = 0; i < length; i++) if (bytes[stringStart + i] !== text.charCodeAt(i)) return false
    return true
  }

  /** The number scanned last, whose form was `form`, as the nearest double. */
  numberAs(form: NumberForm): number {
    if (form !== 'integer' && form !== 'decimal') return Number(form)
    const digits = this.#digits
    let value = Number.NaN
    if (digits <= HEAD_DIGITS) value = shortToDouble(this.#headValue(), this.#exponent)
    else if (digits <= ALL_DIGITS) {
      const low = this.#second * (POWERS[digits - HEAD_DIGITS] as number) + this.#third
      value = longToDouble(this.#first * (POWERS[digits - FIRST_DIGITS] as number), low, this.#exponent)
    }
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
    if (form === 'integer' && this.#digits <= HEAD_DIGITS) {
      const head = this.#headValue()
      return this.bytes[this.numberStart] === MINUS && head !== 0 ? -head : head
    }
    return form === 'integer' || form === 'decimal' ? integerOf(this.numberText()) : undefined
  }

  /** Consumes a number, sets `numberStart` and `numberEnd`, tells how it is written. */
  scanNumber(): NumberForm {
    const first = this.next()
    const start = this.pos
    this.numberStart = start
    let at = first === MINUS ? start + 1 : start
    const lead = this.#byte(at)
    if (!isDigit(lead)) return this.#scanWord(first)
    this.#first = 0
    this.#second = 0
    this.#third = 0
    this.#digits = 0
    this.#exponent = 0
    // A leading zero stands alone: what follows it is no digit of this number.
    at = lead === ZERO ? at + 1 : this.#scanDigits(at)
    let form: NumberForm = 'integer'
    if (this.#byte(at) === DOT) {
      form = 'decimal'
      const dot = at
      at = this.#scanDigits(dot + 1)
      this.#exponent = dot + 1 - at
      if (at === dot + 1) throw this.#at(at).unexpected('a digit')
    }
    if ((this.#byte(at) | 0x20) === LOWER_E) {
      form = 'decimal'
      at = this.#scanExponent(at + 1)
    }
    this.numberEnd = at
    this.pos = at
    return form
  }

  /** The byte at `at`, or −1 behind the end. */
  #byte(at: number): number {
    return at < this.end ? (this.bytes[at] as number) : -1
  }

  /** Moves to the next byte that is no white space and returns it, −1 at the end. */
  protected next(): number {
    const { bytes, end } = this
    let at = this.pos
    while (at < end) {
      const byte = bytes[at] as number
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) {
        this.pos = at
        return byte
      }
      at++
    }
    this.pos = at
    return -1
  }

  /** Size in bytes of the escape at `at`. */
  #escapeSize(at: number): number {
    this.stringEscaped = true
    switch (this.#byte(at + 1)) {
      case QUOTE:
      case BACKSLASH:
      case 0x2f:
      case 0x62:
      case 0x66:
      case 0x6e:
      case 0x72:
      case 0x74:
        return 2
      case 0x75:
        for (let i = at + 2; i < at + 6; i++) if (!isHex(this.#byte(i))) throw this.#at(i).unexpected('a hex digit')
        return 6
      default:
        throw this.#at(at + 1).unexpected('one of " \\ / b f n r t u after a backslash')
    }
  }

  /** Size in bytes of the character at `at` that begins with `lead`: shortest form, no surrogates, at most U+10FFFF. */
  #utf8Size(lead: number, at: number): number {
    const second = this.#byte(at + 1)
    const third = this.#byte(at + 2)
    // Most Chinese characters: nothing to look for but the shape.
    if (lead >= 0xe1 && lead < 0xed && isContinuation(second) && isContinuation(third)) return 3
    const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    let valid = lead >= 0xc2 && lead <= 0xf4 && isContinuation(second)
    if (lead === 0xe0) valid &&= second >= 0xa0
    else if (lead === 0xed) valid &&= second < 0xa0
    else if (lead === 0xf0) valid &&= second >= 0x90
    else if (lead === 0xf4) valid &&= second < 0x90
    for (let i = 2; i < size; i++) valid &&= isContinuation(this.#byte(at + i))
    if (!valid) throw this.#at(at).unexpected('valid UTF-8')
    if (size === 4) this.stringAstral = true
    return size
  }

  /** Consumes digits and adds them to the number being read; returns where they end. */
  #scanDigits(start: number): number {
    const { bytes, end } = this
    let first = this.#first
    let second = this.#second
    let third = this.#third
    let digits = this.#digits
    let at = start
    while (at < end) {
      const digit = (bytes[at] as number) - ZERO
      if (digit < 0 || digit > 9) break
      if (digits < FIRST_DIGITS) first = (first * 10 + digit) | 0
      else if (digits < HEAD_DIGITS) second = (second * 10 + digit) | 0
      else if (digits < ALL_DIGITS) third = (third * 10 + digit) | 0
      // Leading zeros are no digits.
      if (digits > 0 || digit > 0) digits++
      at++
    }
    this.#first = first
    this.#second = second
    this.#third = third
    this.#digits = digits
    return at
  }

  /** The first 15 digits. */
  #headValue(): number {
    const digits = this.#digits
    if (digits <= FIRST_DIGITS) return this.#first
    return this.#first * (POWERS[Math.min(digits, HEAD_DIGITS) - FIRST_DIGITS] as number) + this.#second
  }

  #scanExponent(start: number): number {
    const sign = this.#byte(start)
    let at = sign === PLUS || sign === MINUS ? start + 1 : start
    if (!isDigit(this.#byte(at))) throw this.#at(at).unexpected('a digit of an exponent')
    let exponent = 0
    for (; isDigit(this.#byte(at)); at++) if (exponent < 99_999) exponent = exponent * 10 + this.#byte(at) - ZERO
    this.#exponent += sign === MINUS ? -exponent : exponent
    return at
  }

  #scanWord(first: number): NumberForm {
    const form = first === 0x4e ? 'NaN' : first === MINUS ? '-Infinity' : 'Infinity'
    this.word(form, 'a number')
    this.numberEnd = this.pos
    return form
  }

  protected word(word: string, expected: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.#byte(this.pos + i) !== word.charCodeAt(i)) throw this.unexpected(expected)
    }
    this.pos += word.length
  }

  /** Moves to `at`, so that an error names it. */
  #at(at: number): this {
    this.pos = at
    return this
  }

  protected unexpected(expected: string): AboxError {
    const byte = this.#byte(this.pos)
    const found =
      byte === -1 ? 'the end' : byte > 0x20 && byte < 0x7f ? JSON.stringify(String.fromCharCode(byte)) : hexOf(byte)
    return new AboxError(jsonErrors.ABOX_JSON_SYNTAX, `at byte ${this.pos}: found ${found}, expected ${expected}`, {
      offset: this.pos
    })
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

function isHex(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

function hexOf(byte: number): string {
  return `byte 0x${byte.toString(16).padStart(2, '0')}`
}
