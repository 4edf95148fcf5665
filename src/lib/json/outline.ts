import type { JsonReader } from './reader.ts'

/** Smaller objects and arrays are read again instead of remembered: what nests inside so few bytes is soon read. */
const WORTH = 64

/**
 * Where the objects and arrays inside a value end, so that they are passed over at once when they come again. Who looks for
 * the keys of nested objects before he reads their values would else read every value once for each level above it.
 *
 * Holds two numbers for each object or array of 64 bytes and more.
 */
export class JsonOutline {
  /** Ascending. */
  readonly #starts: number[] = []
  readonly #ends: number[] = []

  /** Consumes one whole value and checks it, unless it has been checked before. */
  skip(reader: JsonReader): void {
    const kind = reader.peek()
    if (kind !== 'object' && kind !== 'array') {
      reader.skip()
      return
    }
    const index = this.#find(reader.pos)
    if (index === -1) this.#record(reader, kind)
    else reader.pos = this.#ends[index] as number
  }

  /** Forgets everything. */
  clear(): void {
    this.#starts.length = 0
    this.#ends.length = 0
  }

  #record(reader: JsonReader, kind: 'object' | 'array'): void {
    const start = reader.pos
    const index = this.#starts.push(start) - 1
    this.#ends.push(0)
    if (kind === 'object') {
      if (reader.enterObject()) {
        do {
          reader.scanKey()
          this.#inner(reader)
        } while (reader.nextKey())
      }
    } else if (reader.enterArray()) {
      do this.#inner(reader)
      while (reader.nextElement())
    }
    this.#ends[index] = reader.pos
    if (reader.pos - start < WORTH) {
      // Everything inside is smaller still and gone already.
      this.#starts.pop()
      this.#ends.pop()
    }
  }

  #inner(reader: JsonReader): void {
    const kind = reader.peek()
    if (kind === 'object' || kind === 'array') this.#record(reader, kind)
    else reader.skip()
  }

  #find(start: number): number {
    const starts = this.#starts
    let low = 0
    let high = starts.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const found = starts[middle] as number
      if (found === start) return middle
      if (found < start) low = middle + 1
      else high = middle - 1
    }
    return -1
  }
}
