const BACKSLASH = 0x5c
const SMALL_U = 0x75
/** So many bytes of JSON become text at once. */
const PIECE_BYTES = 8192

/** A long JSON string, checked before, as text piece by piece. */
export class LargeText {
  readonly #bytes: Buffer
  readonly #end: number
  readonly #escaped: boolean
  #pos: number

  /** The string whose content, without its quotes, is `bytes[start … end)`. */
  constructor(bytes: Buffer, start: number, end: number, escaped: boolean) {
    this.#bytes = bytes
    this.#pos = start
    this.#end = end
    this.#escaped = escaped
  }

  get ended(): boolean {
    return this.#pos === this.#end
  }

  /** The next piece; it may end between the two surrogates of a character that is written as two escapes. */
  next(): string {
    const start = this.#pos
    const end = this.#boundary(start)
    this.#pos = end
    const bytes = this.#bytes
    return this.#escaped
      ? (JSON.parse(`"${bytes.toString('utf8', start, end)}"`) as string)
      : bytes.toString('utf8', start, end)
  }

  /** Where the next piece ends: behind a whole character, or escape. */
  #boundary(start: number): number {
    const bytes = this.#bytes
    const end = this.#end
    const near = Math.min(end, start + PIECE_BYTES)
    let at = this.#escaped ? start : near
    while (at < near) {
      if (bytes[at] !== BACKSLASH) at++
      else at += bytes[at + 1] === SMALL_U ? 6 : 2
    }
    while (at < end && ((bytes[at] as number) & 0xc0) === 0x80) at++
    return at
  }
}
