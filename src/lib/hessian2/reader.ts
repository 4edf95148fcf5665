/**
 * A cursor over a Hessian2 stream that never reads past its end. It knows the scalars; lists, maps and objects are the
 * business of scan.ts (first pass) and of to-json.ts and decode.ts (second pass).
 *
 *   null    ::= 4e            boolean ::= 54 (true) | 46 (false)
 *   int     ::= 80-bf         value = b − 90
 *             | c0-cf b       value = (b0 − c8) · 2^8 + b
 *             | d0-d7 b b     value = (b0 − d4) · 2^16 + bb
 *             | 49 b b b b
 *   long    ::= d8-ef         value = b − e0
 *             | f0-ff b       value = (b0 − f8) · 2^8 + b
 *             | 38-3f b b     value = (b0 − 3c) · 2^16 + bb
 *             | 59 b b b b | 4c b b b b b b b b
 *   double  ::= 5b (0.0) | 5c (1.0) | 5d b | 5e b b | 44 b b b b b b b b
 *             | 5f b b b b    value = 0.001 · int32, as hessian-lite reads and writes it (the published grammar: a float)
 *   date    ::= 4a b b b b b b b b (ms since 1970) | 4b b b b b (minutes since 1970)
 *   string  ::= 00-1f unit* | 30-33 b unit* | 53 b b unit* | 52 b b unit* string     (52: a chunk, more follows)
 *   binary  ::= 20-2f byte* | 34-37 b byte* | 42 b b byte* | 41 b b byte* binary
 *
 * Numbers are signed and big-endian; `unit` is in utf.ts.
 */
import { hessianErrors } from './errors.ts'
import { type HessianKind, kindOf, refuse, truncated, unexpected } from './refuse.ts'
import { passUnits, unitsToString } from './utf.ts'

/**
 * Java writes no empty chunk of a string, and of bytes only when its buffer happens to be full. More than this many
 * in one value are an attempt to keep us busy.
 */
const MAX_EMPTY_CHUNKS = 8

/** Up to so many bytes a loop copies faster than the native function. */
const FEW_BYTES = 32

/** Pieces of a string are put together up to so many bytes. */
const GATHERED = 4096

/** No name in a Java class file is longer. Java writes those of more than 32,768 units in two pieces. */
const MAX_NAME = 65_535

/** Bytes of the scalars whose first byte tells their whole size; 0 for everything else. */
const WIDTHS = new Uint8Array(256)
WIDTHS.fill(1, 0x80, 0xc0).fill(2, 0xc0, 0xd0).fill(3, 0xd0, 0xd8)
WIDTHS.fill(1, 0xd8, 0xf0).fill(2, 0xf0).fill(3, 0x38, 0x40)
for (const tag of [0x4e, 0x54, 0x46, 0x5b, 0x5c]) WIDTHS[tag] = 1
for (const [tag, width] of [
  [0x5d, 2],
  [0x5e, 3]
] as const)
  WIDTHS[tag] = width
for (const tag of [0x49, 0x59, 0x5f, 0x4b]) WIDTHS[tag] = 5
for (const tag of [0x4c, 0x44, 0x4a]) WIDTHS[tag] = 9

