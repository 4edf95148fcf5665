/** A table of whole numbers that may become very long: it grows without a pause, unlike an array of half a million. */
export class Offsets {
  length = 0
  #values: Int32Array = new Int32Array(8)

  push(value: number): void {
    if (this.length === this.#values.length) {
      const grown = new Int32Array(this.length * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.length++] = value
  }

  at(index: number): number {
    return this.#values[index] as number
  }
}
