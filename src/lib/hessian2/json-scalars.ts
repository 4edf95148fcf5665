import type { JsonSink } from '#lib/json'
import { isoText } from './java-time.ts'
import { writeDouble, writeInt, writeInt64, writeShortDecimal, writeWhole } from './json-number.ts'
import { writeShortest } from './json-shortest.ts'
import { writeShort, writeUnits } from './json-string.ts'
import { unexpected } from './refuse.ts'
import { HessianRevisit } from './revisit.ts'
import type { HessianScan } from './scan.ts'

const QUOTE = 0x22
const COMMA = 0x2c
/** Numbers that are written together. */
const BATCH = 256

/** Bytes of binary data in pieces that are converted together: a multiple of three, as Base64 has it. */
const GATHERED = 3 * 1024

/** Writes the scalar at the cursor as JSON. Lists, maps and objects are written by to-json.ts. */
export class JsonScalars extends HessianRevisit {
  protected readonly sink: JsonSink
  /** Dates as ISO 8601 text and not as ms since 1970. */
  protected readonly isoDates: boolean
  /** Bytes of binary data in pieces that are not written yet, and how many. */
  #gathered: Buffer | undefined = undefined
  #waiting = 0

  constructor(scan: HessianScan, offset: number, sink: JsonSink, isoDates: boolean) {
    super(scan, offset)
    this.sink = sink
    this.isoDates = isoDates
  }

  /** Any scalar that is no binary data in pieces; `tag` is its first byte. */
  protected scalar(tag: number): void {
    if (tag < 0x20) this.pos = writeShort(this.sink, this.bytes, this.pos + 1, tag)
    else if (tag >= 0xd8) writeInt(this.sink, this.readShortLong(tag))
    else if (tag >= 0x80) writeInt(this.sink, this.readInt())
    else this.#letter(tag)
  }

  #letter(tag: number): void {
    const { sink } = this
    switch (tag) {
      case 0x44:
      case 0x5f:
        writeDouble(sink, this.readDouble())
        break
      case 0x5b:
      case 0x5c:
      case 0x5d:
      case 0x5e:
        sink.double(this.readDouble())
        break
      case 0x4c:
        this.#int64()
        break
      case 0x4a:
        if (this.isoDates) this.#isoDate()
        else this.#int64()
        break
      case 0x49:
        writeInt(sink, this.readInt())
        break
      case 0x59:
        writeInt(sink, this.readShortLong(tag))
        break
      case 0x4b:
        if (this.isoDates) this.#isoDate()
        else writeWhole(sink, Number(this.readDate()))
        break
      default:
        this.#word(tag)
        break
    }
  }

  #word(tag: number): void {
    switch (tag) {
      case 0x4e:
        this.#literal('null')
        break
      case 0x54:
        this.#literal('true')
        break
      case 0x46:
        this.#literal('false')
        break
      case 0x52:
      case 0x53:
        this.#longString()
        break
      case 0x42:
        this.#binary()
        break
      default:
        if ((tag & 0xf8) === 0x38) writeInt(this.sink, this.readShortLong(tag))
        else if ((tag & 0xfc) === 0x30) this.#longString()
        else if ((tag & 0xf0) === 0x20 || (tag & 0xfc) === 0x34) this.#binary()
        else throw unexpected(this.pos, tag, 'a value')
    }
  }

  /** The string at `offset`, with quotes; the cursor stays where it is. Returns how many bytes it has. */
  protected stringFrom(offset: number): number {
    const back = this.pos
    this.pos = offset
    this.scalar(this.bytes[offset] as number)
    const count = this.pos - offset
    this.pos = back
    return count
  }

  /** Writes 9-byte doubles as long as one comes next, at most `most`, with commas between them, and returns how many. */
  protected doubles(most: number): number {
    const { bytes, view, sink } = this
    const limit = Math.min(most, BATCH)
    let at = this.pos
    let count = 0
    // Numbers of one list are alike: that the first ones have few decimals is only asked until one has many.
    let short = true
    do {
      if (count > 0) sink.byte(COMMA)
      const value = view.getFloat64(at + 1)
      if (short) short = writeShortDecimal(sink, value)
      if (!short && !writeShortest(sink, value)) sink.double(value)
      at += 9
      count++
    } while (count < limit && bytes[at] === 0x44)
    this.pos = at
    return count
  }

  /** Writes ints as long as one comes next, at most `most`, with commas between them, and returns how many. */
  protected ints(most: number): number {
    const { bytes, sink } = this
    const limit = Math.min(most, BATCH)
    let count = 0
    for (; count < limit; count++) {
      const tag = bytes[this.pos] as number
      if (tag < 0x80 || tag >= 0xd8) break
      if (count > 0) sink.byte(COMMA)
      writeInt(sink, this.readInt())
    }
    return count
  }

  #literal(text: string): void {
    this.pos++
    this.sink.ascii(text)
  }

  #int64(): void {
    const at = this.pos
    this.pos = at + 9
    writeInt64(this.sink, this.int32(at + 1), this.int32(at + 5) >>> 0)
  }

  #isoDate(): void {
    this.sink.string(isoText(this.readDate()))
  }

  #longString(): void {
    this.sink.byte(QUOTE)
    while (!this.piece());
    this.sink.byte(QUOTE)
  }

  /** Writes the next piece of a string, without quotes, and tells whether it is the last one. */
  protected piece(): boolean {
    const head = this.stringHead()
    const units = head < 0 ? ~head : head
    const start = this.pos
    this.pos = this.unitsEnd(start, units)
    writeUnits(this.sink, this.bytes, this.view, start, units, this.pos)
    return head >= 0
  }

  #binary(): void {
    const count = this.binaryHead()
    const at = this.takeBytes(count)
    this.sink.base64(this.bytes, at, at + count)
  }

  /** Takes the next piece of binary data and tells whether it is the last one. Until then some of it may wait to be written. */
  protected binaryPiece(): boolean {
    const head = this.binaryHead()
    const count = head < 0 ? ~head : head
    this.#gather(this.takeBytes(count), count)
    if (head >= 0) this.#writeGathered()
    return head >= 0
  }

  #gather(start: number, count: number): void {
    const stop = start + count
    this.#gathered ??= Buffer.allocUnsafe(GATHERED)
    for (let at = start; at < stop; ) {
      if (this.#waiting === 0 && stop - at >= GATHERED) {
        const whole = stop - ((stop - at) % 3)
        this.sink.ascii(this.bytes.toString('base64', at, whole))
        at = whole
        continue
      }
      const part = Math.min(stop - at, GATHERED - this.#waiting)
      this.copyTo(this.#gathered, this.#waiting, at, part)
      this.#waiting += part
      at += part
      if (this.#waiting === GATHERED) this.#writeGathered()
    }
  }

  #writeGathered(): void {
    if (this.#gathered !== undefined) this.sink.ascii(this.#gathered.toString('base64', 0, this.#waiting))
    this.#waiting = 0
  }
}
