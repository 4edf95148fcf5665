import { AboxError } from '#core/errors'
import { jsonErrors } from './errors.ts'

/** A place in JSON bytes, and what its tokens have in common. */
export class JsonCursor {
  readonly bytes: Buffer
  /** One past the last byte that belongs to this text. */
  readonly end: number
  /** Offset of the next unread byte. May be set to the start of a value that was found earlier. */
  pos: number
  #view: DataView | undefined

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes
    this.pos = start
    this.end = end
  }

  /** The bytes as they are read several at once. Made when first wanted: most texts are shorter than it is worth. */
  protected get view(): DataView {
    const { bytes } = this
    this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    return this.#view
  }

  /** The byte at `at`, or −1 behind the end. */
  protected byteAt(at: number): number {
    return at < this.end ? (this.bytes[at] as number) : -1
  }

  /** Moves to the next byte that is no white space and returns it, −1 at the end. */
  protected next(): number {
    const { bytes, end } = this
    let at = this.pos
    while (at < end) {
      const byte = bytes[at] as number
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) {
        this.pos = at
        return byte
      }
      at++
    }
    this.pos = at
    return -1
  }

  protected word(word: string, expected: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.byteAt(this.pos + i) !== word.charCodeAt(i)) throw this.unexpected(expected)
    }
    this.pos += word.length
  }

  /** As `unexpected`, at byte `at`. */
  protected unexpectedAt(at: number, expected: string): AboxError {
    this.pos = at
    return this.unexpected(expected)
  }

  /** What stands at the position is not what is expected. ABOX_JSON_SYNTAX. */
  protected unexpected(expected: string): AboxError {
    const byte = this.byteAt(this.pos)
    const found =
      byte === -1 ? 'the end' : byte > 0x20 && byte < 0x7f ? JSON.stringify(String.fromCharCode(byte)) : hexOf(byte)
    return new AboxError(jsonErrors.ABOX_JSON_SYNTAX, `at byte ${this.pos}: found ${found}, expected ${expected}`, {
      offset: this.pos
    })
  }
}

function hexOf(byte: number): string {
  return `byte 0x${byte.toString(16).padStart(2, '0')}`
}
