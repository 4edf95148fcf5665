const NONE = new Int32Array(0)
/** Most streams have none or a few. As many as this the engine holds without memory of their own, which is dear to get. */
const FEW = 16
/** Up to so many there is soon room for eight times as many, and then for twice as many. */
const MANY = 4096

/** A table of whole numbers that may become very long: it grows without a pause, unlike an array of half a million. */
export class Offsets {
  length = 0
  #values: Int32Array = NONE

  push(value: number): void {
    if (this.length === this.#values.length) {
      const grown = new Int32Array(Math.max(FEW, this.length * (this.length < MANY ? 8 : 2)))
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.length++] = value
  }

  at(index: number): number {
    return this.#values[index] as number
  }

  /** A view of `count` of them from `start` on. It stays right as long as the table is not made shorter than that. */
  slice(start: number, count: number): Int32Array {
    return this.#values.subarray(start, start + count)
  }
}
