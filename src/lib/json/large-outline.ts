import { JsonReader } from './reader.ts'

/** What has fewer bytes is read at once: that takes tenths of a millisecond, whatever is in it. */
export const LARGE_BYTES = 4096

/** A string: its length in UTF-16 units, and whether it has escapes. */
export interface TextFacts {
  readonly units: number
  readonly escaped: boolean
}

/**
 * Where the large values of a text end, and its large keys: those of LARGE_BYTES and more. Found in one pass that also checks the
 * whole text, slice by slice, so that whoever reads it afterwards can pass over any value at once, and stop inside of any.
 *
 * Holds two numbers for each large value or key: as they nest at most 256 times, one for 16 bytes of the text in the worst case.
 */
export class LargeOutline {
  readonly bytes: Buffer
  readonly #reader: JsonReader
  /** Where the containers begin that are open in the pass, the complement (~) of it for objects. */
  readonly #open: number[] = []
  /** Their places in the lists below. */
  readonly #indexes: number[] = []
  /** Where the string begins that the pass is inside of; −1 when it is in none. */
  #text = -1
  #isKey = false
  /** Ascending. */
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  /** What is known of the large strings and keys, by their starts. */
  readonly #texts: Map<number, TextFacts> = new Map()
  /** The first of them that starts at the place that was asked for last, or behind it. */
  #near = 0

  readonly #large: number

  /** Nothing is read before `walk`. Large is what has `large` bytes, in tests fewer than elsewhere. */
  constructor(bytes: Buffer, large: number = LARGE_BYTES) {
    this.bytes = bytes
    this.#large = large
    this.#reader = new JsonReader(bytes)
  }

  /**
   * Checks about so many bytes more, and tells whether the whole is checked: one value, and white space behind it. Has to be
   * called until it is, before anything else. Throws what JsonReader throws.
   */
  walk(bytes: number): boolean {
    const reader = this.#reader
    const stop = (this.#text === -1 ? reader.pos : reader.stringEnd) + bytes
    for (;;) {
      if (this.#text === -1 ? this.#begin(stop) : this.#textTo(stop)) {
        if (this.#close()) return true
      }
      if (this.#text !== -1 || reader.pos >= stop) return false
    }
  }

  /** Where the large value or key ends that starts at `start`; −1 when none does. Fast where starts are asked for in their order. */
  endOf(start: number): number {
    const starts = this.#starts
    let near = this.#near
    if (near > 0 && (starts[near - 1] as number) >= start) near = this.#search(start)
    while (near < starts.length && (starts[near] as number) < start) near++
    this.#near = near
    return starts[near] === start ? (this.#ends[near] as number) : -1
  }

  /** What is known of the large string or key that starts at `start`; undefined when there is none. */
  textAt(start: number): TextFacts | undefined {
    return this.#texts.get(start)
  }

  /** Passes over the value at the reader's position. */
  skip(reader: JsonReader): void {
    reader.peek()
    const end = this.endOf(reader.pos)
    if (end === -1) reader.skip()
    else reader.pos = end
  }

  /** Passes over the key at the reader's position and its colon if it is a large one; false when it is none. */
  skipLargeKey(reader: JsonReader): boolean {
    const end = this.endOf(reader.pos)
    if (end === -1) return false
    reader.pos = end
    reader.skipColon()
    return true
  }

  /** Begins the value at the reader's position; true when it is over. */
  #begin(stop: number): boolean {
    const reader = this.#reader
    const kind = reader.peek()
    const start = reader.pos
    if (kind === 'string') {
      this.#openText(false)
      return this.#textTo(stop)
    }
    if (kind !== 'object' && kind !== 'array') {
      reader.skip()
      return true
    }
    this.#indexes.push(this.#starts.push(start) - 1)
    this.#ends.push(0)
    this.#open.push(kind === 'object' ? ~start : start)
    const filled = kind === 'object' ? reader.enterObject() : reader.enterArray()
    if (!filled) {
      this.#end()
      return true
    }
    if (kind === 'object') this.#key(stop)
    return false
  }

  /** Goes on behind a value to the next one, closing what ends there; true when that was all. */
  #close(): boolean {
    const reader = this.#reader
    for (;;) {
      const top = this.#open.at(-1)
      if (top === undefined) {
        reader.assertEnd()
        return true
      }
      if (top >= 0) {
        if (reader.nextElement()) return false
      } else if (reader.nextKey()) {
        this.#key(reader.pos + LARGE_BYTES)
        return false
      }
      this.#end()
    }
  }

  /** Closes the innermost container. */
  #end(): void {
    const top = this.#open.pop() as number
    const index = this.#indexes.pop() as number
    const start = top < 0 ? ~top : top
    const end = this.#reader.pos
    if (end - start >= this.#large) this.#ends[index] = end
    else {
      // Everything inside is smaller still and gone already.
      this.#starts.pop()
      this.#ends.pop()
    }
  }

  #key(stop: number): void {
    this.#openText(true)
    this.#textTo(stop)
  }

  #openText(isKey: boolean): void {
    this.#text = this.#reader.pos
    this.#isKey = isKey
    this.#reader.openString()
  }

  /** Goes on inside a string; true when a value has ended with it. */
  #textTo(stop: number): boolean {
    const reader = this.#reader
    if (!reader.scanText(stop)) return false
    if (reader.pos - this.#text >= this.#large) {
      this.#starts.push(this.#text)
      this.#ends.push(reader.pos)
      this.#texts.set(this.#text, { units: reader.stringUnits, escaped: reader.stringEscaped })
    }
    this.#text = -1
    if (this.#isKey) reader.skipColon()
    return !this.#isKey
  }

  /** The first value that starts at `start` or behind it. */
  #search(start: number): number {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] as number) < start) low = middle + 1
      else high = middle
    }
    return low
  }
}
