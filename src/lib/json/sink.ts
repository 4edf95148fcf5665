import { AboxError } from '#core/errors'
import { jsonErrors } from './errors.ts'

/** Below this many units a loop over the string is faster than a call into the native writer. */
const SHORT = 40
/** What the memory exceeds the limit by at most: room that is reserved is not always filled. */
const OVER_LIMIT = 64 * 1024
const QUOTE = 0x22
const BACKSLASH = 0x5c
/** What a JSON string must escape; lone surrogates are found apart, by `isWellFormed`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that JSON forbids inside strings.
const MUST_ESCAPE = /["\\\u0000-\u001f]/

/**
 * Growable byte buffer that JSON text is written into.
 *
 * `bytes` and `length` are open so that a transcoder can write in place: call `reserve(n)`, then store at most `n`
 * bytes from `length` on and advance `length`. `bytes` is another buffer after each `reserve`.
 *
 * `maxBytes` is checked against what has been written each time the buffer grows and in `take()`, so what is
 * written over it is at most doubled once: ABOX_JSON_TOO_LARGE.
 */
export class JsonSink {
  bytes: Buffer
  length = 0
  /** Whether a number may be among what was written that JavaScript reads as another one: beyond ±(2^53 − 1), or −0. */
  odd = false
  readonly #maxBytes: number

  constructor(initialBytes = 1024, maxBytes: number = Number.MAX_SAFE_INTEGER) {
    this.bytes = Buffer.allocUnsafe(initialBytes)
    this.#maxBytes = maxBytes
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count > this.bytes.length) this.#grow(count)
  }

  /** One byte, such as `{`. */
  byte(value: number): void {
    if (this.length === this.bytes.length) this.#grow(1)
    this.bytes[this.length++] = value
  }

  /** Text that is known to be ASCII, as it is: literals, numbers. */
  ascii(text: string): void {
    const count = text.length
    this.reserve(count)
    if (count > SHORT) {
      this.length += this.bytes.write(text, this.length, 'latin1')
      return
    }
    const { bytes, length } = this
    for (let i = 0; i < count; i++) bytes[length + i] = text.charCodeAt(i)
    this.length = length + count
  }

  /** A JSON string: quotes, escapes, UTF-8. Lone surrogates become `\udXXX`, so nothing is lost. */
  string(text: string): void {
    if (text.length <= SHORT && this.#shortAscii(text)) return
    if (MUST_ESCAPE.test(text) || !text.isWellFormed()) {
      // The engine escapes exactly as wanted (well-formed JSON.stringify) and leaves text that has a UTF-8 form.
      this.#utf8(JSON.stringify(text))
      return
    }
    this.byte(QUOTE)
    this.#utf8(text)
    this.byte(QUOTE)
  }

  /** Bytes `start … end` of another buffer, as they are. */
  raw(source: Uint8Array, start = 0, end: number = source.length): void {
    const count = end - start
    this.reserve(count)
    const { bytes, length } = this
    if (count > SHORT) bytes.set(source.subarray(start, end), length)
    else for (let i = 0; i < count; i++) bytes[length + i] = source[start + i] as number
    this.length = length + count
  }

  /** A JSON string with the Base64 form of bytes `start … end` of `source`. */
  base64(source: Buffer, start = 0, end: number = source.length): void {
    this.reserve(Math.ceil((end - start) / 3) * 4 + 2)
    this.bytes[this.length++] = QUOTE
    this.length += this.bytes.write(source.toString('base64', start, end), this.length, 'latin1')
    this.bytes[this.length++] = QUOTE
  }

  /** The digits of a whole number within ±(2^53 − 1). */
  integer(value: number): void {
    if (value > 999_999_999 || value < -999_999_999) {
      this.ascii(String(value))
      return
    }
    this.reserve(10)
    if (value < 0) this.bytes[this.length++] = 0x2d
    this.#digits(value < 0 ? -value : value)
  }

  /** The digits of a whole number of any size. */
  bigint(value: bigint): void {
    this.odd = true
    this.ascii(value.toString())
  }

  /**
   * The shortest decimal that reads back as this double, always recognisable as a double: `1.0`, `0.25`, `1e300`,
   * `-0.0`; bare `NaN`, `Infinity`, `-Infinity`.
   */
  double(value: number): void {
    if (Number.isInteger(value) && value < 1e15 && value > -1e15) {
      if (value === 0 && Object.is(value, -0)) {
        this.odd = true
        this.byte(0x2d)
      }
      this.integer(value === 0 ? 0 : value)
      this.byte(0x2e)
      this.byte(0x30)
      return
    }
    const text = String(value)
    if (text.includes('e')) this.ascii(text.replace('+', ''))
    else this.ascii(Number.isInteger(value) ? `${text}.0` : text)
  }

  /**
   * What was written, as a view of this sink's own memory: it is valid until the next write or `reset()`.
   * ABOX_JSON_TOO_LARGE when it is more than the limit.
   */
  take(): Buffer {
    this.#checkSize()
    return this.bytes.subarray(0, this.length)
  }

  /** Forgets what was written and keeps the memory. */
  reset(): void {
    this.length = 0
    this.odd = false
  }

  /** Writes a short string that needs no escape and is ASCII; otherwise writes nothing and returns false. */
  #shortAscii(text: string): boolean {
    const count = text.length
    this.reserve(count + 2)
    const { bytes } = this
    let at = this.length
    bytes[at++] = QUOTE
    for (let i = 0; i < count; i++) {
      const unit = text.charCodeAt(i)
      if (unit < 0x20 || unit > 0x7f || unit === QUOTE || unit === BACKSLASH) return false
      bytes[at++] = unit
    }
    bytes[at++] = QUOTE
    this.length = at
    return true
  }

  #utf8(text: string): void {
    // Three bytes per UTF-16 unit is the most UTF-8 needs; a long text is measured first to not reserve in vain.
    this.reserve(text.length < 4096 ? text.length * 3 : Buffer.byteLength(text))
    this.length += this.bytes.write(text, this.length, 'utf8')
  }

  #digits(value: number): void {
    let count = 1
    for (let limit = 10; value >= limit; limit *= 10) count++
    const { bytes } = this
    let at = this.length + count
    this.length = at
    let rest = value | 0
    do {
      const tens = (rest / 10) | 0
      bytes[--at] = 0x30 + rest - tens * 10
      rest = tens
    } while (rest !== 0)
  }

  #checkSize(): void {
    if (this.length <= this.#maxBytes) return
    throw new AboxError(
      jsonErrors.ABOX_JSON_TOO_LARGE,
      `the JSON has ${this.length} bytes so far, at most ${this.#maxBytes} are allowed`
    )
  }

  #grow(count: number): void {
    this.#checkSize()
    const twice = this.bytes.length * 2
    // Near the limit a little more than that, so that it is not all copied once more for the last few bytes.
    const doubled = twice < this.#maxBytes ? twice : this.#maxBytes + Math.min(OVER_LIMIT, twice >> 3)
    const grown = Buffer.allocUnsafe(Math.max(doubled, this.length + count, 64))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }
}
