/** Lines up to a number of UTF-16 units, the end of each line being one; what is over it is counted and dropped. */
export class LogBuffer {
  readonly #max: number
  #lines: string[] = []
  #size = 0
  #dropped = 0

  constructor(maxUnits: number) {
    this.#max = maxUnits
  }

  add(line: string): void {
    const size = line.length + 1
    if (this.#size + size > this.#max) {
      this.#dropped++
      return
    }
    this.#size += size
    this.#lines.push(line)
  }

  take(): string[] {
    const lines = this.#lines
    if (this.#dropped > 0) lines.push(`(${this.#dropped} more lines dropped)`)
    this.#lines = []
    this.#size = 0
    this.#dropped = 0
    return lines
  }
}
