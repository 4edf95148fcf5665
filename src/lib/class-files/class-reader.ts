import { AboxError } from '#core/errors'
import { classFileErrors } from './errors.ts'

/** A cursor over a class file that never reads past its end. Every method throws ABOX_CLASS_FORMAT with place and offset. */
export class ClassReader {
  readonly #bytes: Buffer
  readonly #where: string
  readonly #end: number
  pos: number

  constructor(bytes: Buffer, where: string, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#where = where
    this.pos = start
    this.#end = end
  }

  u1(): number {
    return this.#bytes[this.#take(1)] as number
  }

  u2(): number {
    return this.#bytes.readUInt16BE(this.#take(2))
  }

  u4(): number {
    return this.#bytes.readUInt32BE(this.#take(4))
  }

  /** Passes `count` bytes and gives their offset. */
  skip(count: number): number {
    return this.#take(count)
  }

  /** A reader of the next `count` bytes alone, which are passed. */
  part(count: number): ClassReader {
    const start = this.#take(count)
    return new ClassReader(this.#bytes, this.#where, start, start + count)
  }

  /** Throws unless everything has been read. */
  assertEnd(what: string): void {
    if (this.pos !== this.#end) this.fail(`${what} ends at ${this.pos}, expected at ${this.#end}`)
  }

  /**
   * Text in the JVM's own UTF-8: NUL as c0 80, characters beyond the first plane as two surrogates of three bytes each.
   *
   *   unit := 01-7f | c0-df 80-bf | e0-ef 80-bf 80-bf
   */
  text(length: number): string {
    const start = this.#take(length)
    const end = start + length
    const bytes = this.#bytes
    let ascii = true
    for (let i = start; i < end && ascii; i++) ascii = (bytes[i] as number) < 0x80
    if (ascii) return bytes.toString('latin1', start, end)
    let text = ''
    for (let at = start; at < end; ) {
      const width = widthOf(bytes[at] as number)
      if (width === 0 || at + width > end) this.#badText(at)
      text += String.fromCharCode(this.#unit(at, width))
      at += width
    }
    return text
  }

  fail(what: string, offset = this.pos): never {
    throw new AboxError(classFileErrors.ABOX_CLASS_FORMAT, `${this.#where}: offset ${offset}: ${what}`, { offset })
  }

  /** The unit of `width` bytes at an offset. */
  #unit(at: number, width: number): number {
    let unit = (this.#bytes[at] as number) & (0xff >> (width === 1 ? 1 : width + 1))
    for (let i = at + 1; i < at + width; i++) {
      const next = this.#bytes[i] as number
      if (next >> 6 !== 2) this.#badText(i)
      unit = (unit << 6) | (next & 0x3f)
    }
    return unit
  }

  #badText(at: number): never {
    this.fail(`found byte ${this.#bytes[at]} in a text, expected the UTF-8 of the JVM`, at)
  }

  #take(count: number): number {
    const at = this.pos
    if (count > this.#end - at) this.fail(`found the end, expected ${count} more bytes`)
    this.pos = at + count
    return at
  }
}

/** How many bytes a unit takes by its first one; 0 for a byte that begins none. */
function widthOf(lead: number): number {
  if (lead < 0x80) return 1
  if (lead >> 5 === 6) return 2
  return lead >> 4 === 14 ? 3 : 0
}
