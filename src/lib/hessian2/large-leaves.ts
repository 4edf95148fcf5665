import type { LargeOutline, TextFacts } from '#lib/json'
import { addBit, beginEnumSet, endEnumSet, writeMember, writeWords } from './from-json-objects.ts'
import { BASE64, bytesOf, readByte } from './from-json-text.ts'
import type { JavaEnumSet, JavaScalar } from './java-type.ts'
import { type JsonJob, mismatchAt } from './json-job.ts'
import type { LargeFrame, LargeWork } from './large-frame.ts'
import { LargeText } from './large-text.ts'
import { STRING_CHUNK } from './writer-bytes.ts'

const WITHOUT_PADDING = /^[A-Za-z0-9+/]*$/

/** The text of the large string at `start`. */
function textAt(outline: LargeOutline, start: number): LargeText {
  const { escaped } = outline.textAt(start) as TextFacts
  return new LargeText(outline.bytes, start + 1, outline.endOf(start) - 1, escaped)
}

/** A long string: the chunks that HessianWriter makes of it. */
export class TextFrame implements LargeFrame {
  readonly #text: LargeText
  readonly #end: number
  /** Units that are not written yet, and those of them that are read. */
  #units: number
  #pending = ''

  constructor({ reader }: JsonJob, outline: LargeOutline) {
    const { pos } = reader
    this.#text = textAt(outline, pos)
    this.#end = outline.endOf(pos)
    this.#units = (outline.textAt(pos) as TextFacts).units
  }

  run(work: LargeWork): boolean {
    const { reader, writer } = work.job
    while (!this.#text.ended) {
      if (work.left <= 0) return false
      const piece = this.#text.next()
      work.left -= piece.length
      this.#pending += piece
      while (this.#units > STRING_CHUNK && this.#pending.length >= STRING_CHUNK) {
        const written = writer.stringChunk(this.#pending)
        this.#pending = this.#pending.slice(written)
        this.#units -= written
      }
    }
    writer.string(this.#pending)
    reader.pos = this.#end
    return true
  }

  stepTo(): undefined {}
}

/** `byte[]` from long Base64. */
export class Base64Frame implements LargeFrame {
  readonly #type: JavaScalar
  readonly #text: LargeText
  readonly #start: number
  readonly #end: number
  readonly #bytes: Buffer
  #length = 0
  #pending = ''

  constructor(job: JsonJob, outline: LargeOutline, type: JavaScalar) {
    const { pos } = job.reader
    const { units } = outline.textAt(pos) as TextFacts
    this.#type = type
    this.#start = pos
    this.#end = outline.endOf(pos)
    this.#text = textAt(outline, pos)
    if (units % 4 !== 0) throw mismatchAt(job, pos, bytesOf(type))
    this.#bytes = Buffer.allocUnsafe((units / 4) * 3)
  }

  run(work: LargeWork): boolean {
    const { job } = work
    while (!this.#text.ended) {
      if (work.left <= 0) return false
      const piece = this.#text.next()
      work.left -= piece.length
      this.#pending += piece
      // The last four characters may be padded, and it is not known yet which are the last.
      const whole = this.#pending.length - 4 - (this.#pending.length % 4)
      if (!this.#text.ended && whole > 0) {
        this.#decode(job, this.#pending.slice(0, whole), WITHOUT_PADDING)
        this.#pending = this.#pending.slice(whole)
      }
    }
    this.#decode(job, this.#pending, BASE64)
    job.writer.binary(this.#bytes, 0, this.#length)
    job.reader.pos = this.#end
    return true
  }

  stepTo(): undefined {}

  #decode(job: JsonJob, text: string, form: RegExp): void {
    if (!form.test(text)) throw mismatchAt(job, this.#start, bytesOf(this.#type))
    this.#length += this.#bytes.write(text, this.#length, 'base64')
  }
}

/** A value that is made of all items of an array. */
abstract class ItemsFrame implements LargeFrame {
  #count = 0
  #over: boolean

  constructor({ reader }: JsonJob) {
    this.#over = !reader.enterArray()
  }

  run(work: LargeWork): boolean {
    const { job } = work
    const { reader } = job
    while (!this.#over) {
      if (work.left <= 0) return false
      const from = reader.pos
      this.item(job, this.#count)
      work.left -= reader.pos - from
      this.#over = !reader.nextElement()
      this.#count++
    }
    this.end(job, this.#count)
    return true
  }

  stepTo(): number {
    return this.#count
  }

  protected abstract item(job: JsonJob, index: number): void
  protected abstract end(job: JsonJob, count: number): void
}

/** `byte[]` from numbers. */
export class BytesFrame extends ItemsFrame {
  readonly #bytes: Buffer

  constructor(job: JsonJob, outline: LargeOutline) {
    const start = job.reader.pos
    // Each takes a digit and a comma.
    const most = (outline.endOf(start) - start) >> 1
    super(job)
    this.#bytes = Buffer.allocUnsafe(most)
  }

  protected override item(job: JsonJob, index: number): void {
    this.#bytes[index] = readByte(job)
  }

  protected override end({ writer }: JsonJob, count: number): void {
    writer.binary(this.#bytes, 0, count)
  }
}

/** `java.util.BitSet`. */
export class BitSetFrame extends ItemsFrame {
  readonly #start: number
  readonly #words: bigint[] = []

  constructor(job: JsonJob) {
    const { pos } = job.reader
    super(job)
    this.#start = pos
  }

  protected override item(job: JsonJob): void {
    addBit(job, this.#words)
  }

  protected override end(job: JsonJob): void {
    writeWords(job, this.#start, this.#words)
  }
}

/** `java.util.EnumSet`. */
export class EnumSetFrame extends ItemsFrame {
  readonly #type: JavaEnumSet
  readonly #opened: number

  constructor(job: JsonJob, type: JavaEnumSet) {
    super(job)
    this.#type = type
    this.#opened = beginEnumSet(job)
  }

  protected override item(job: JsonJob): void {
    writeMember(job, this.#type)
  }

  protected override end(job: JsonJob, count: number): void {
    endEnumSet(job, this.#type, this.#opened, count)
  }
}
