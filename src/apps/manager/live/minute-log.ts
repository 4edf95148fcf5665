/**
 * What the series of one minute counted in each of its seconds, packed: most values of a row are zero, and an hour of
 * rows as arrays of numbers would be seven times as large.
 *
 *   row   = length second series pair*
 *   length of the rest of the row, bytes   : uint16, little endian
 *   second in the minute, 0 to 59          : one byte
 *   series                                 : varint
 *   pair  = gap value                      : varints; gap: columns that are zero since the last pair
 *   varint: 7 bits a byte, the lowest first, bit 8 set in all but the last one
 */
export class MinuteLog {
  #bytes = new Uint8Array(1024)
  #length = 0

  /** Bytes that it holds. */
  get size(): number {
    return this.#bytes.length
  }

  /** `values`: whole numbers, not negative; a row of at most 4096 columns. Rows come in the order of their seconds. */
  append(second: number, series: number, values: Float64Array): void {
    this.#reserve(3 + 8 * (1 + 2 * values.length))
    const start = this.#length
    this.#length += 2
    this.#bytes[this.#length++] = second
    this.#write(series)
    let gap = 0
    for (const value of values) {
      if (value === 0) {
        gap++
        continue
      }
      this.#write(gap)
      this.#write(value)
      gap = 0
    }
    const length = this.#length - start - 2
    this.#bytes[start] = length & 0xff
    this.#bytes[start + 1] = length >>> 8
  }

  /**
   * Adds up the rows of the seconds `from` to `until` (excluded): `target` gives where to, or undefined for rows that
   * are not wanted, which cost next to nothing. Goes through at most `most` rows, from `at` on, and gives the `at` to go
   * on with; undefined: that was all. Rows may come in between.
   */
  sum(
    from: number,
    until: number,
    target: (series: number, second: number) => Float64Array | undefined,
    at = 0,
    most = Number.POSITIVE_INFINITY
  ): number | undefined {
    const bytes = this.#bytes
    let rows = 0
    for (let next = at; next < this.#length; rows++) {
      if (rows >= most) return next
      const end = next + 2 + ((bytes[next] as number) | ((bytes[next + 1] as number) << 8))
      const second = bytes[next + 2] as number
      if (second >= until) return undefined
      if (second >= from) this.#addRow(next + 3, end, second, target)
      next = end
    }
    return undefined
  }

  /** No row comes any more: what was reserved for further ones is given back. */
  seal(): void {
    this.#bytes = this.#bytes.slice(0, this.#length)
  }

  #addRow(
    start: number,
    end: number,
    second: number,
    target: (series: number, second: number) => Float64Array | undefined
  ): void {
    this.#at = start
    const values = target(this.#read(), second)
    if (values === undefined) return
    let column = 0
    while (this.#at < end) {
      column += this.#read()
      values[column] = (values[column] as number) + this.#read()
      column++
    }
  }

  #at = 0

  #read(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.#bytes[this.#at++] as number
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
  }

  #write(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#length++] = rest
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#bytes.length * 1.5, this.#length + more) | 0)
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}
