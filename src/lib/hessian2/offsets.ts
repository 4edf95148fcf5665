const NONE = new Int32Array(0)
/** Most streams have none or a few. */
const FEW = 8

/** A table of whole numbers that may become very long: it grows without a pause, unlike an array of half a million. */
export class Offsets {
  length = 0
  #values: Int32Array = NONE

  push(value: number): void {
    if (this.length === this.#values.length) {
      const grown = new Int32Array(Math.max(FEW, this.length * 2))
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.length++] = value
  }

  at(index: number): number {
    return this.#values[index] as number
  }

  /** A copy of `count` of them from `start` on. */
  slice(start: number, count: number): Int32Array {
    return this.#values.slice(start, start + count)
  }
}
