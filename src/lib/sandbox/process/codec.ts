import { AboxError } from '#core/errors'
import { sandboxErrors } from '../errors.ts'

/**
 * Frames between the gateway and the sandbox process, the same both ways over one pipe:
 *
 *   stream = { frame }
 *   frame  = length form text
 *   length = u32, big endian       bytes of form and text, from 2 to MAX_FRAME_BYTES
 *   form   = %x01 / %x02           bytes per UTF-16 unit of the text: latin1, or UTF-16 little endian
 *   text   = { number ',' } ';' { unit }
 *   number = digit{1,15}
 *
 * The numbers are read one after the other; where a message (messages.ts) has a text, its number is the length in
 * UTF-16 units, and so many units are read from behind the ';'. All of one turn of the event loop is one frame, which is
 * one string that is written and read by one copy: this is what makes a small call cheap.
 */
export const MAX_FRAME_BYTES = 80 * 1024 * 1024

/** The longest text of a message, UTF-16 units: two bytes each, it fits into a frame beside others. */
export const MAX_TEXT = 32 * 1024 * 1024

/** A frame of so many units is full: what follows goes into the next one. */
export const FULL_FRAME = 256 * 1024

const HEADER_BYTES = 4
const MAX_DIGITS = 15

/** What the other side sent is no frame or no message. */
export function nonsense(what: string): AboxError {
  return new AboxError(sandboxErrors.ABOX_HOOK_PROCESS, `frame of the sandbox process: ${what}`)
}

/** Collects messages for one frame. */
export class FrameWriter {
  #numbers = ''
  #texts = ''

  /** UTF-16 units so far. */
  get size(): number {
    return this.#numbers.length + this.#texts.length
  }

  /** A whole number from 0 to 10^15 − 1. */
  number(value: number): void {
    this.#numbers += `${value},`
  }

  text(value: string): void {
    this.#numbers += `${value.length},`
    this.#texts += value
  }

  /** The frame; the next one begins empty. */
  take(): Buffer {
    const text = `${this.#numbers};${this.#texts}`
    this.#numbers = ''
    this.#texts = ''
    const form = Buffer.byteLength(text) === text.length ? 1 : 2
    const frame = Buffer.allocUnsafe(HEADER_BYTES + 1 + text.length * form)
    frame.writeUInt32BE(frame.length - HEADER_BYTES)
    frame[HEADER_BYTES] = form
    frame.write(text, HEADER_BYTES + 1, form === 1 ? 'latin1' : 'utf16le')
    return frame
  }
}

/** Takes the text of one frame apart. Throws ABOX_HOOK_PROCESS for what is not as in the grammar. */
export class FrameReader {
  readonly #text: string
  readonly #end: number
  #at = 0
  #textAt: number

  constructor(text: string) {
    this.#text = text
    this.#end = text.indexOf(';')
    if (this.#end < 0) throw nonsense('found no end of its numbers')
    this.#textAt = this.#end + 1
  }

  /** Whether all of it was read. */
  get done(): boolean {
    if (this.#at < this.#end) return false
    if (this.#textAt === this.#text.length) return true
    throw nonsense(`found ${this.#text.length - this.#textAt} units too many`)
  }

  number(): number {
    let value = 0
    for (let at = this.#at; at < this.#end; at++) {
      const digit = this.#text.charCodeAt(at) - 48
      if (digit >= 0 && digit <= 9 && at - this.#at < MAX_DIGITS) {
        value = value * 10 + digit
        continue
      }
      if (digit !== COMMA || at === this.#at) break
      this.#at = at + 1
      return value
    }
    throw nonsense(`found ${JSON.stringify(this.#text.slice(this.#at, this.#at + 20))}, expected a number`)
  }

  text(): string {
    const length = this.number()
    const end = this.#textAt + length
    if (end > this.#text.length) throw nonsense(`found ${this.#text.length - this.#textAt} units, expected ${length}`)
    const text = this.#text.slice(this.#textAt, end)
    this.#textAt = end
    return text
  }
}

const COMMA = -4 // ',' counted from '0'

/** Cuts a stream of chunks into frames. A length is checked before anything is kept for it. */
export class FrameCutter {
  #held: Buffer[] = []
  #size = 0
  #need = 0

  /** Hands over each frame that is whole now. Throws ABOX_HOOK_PROCESS; nothing more can be read then. */
  push(chunk: Buffer, onFrame: (reader: FrameReader) => void): void {
    let bytes = chunk
    if (this.#size > 0) {
      this.#held.push(chunk)
      this.#size += chunk.length
      if (this.#size < this.#need) return
      bytes = Buffer.concat(this.#held)
    }
    let at = 0
    let need = HEADER_BYTES
    while (bytes.length - at >= HEADER_BYTES) {
      const length = bytes.readUInt32BE(at)
      if (length < 2 || length > MAX_FRAME_BYTES) {
        throw nonsense(`found length ${length}, expected 2 to ${MAX_FRAME_BYTES}`)
      }
      need = HEADER_BYTES + length
      if (bytes.length - at < need) break
      onFrame(new FrameReader(decode(bytes, at + HEADER_BYTES, at + need)))
      at += need
      need = HEADER_BYTES
    }
    this.#size = bytes.length - at
    this.#held = this.#size > 0 ? [bytes.subarray(at)] : []
    this.#need = need
  }
}

function decode(bytes: Buffer, from: number, to: number): string {
  const form = bytes[from]
  if (form === 1) return bytes.toString('latin1', from + 1, to)
  if (form === 2 && (to - from) % 2 === 1) return bytes.toString('utf16le', from + 1, to)
  throw nonsense(`found form ${form} with ${to - from - 1} bytes, expected 1, or 2 with an even number`)
}
