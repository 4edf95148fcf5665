/** Smallest buffer that is made when a second piece arrives. */
const FIRST_BYTES = 4096
/** An announced length is believed up to here; beyond it memory grows with what has really arrived. */
const BELIEVED_BYTES = 1 << 20

/**
 * Collects the pieces of one body. A single piece is kept as it is. Several are copied together as they come, because
 * a server may send a body in pieces of one byte each, and a list of those takes a hundred times their size.
 */
export class BodyCollector {
  length = 0
  #bytes: Buffer | undefined = undefined
  readonly #announced: number

  /** `announced` is the content-length, or -1. */
  constructor(announced: number) {
    // A length that is no number counts as none.
    this.#announced = Number.isNaN(announced) ? 0 : announced
  }

  add(chunk: Buffer): void {
    const length = this.length + chunk.length
    if (this.#bytes === undefined) this.#bytes = chunk
    else {
      const whole = this.#room(this.#bytes, length)
      whole.set(chunk, this.length)
      this.#bytes = whole
    }
    this.length = length
  }

  /** Bytes of memory that it takes, room for what is to come included. */
  get heldBytes(): number {
    return this.#bytes?.length ?? 0
  }

  /** The whole body. */
  take(): Buffer {
    return this.#bytes === undefined ? Buffer.alloc(0) : this.#bytes.subarray(0, this.length)
  }

  /** The first piece has no room behind it, so that nobody else's memory is ever written. */
  #room(bytes: Buffer, length: number): Buffer {
    if (length <= bytes.length) return bytes
    // Twice as much each time, but not more than was announced.
    const doubled = this.#announced >= length ? Math.min(this.length * 2, this.#announced) : this.length * 2
    const grown = Buffer.allocUnsafeSlow(
      Math.max(length, FIRST_BYTES, doubled, Math.min(this.#announced, BELIEVED_BYTES))
    )
    grown.set(bytes.subarray(0, this.length))
    return grown
  }
}