/** See the head of this file. All methods throw ABOX_HESSIAN_TRUNCATED at the end, ABOX_HESSIAN_TAG on another kind. */
export class HessianReader {
  readonly bytes: Buffer
  readonly end: number
  /** Offset in `bytes` of the next unread byte. */
  pos: number
  #view: DataView | undefined = undefined

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes
    this.pos = start
    this.end = Math.min(end, bytes.length)
  }

  /** Kind of the value that comes next; `end` also when no byte is left. Consumes nothing. */
  peek(): HessianKind {
    return this.pos < this.end ? kindOf(this.bytes[this.pos] as number) : 'end'
  }

  /** First byte of the next value, not consumed. */
  protected tag(expected: string): number {
    if (this.pos >= this.end) throw truncated(this.pos, expected, this.end)
    return this.bytes[this.pos] as number
  }

  /** Offset of the next `count` bytes, which are consumed. */
  protected take(count: number, what: string): number {
    const at = this.pos
    if (count > this.end - at) throw truncated(at, what, this.end)
    this.pos = at + count
    return at
  }

  /** The same for bytes of binary data. */
  protected takeBytes(count: number): number {
    const at = this.pos
    if (count > this.end - at) throw truncated(at, `${count} bytes of binary data`, this.end)
    this.pos = at + count
    return at
  }

  protected get view(): DataView {
    const { bytes } = this
    this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return this.#view
  }

  /** Passes a scalar of fixed size; false, with nothing consumed, when the next value is none. */
  protected skipFixed(tag: number): boolean {
    const width = WIDTHS[tag] as number
    if (width === 0) return false
    if (width > this.end - this.pos) throw truncated(this.pos, `a ${kindOf(tag)} of ${width} bytes`, this.end)
    this.pos += width
    return true
  }

  /** Passes scalars of fixed size as long as one comes next, at most `most`, and returns how many it passed. */
  protected skipFixedRun(most: number): number {
    const { bytes, end } = this
    let at = this.pos
    let count = 0
    if (bytes[at] === 0x44) {
      // Rows of doubles are what models are fed with.
      while (count < most && end - at >= 9 && bytes[at] === 0x44) {
        at += 9
        count++
      }
    }
    while (count < most && at < end) {
      const width = WIDTHS[bytes[at] as number] as number
      if (width === 0 || width > end - at) break
      at += width
      count++
    }
    this.pos = at
    return count
  }

  /** An int. Java's readers would also take a long or double here; no peer writes one. */
  readInt(): number {
    const tag = this.tag('an int')
    if (tag >= 0x80 && tag < 0xc0) {
      this.pos++
      return tag - 0x90
    }
    if (tag >= 0xc0 && tag < 0xd0) {
      const at = this.take(2, 'an int of 2 bytes')
      return ((tag - 0xc8) << 8) + (this.bytes[at + 1] as number)
    }
    if (tag >= 0xd0 && tag < 0xd8) {
      const at = this.take(3, 'an int of 3 bytes')
      return ((tag - 0xd4) << 16) + this.#uint16(at + 1)
    }
    if (tag !== 0x49) throw unexpected(this.pos, tag, 'an int')
    return this.int32(this.take(5, 'an int of 5 bytes') + 1)
  }

  /** A long in one of its forms of up to 32 bits. `tag` is its first byte and not 4c. */
  protected readShortLong(tag: number): number {
    if (tag >= 0xd8 && tag < 0xf0) {
      this.pos++
      return tag - 0xe0
    }
    if (tag >= 0xf0) {
      const at = this.take(2, 'a long of 2 bytes')
      return ((tag - 0xf8) << 8) + (this.bytes[at + 1] as number)
    }
    if (tag >= 0x38 && tag < 0x40) {
      const at = this.take(3, 'a long of 3 bytes')
      return ((tag - 0x3c) << 16) + this.#uint16(at + 1)
    }
    if (tag !== 0x59) throw unexpected(this.pos, tag, 'a long')
    return this.int32(this.take(5, 'a long of 5 bytes') + 1)
  }

  readLong(): bigint {
    const tag = this.tag('a long')
    if (tag !== 0x4c) return BigInt(this.readShortLong(tag))
    return this.view.getBigInt64(this.take(9, 'a long of 9 bytes') + 1)
  }

  readDouble(): number {
    const tag = this.tag('a double')
    switch (tag) {
      case 0x5b:
        this.pos++
        return 0
      case 0x5c:
        this.pos++
        return 1
      case 0x5d:
        return ((this.bytes[this.take(2, 'a double of 2 bytes') + 1] as number) << 24) >> 24
      case 0x5e:
        return (this.#uint16(this.take(3, 'a double of 3 bytes') + 1) << 16) >> 16
      case 0x5f:
        // Not a division by 1000: Java multiplies, and writes this form only for what its multiplication gives back.
        return 0.001 * this.int32(this.take(5, 'a double of 5 bytes') + 1)
      case 0x44:
        return this.view.getFloat64(this.take(9, 'a double of 9 bytes') + 1)
      default:
        throw unexpected(this.pos, tag, 'a double')
    }
  }

  /** A date, in ms since 1970 UTC. */
  readDate(): bigint {
    const tag = this.tag('a date')
    if (tag === 0x4b) return BigInt(this.int32(this.take(5, 'a date of 5 bytes') + 1) * 60_000)
    if (tag !== 0x4a) throw unexpected(this.pos, tag, 'a date')
    return this.view.getBigInt64(this.take(9, 'a date of 9 bytes') + 1)
  }

  /** A string of any length. Errors: ABOX_HESSIAN_STRING for bytes that are not CESU-8. */
  readString(): string {
    return this.readStringWithin(Number.POSITIVE_INFINITY) as string
  }

  /** The same; undefined, and the string not passed, when it comes in pieces and goes on behind `most` bytes. */
  protected readStringWithin(most: number): string | undefined {
    const from = this.pos
    const head = this.stringHead()
    if (head < 0) return this.#pieces(~head, from + most)
    const start = this.pos
    this.pos = this.unitsEnd(start, head)
    return unitsToString(this.bytes, start, this.pos, head)
  }

  /**
   * A string whose first piece has `first` units. Short pieces are put together first, so that millions of them are not as
   * many strings.
   */
  #pieces(first: number, stop: number): string | undefined {
    let text = ''
    let gathered: Buffer | undefined
    let bytes = 0
    let units = 0
    let head = ~first
    for (let empty = 0; ; empty = this.countEmpty(empty)) {
      const count = head < 0 ? ~head : head
      const start = this.pos
      const size = this.unitsEnd(start, count) - start
      this.pos = start + size
      if (gathered !== undefined && bytes + size > GATHERED) {
        text += unitsToString(gathered, 0, bytes, units)
        bytes = 0
        units = 0
      }
      if (size > GATHERED) text += unitsToString(this.bytes, start, this.pos, count)
      else {
        gathered ??= Buffer.allocUnsafe(GATHERED)
        this.copyTo(gathered, bytes, start, size)
        bytes += size
        units += count
      }
      if (head >= 0) return gathered === undefined ? text : text + unitsToString(gathered, 0, bytes, units)
      if (this.pos >= stop) return undefined
      if (count !== 0) empty = -1
      head = this.stringHead()
    }
  }

  /** A string, or null for `4e`. */
  readStringOrNull(): string | null {
    if (this.tag('a string or null') !== 0x4e) return this.readString()
    this.pos++
    return null
  }

  /** Where the `units` units that begin at `pos` end, when they are sound. */
  protected unitsEnd(pos: number, units: number): number {
    return passUnits(this.bytes, pos, this.end, units)
  }

  /** Passes the name of a class, field or type: a string of at most MAX_NAME units. ABOX_HESSIAN_LENGTH. */
  protected skipName(): void {
    const at = this.pos
    let left = MAX_NAME
    for (let empty = 0; ; empty = this.countEmpty(empty)) {
      const head = this.stringHead()
      const units = head < 0 ? ~head : head
      left -= units
      if (left < 0) throw refuse(hessianErrors.ABOX_HESSIAN_LENGTH, at, `a name has more than ${MAX_NAME} units`)
      this.pos = this.unitsEnd(this.pos, units)
      if (head >= 0) return
      if (units !== 0) empty = -1
    }
  }

  /** The name of a class, field, type, service or method: a string of at most MAX_NAME units. ABOX_HESSIAN_LENGTH. */
  readName(): string {
    const start = this.pos
    const tag = this.tag('a string')
    if (tag !== 0x52) return this.readString()
    this.skipName()
    this.pos = start
    return this.readString()
  }

  /** Passes binary data and returns how many bytes they are. */
  protected skipBinary(): number {
    let total = 0
    for (let empty = 0; ; empty = this.countEmpty(empty)) {
      const head = this.binaryHead()
      const count = head < 0 ? ~head : head
      this.takeBytes(count)
      total += count
      if (head >= 0) return total
      if (count !== 0) empty = -1
    }
  }

  /** Binary data: a view of the stream when it came in one piece, a copy of the pieces otherwise. */
  readBinary(): Buffer {
    const start = this.pos
    const head = this.binaryHead()
    if (head < 0) return this.#piecesAt(start)
    const at = this.takeBytes(head)
    return this.bytes.subarray(at, at + head)
  }

  /** There may be millions of pieces: nothing is made for each. */
  #piecesAt(start: number): Buffer {
    this.pos = start
    const whole = Buffer.allocUnsafe(this.skipBinary())
    const behind = this.pos
    this.pos = start
    for (let to = 0; to < whole.length; ) {
      const head = this.binaryHead()
      const count = head < 0 ? ~head : head
      this.copyTo(whole, to, this.takeBytes(count), count)
      to += count
    }
    this.pos = behind
    return whole
  }

  /** Copies `count` of our bytes from `at` on to byte `to` of `target`. */
  protected copyTo(target: Buffer, to: number, at: number, count: number): void {
    const { bytes } = this
    if (count > FEW_BYTES) bytes.copy(target, to, at, at + count)
    else for (let i = 0; i < count; i++) target[to + i] = bytes[at + i] as number
  }

  /** Units of the next piece of a string, whose head is consumed; its complement (~) when more pieces follow. */
  protected stringHead(): number {
    const tag = this.tag('a string')
    if (tag < 0x20) {
      this.pos++
      return tag
    }
    if ((tag & 0xfc) === 0x30) {
      const at = this.take(2, 'the length of a string')
      return ((tag - 0x30) << 8) + (this.bytes[at + 1] as number)
    }
    if (tag !== 0x53 && tag !== 0x52) throw unexpected(this.pos, tag, 'a string')
    const length = this.#uint16(this.take(3, 'the length of a string') + 1)
    return tag === 0x53 ? length : ~length
  }

  /** The same for bytes of binary data. */
  protected binaryHead(): number {
    const tag = this.tag('binary data')
    if ((tag & 0xf0) === 0x20) {
      this.pos++
      return tag - 0x20
    }
    if ((tag & 0xfc) === 0x34) {
      const at = this.take(2, 'the length of binary data')
      return ((tag - 0x34) << 8) + (this.bytes[at + 1] as number)
    }
    if (tag !== 0x42 && tag !== 0x41) throw unexpected(this.pos, tag, 'binary data')
    const length = this.#uint16(this.take(3, 'the length of binary data') + 1)
    return tag === 0x42 ? length : ~length
  }

  /** Counts the empty pieces of one value in a row: ABOX_HESSIAN_TOO_MANY. */
  protected countEmpty(empty: number): number {
    if (empty < MAX_EMPTY_CHUNKS) return empty + 1
    throw refuse(
      hessianErrors.ABOX_HESSIAN_TOO_MANY,
      this.pos,
      `${empty + 1} empty chunks of one value in a row, at most ${MAX_EMPTY_CHUNKS} are allowed`
    )
  }

  protected int32(at: number): number {
    const { bytes } = this
    return (
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)
    )
  }

  #uint16(at: number): number {
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number)
  }
}
