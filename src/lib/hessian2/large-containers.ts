import { JsonReader } from '#lib/json'
import { writeDoubleRow, writeIntegerRow } from './from-json-containers.ts'
import { writeRow } from './from-json-untyped.ts'
import type { JavaType } from './java-type.ts'
import { type JsonJob, mismatchAt } from './json-job.ts'
import { type LargeFrame, type LargeWork, MOST_TEXT } from './large-frame.ts'
import { writeKey } from './map-key.ts'

type Rows = (job: JsonJob) => number

/** How a row of numbers is written at once where items of the type are; undefined where it is not. */
function rowsOf(element: JavaType): Rows | undefined {
  const { kind } = element
  if (kind === 'double' || kind === 'float') return writeDoubleRow
  if (kind === 'int' || kind === 'long') return (job) => writeIntegerRow(job, element)
  if (kind === 'object') return (job) => (job.reader.peek() === 'number' ? writeRow(job) : 0)
  return undefined
}

/** A list, set or array, whatever it is on the wire. */
export class ListFrame implements LargeFrame {
  readonly #element: JavaType
  readonly #place: number
  readonly #rows: Rows | undefined
  readonly #opened: number
  /** Items that are written. */
  #count = 0
  /** Where the next of them begins. */
  #from: number
  #begun = false
  #over: boolean

  constructor({ reader, writer }: JsonJob, element: JavaType, place: number, wireName?: string) {
    this.#element = element
    this.#place = place
    this.#rows = rowsOf(element)
    this.#opened = writer.listOpen(wireName)
    this.#over = !reader.enterArray()
    this.#from = reader.pos
  }

  run(work: LargeWork): boolean {
    const { job } = work
    const { reader, writer } = job
    for (;;) {
      if (this.#begun) {
        this.#begun = false
        this.#count++
        this.#over = !reader.nextElement()
      }
      if (this.#over) {
        writer.listClose(this.#opened, this.#count)
        return true
      }
      if (work.left <= 0) return false
      this.#from = reader.pos
      this.#begun = true
      if (this.#rows !== undefined) {
        this.#count += this.#rows(job)
        work.left -= reader.pos - this.#from
        this.#from = reader.pos
      }
      if (!work.item(this.#element, this.#place)) return false
    }
  }

  stepTo(bytes: Buffer, offset: number): number {
    const reader = new JsonReader(bytes, this.#from)
    let index = this.#count
    // A row of numbers that is being written is at most so long.
    for (let left = 256; left > 0 && reader.pos < offset && reader.peek() === 'number'; left--) {
      reader.skip()
      if (reader.pos > offset || !reader.nextElement()) break
      index++
    }
    return index
  }
}

/** A map, by the text of its keys. */
export class MapFrame implements LargeFrame {
  readonly #key: JavaType
  readonly #value: JavaType
  readonly #place: number
  #keyAt = 0
  #next: 'key' | 'colon' | 'value' | 'comma' | 'end'

  constructor({ reader, writer }: JsonJob, key: JavaType, value: JavaType, place: number, wireName?: string) {
    this.#key = key
    this.#value = value
    this.#place = place
    writer.mapBegin(wireName)
    this.#next = reader.enterObject() ? 'key' : 'end'
  }

  run(work: LargeWork): boolean {
    const { reader, writer } = work.job
    for (;;) {
      if (this.#next === 'comma') this.#next = reader.nextKey() ? 'key' : 'end'
      if (this.#next === 'end') {
        writer.mapEnd()
        return true
      }
      if (work.left <= 0) return false
      if (this.#next === 'key' && !this.#writeKey(work)) return false
      if (this.#next === 'colon') reader.skipColon()
      this.#next = 'comma'
      if (!work.item(this.#value, this.#place)) return false
    }
  }

  stepTo(bytes: Buffer): string {
    return keyAt(bytes, this.#keyAt)
  }

  /** False when it is a large one and only begun. */
  #writeKey(work: LargeWork): boolean {
    const { job, outline } = work
    const { reader } = job
    this.#keyAt = reader.pos
    const size = outline.endOf(reader.pos) - reader.pos
    const { kind, text } = this.#key
    const isText = kind === 'string' || kind === 'object'
    if (size < 0 || (!isText && size <= MOST_TEXT)) {
      reader.scanKey()
      writeKey(job, this.#key)
      work.left -= reader.pos - this.#keyAt
      this.#next = 'value'
      return true
    }
    if (!isText) throw mismatchAt(job, reader.pos, `a key of type ${text}`)
    this.#next = 'colon'
    work.text()
    return false
  }
}

/** The name that the key at `offset` is. */
function keyAt(bytes: Buffer, offset: number): string {
  return new JsonReader(bytes, offset).readString()
}
