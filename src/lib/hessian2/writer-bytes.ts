import { AboxError } from '#core/errors'
import { hessianWriteErrors } from './write-errors.ts'

/**
 * The single values of Hessian2 as hessian-lite reads them, in all versions of Dubbo:
 *
 * ```
 * null, true, false = 4e, 54, 46
 * int    = 80-bf | c0-cf b1 | d0-d7 b2 | 49 b4                        −16…47, −2048…2047, ±262144, rest
 * long   = d8-ef | f0-ff b1 | 38-3f b2 | 59 b4 | 4c b8                −8…15, −2048…2047, ±262144, int32, rest
 * double = 5b | 5c | 5d b1 | 5e b2 | 5f b4 (thousandths) | 44 b8      0.0, 1.0, int8, int16
 * date   = 4b b4 (minutes) | 4a b8 (ms)
 * string = *( 52 b2 units ) ( 00-1f | 30-33 b1 | 53 b2 ) units        lengths in UTF-16 units; CESU-8, see utf.ts
 * binary = *( 41 b2 bytes ) ( 20-2f | 34-37 b1 | 42 b2 ) bytes
 * ```
 */

/** Java's own limit; a chunk never ends between the two surrogates of a character. */
export const STRING_CHUNK = 0x8000
const BINARY_CHUNK = 0x8000
/** Longer strings have a length of several bytes. */
const MAX_BYTE_LENGTH = 0x1f
/** Up to this many units, or bytes, a loop is faster than a native call. */
const SHORT_TEXT = 16
const SHORT_COPY = 32
const SURROGATE = /[\ud800-\udfff]/
const TWO_32 = 2 ** 32
const MINUTE = 60_000
/** What the memory exceeds the limit by at most: room that is reserved is not always filled. */
const OVER_LIMIT = 64 * 1024

/** Growable buffer that single values are written into. Lists, maps and objects are HessianWriter's. */
export class HessianBytes {
  /** Another buffer after each growth. */
  bytes: Buffer
  /** Where the next byte goes. May be advanced to leave room for a header, after `reserve`. */
  pos = 0
  #view: DataView
  #capacity: number
  readonly #before: number
  readonly #maxBytes: number

  /** Behind the first `before` bytes, which are somebody else's, there may be `maxBytes`. */
  constructor(initialBytes: number, maxBytes: number = Number.MAX_SAFE_INTEGER, before = 0) {
    this.#before = before
    this.#maxBytes = maxBytes
    this.bytes = Buffer.allocUnsafe(initialBytes)
    this.#capacity = initialBytes
    this.#view = viewOf(this.bytes)
  }

  /** Makes room for `count` more bytes. When there is none yet, what has been written is compared with the limit. */
  reserve(count: number): void {
    if (this.pos + count <= this.#capacity) return
    this.checkSize()
    const twice = this.bytes.length * 2
    const most = this.#before + this.#maxBytes
    // Near the limit a little more than that, so that it is not all copied once more for the last few bytes.
    const doubled = twice < most ? twice : most + Math.min(OVER_LIMIT, twice >> 3)
    const grown = Buffer.allocUnsafe(Math.max(doubled, this.pos + count))
    grown.set(this.bytes.subarray(0, this.pos))
    this.bytes = grown
    this.#capacity = grown.length
    this.#view = viewOf(grown)
  }

  /** ABOX_ANSWER_TOO_LARGE when more has been written than may be. */
  checkSize(): void {
    const written = this.pos - this.#before
    if (written <= this.#maxBytes) return
    throw new AboxError(
      hessianWriteErrors.ABOX_ANSWER_TOO_LARGE,
      `the answer: found ${written} bytes of Hessian so far, expected at most ${this.#maxBytes}`
    )
  }

  /** All bytes up to `pos` as a view of the writer's memory: valid until the next write or `reset`. */
  take(): Buffer {
    return this.bytes.subarray(0, this.pos)
  }

  null(): void {
    this.byte(0x4e)
  }

  boolean(value: boolean): void {
    this.byte(value ? 0x54 : 0x46)
  }

  /** A whole number of 32 bits. */
  int(value: number): void {
    this.reserve(5)
    this.pos = this.#int(this.pos, value)
  }

  /** The first `count` of the values, whole numbers of 32 bits, one after the other. */
  intItems(values: Float64Array, count: number): void {
    this.reserve(5 * count)
    let at = this.pos
    for (let i = 0; i < count; i++) at = this.#int(at, (values[i] as number) | 0)
    this.pos = at
  }

  /** A whole number of 64 bits; as a `number` only within ±(2^53 − 1). */
  long(value: bigint | number): void {
    this.reserve(9)
    const at = this.pos
    if (typeof value === 'number') {
      this.pos = (value | 0) === value ? this.#smallLong(at, value) : this.#longNumber(at, value)
      return
    }
    // The engine stores a bigint at once, while arithmetic with it makes a new one.
    const view = this.#view
    view.setBigInt64(at + 1, value)
    const low = view.getInt32(at + 5)
    if (view.getInt32(at + 1) === low >> 31) this.pos = this.#smallLong(at, low)
    else {
      this.bytes[at] = 0x4c
      this.pos = at + 9
    }
  }

  /** A double, in its shortest form that every reader takes for the same double; −0.0 keeps its sign. */
  double(value: number): void {
    this.reserve(9)
    this.pos = this.#double(this.pos, value)
  }

  /** The first `count` of the values, one after the other. */
  doubleItems(values: Float64Array, count: number): void {
    this.reserve(9 * count)
    const { bytes } = this
    const view = this.#view
    let at = this.pos
    for (let i = 0; i < count; i++) {
      const value = values[i] as number
      // Most doubles have no shorter form.
      if ((value | 0) === value || ((value * 1000) | 0) * 0.001 === value) at = this.#double(at, value)
      else {
        bytes[at] = 0x44
        view.setFloat64(at + 1, value)
        at += 9
      }
    }
    this.pos = at
  }

  /** A point in time in whole milliseconds since 1970, of 64 bits; as a `number` only within ±(2^53 − 1). */
  date(ms: bigint | number): void {
    this.reserve(9)
    const at = this.pos
    const view = this.#view
    if (typeof ms === 'bigint') view.setBigInt64(at + 1, ms)
    else this.#sixtyFourBits(at + 1, ms)
    // Minutes of 32 bits are far within the whole numbers that a double holds.
    const minutes = (view.getInt32(at + 1) * TWO_32 + view.getUint32(at + 5)) / MINUTE
    if ((minutes | 0) === minutes) {
      this.bytes[at] = 0x4b
      view.setInt32(at + 1, minutes)
      this.pos = at + 5
      return
    }
    this.bytes[at] = 0x4a
    this.pos = at + 9
  }

  /** Any string, lone surrogates included. */
  string(text: string): void {
    const { length } = text
    if (length <= SHORT_TEXT) {
      this.reserve(1 + length * 3)
      this.bytes[this.pos] = length
      this.pos = this.#unitByUnit(this.pos + 1, text)
      return
    }
    let from = 0
    while (length - from > STRING_CHUNK) from += this.stringChunk(text, from)
    this.#lastStringLength(length - from)
    this.#units(from === 0 ? text : text.slice(from))
  }

  /**
   * A chunk of a string that is not its last one, of which the text has STRING_CHUNK units or more from `from` on; returns how
   * many of them are in it. The rest is written by `string` when it is no more than STRING_CHUNK.
   */
  stringChunk(text: string, from = 0): number {
    const last = text.charCodeAt(from + STRING_CHUNK - 1)
    const size = last >= 0xd800 && last <= 0xdbff ? STRING_CHUNK - 1 : STRING_CHUNK
    this.#chunk(0x52, size)
    this.#units(text.slice(from, from + size))
    return size
  }

  /** A string of `units` UTF-16 units from UTF-8 bytes without four-byte characters: these bytes are CESU-8 as well. */
  stringBytes(source: Buffer, start: number, end: number, units: number): void {
    if (units > STRING_CHUNK) {
      if (units === end - start) this.#asciiChunks(source, start, end)
      else this.string(source.toString('utf8', start, end))
      return
    }
    this.#lastStringLength(units)
    this.#copy(source, start, end)
  }

  /** The bytes `start … end` of `source`. */
  binary(source: Uint8Array, start = 0, end: number = source.length): void {
    let from = start
    for (; end - from > BINARY_CHUNK; from += BINARY_CHUNK) {
      this.#chunk(0x41, BINARY_CHUNK)
      this.#copy(source, from, from + BINARY_CHUNK)
    }
    const length = end - from
    if (length <= 0x0f) this.byte(0x20 + length)
    else if (length <= 0x3ff) {
      this.byte(0x34 + (length >> 8))
      this.byte(length & 0xff)
    } else this.#chunk(0x42, length)
    this.#copy(source, from, end)
  }

  /** The definition of a class with its fields. */
  definition(className: string, names: readonly string[]): void {
    this.byte(0x43)
    this.string(className)
    this.int(names.length)
    for (const name of names) this.string(name)
  }

  /** Bytes that are Hessian already. */
  encoded(bytes: Uint8Array): void {
    this.#copy(bytes, 0, bytes.length)
  }

  protected byte(value: number): void {
    if (this.pos === this.#capacity) this.reserve(1)
    this.bytes[this.pos++] = value
  }

  #chunk(code: number, size: number): void {
    this.byte(code)
    this.byte(size >> 8)
    this.byte(size & 0xff)
  }

  #lastStringLength(units: number): void {
    if (units <= MAX_BYTE_LENGTH) this.byte(units)
    else if (units <= 0x3ff) {
      this.byte(0x30 + (units >> 8))
      this.byte(units & 0xff)
    } else this.#chunk(0x53, units)
  }

  /** Overwrites four bytes that were left for it. */
  protected patchInt32(at: number, value: number): void {
    this.#view.setInt32(at, value)
  }

  #asciiChunks(source: Buffer, start: number, end: number): void {
    let from = start
    for (; end - from > STRING_CHUNK; from += STRING_CHUNK) {
      this.#chunk(0x52, STRING_CHUNK)
      this.#copy(source, from, from + STRING_CHUNK)
    }
    this.#lastStringLength(end - from)
    this.#copy(source, from, end)
  }

  /** A text in CESU-8. */
  #units(text: string): void {
    this.reserve(text.length * 3)
    const size = this.bytes.write(text, this.pos, 'utf8')
    // Without surrogates CESU-8 is UTF-8, and in ASCII there are none.
    if (size === text.length || !SURROGATE.test(text)) this.pos += size
    else this.pos = this.#unitByUnit(this.pos, text)
  }

  /** The same at `at`, where there is room; returns where it ends. */
  #unitByUnit(start: number, text: string): number {
    const { bytes } = this
    let at = start
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit < 0x80) bytes[at++] = unit
      else if (unit < 0x800) {
        bytes[at++] = 0xc0 | (unit >> 6)
        bytes[at++] = 0x80 | (unit & 0x3f)
      } else {
        bytes[at++] = 0xe0 | (unit >> 12)
        bytes[at++] = 0x80 | ((unit >> 6) & 0x3f)
        bytes[at++] = 0x80 | (unit & 0x3f)
      }
    }
    return at
  }

  #copy(source: Uint8Array, start: number, end: number): void {
    const count = end - start
    this.reserve(count)
    const { bytes, pos } = this
    if (count > SHORT_COPY) bytes.set(source.subarray(start, end), pos)
    else for (let i = 0; i < count; i++) bytes[pos + i] = source[start + i] as number
    this.pos = pos + count
  }

  /** Writes an int at `at`, where there is room; returns where it ends. */
  #int(at: number, value: number): number {
    const { bytes } = this
    if (value >= -0x10 && value <= 0x2f) {
      bytes[at] = 0x90 + value
      return at + 1
    }
    if (value >= -0x800 && value <= 0x7ff) {
      bytes[at] = 0xc8 + (value >> 8)
      bytes[at + 1] = value & 0xff
      return at + 2
    }
    if (value >= -0x40000 && value <= 0x3ffff) {
      bytes[at] = 0xd4 + (value >> 16)
      bytes[at + 1] = (value >> 8) & 0xff
      bytes[at + 2] = value & 0xff
      return at + 3
    }
    bytes[at] = 0x49
    this.#view.setInt32(at + 1, value)
    return at + 5
  }

  /** Writes a long of 32 bits at `at`, where there is room; returns where it ends. */
  #smallLong(at: number, value: number): number {
    const { bytes } = this
    if (value >= -8 && value <= 15) {
      bytes[at] = 0xe0 + value
      return at + 1
    }
    if (value >= -0x800 && value <= 0x7ff) {
      bytes[at] = 0xf8 + (value >> 8)
      bytes[at + 1] = value & 0xff
      return at + 2
    }
    if (value >= -0x40000 && value <= 0x3ffff) {
      bytes[at] = 0x3c + (value >> 16)
      bytes[at + 1] = (value >> 8) & 0xff
      bytes[at + 2] = value & 0xff
      return at + 3
    }
    bytes[at] = 0x59
    this.#view.setInt32(at + 1, value)
    return at + 5
  }

  /** As `#smallLong`, for one of 54 bits. */
  #longNumber(at: number, value: number): number {
    this.bytes[at] = 0x4c
    this.#sixtyFourBits(at + 1, value)
    return at + 9
  }

  /** Writes a double at `at`, where there is room; returns where it ends. */
  #double(at: number, value: number): number {
    const whole = value | 0
    if (whole === value && whole >= -0x8000 && whole <= 0x7fff && (whole !== 0 || !Object.is(value, -0))) {
      return this.#smallDouble(at, whole)
    }
    const thousandths = (value * 1000) | 0
    // Java reads thousandths as 0.001 · n, others as n / 1000: the form is for doubles that are both.
    if (thousandths !== 0 && thousandths * 0.001 === value && thousandths / 1000 === value) {
      this.bytes[at] = 0x5f
      this.#view.setInt32(at + 1, thousandths)
      return at + 5
    }
    this.bytes[at] = 0x44
    this.#view.setFloat64(at + 1, value)
    return at + 9
  }

  #smallDouble(at: number, value: number): number {
    const { bytes } = this
    if (value === 0 || value === 1) {
      bytes[at] = 0x5b + value
      return at + 1
    }
    if (value >= -0x80 && value <= 0x7f) {
      bytes[at] = 0x5d
      bytes[at + 1] = value & 0xff
      return at + 2
    }
    bytes[at] = 0x5e
    bytes[at + 1] = (value >> 8) & 0xff
    bytes[at + 2] = value & 0xff
    return at + 3
  }

  /** A whole number within ±(2^53 − 1) as eight bytes. */
  #sixtyFourBits(at: number, value: number): void {
    this.#view.setInt32(at, Math.floor(value / TWO_32))
    this.#view.setUint32(at + 4, value % TWO_32)
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
