import { JsonNumbers } from './numbers.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** 1 for the characters of a string that stand for themselves in one byte: a table is twice as fast as comparing. */
const PLAIN = new Uint8Array(256)
PLAIN.fill(1, 0x20, 0x80)
PLAIN[QUOTE] = 0
PLAIN[BACKSLASH] = 0

/** Most strings end within so many bytes; only then are several looked at together. */
const SHORT = 16

/** The tokens of JSON: strings here, numbers and words by what it extends. What follows what is JsonReader's. */
export class JsonScanner extends JsonNumbers {
  /** Where the content of the string or key read last stands, without its quotes. */
  stringStart = 0
  stringEnd = 0
  /** Its length in UTF-16 units, escapes resolved. */
  stringUnits = 0
  /** True when it has an escape: its bytes are then not its text. */
  stringEscaped = false
  /** True when it has a character above U+FFFF written as four bytes. */
  stringAstral = false

  /** Consumes a string and only sets `stringStart`, `stringEnd`, `stringUnits`, `stringEscaped`, `stringAstral`. */
  scanString(): void {
    if (this.next() !== QUOTE) throw this.unexpected('a string')
    const { bytes, end } = this
    let at = this.pos + 1
    this.stringStart = at
    this.stringEscaped = false
    this.stringAstral = false
    // Units are counted as bytes minus what multi-byte characters and escapes take beyond their units.
    let surplus = 0
    for (;;) {
      at = this.#plainEnd(at)
      const byte = at < end ? (bytes[at] as number) : 0
      if (byte === QUOTE) break
      if (byte < 0x20) throw this.unexpectedAt(at, 'the rest of a string')
      const wideEnd = byte > 0xe0 ? this.#threeByteEnd(at) : at
      if (wideEnd !== at) {
        surplus += ((wideEnd - at) / 3) * 2
        at = wideEnd
        continue
      }
      const size = byte === BACKSLASH ? this.#escapeSize(at) : this.#utf8Size(byte, at)
      // Four bytes are two units, an escape of any size and what else there is are one.
      surplus += size === 4 ? 2 : size - 1
      at += size
    }
    this.stringEnd = at
    this.stringUnits = at - this.stringStart - surplus
    this.pos = at + 1
  }

  /** Consumes the quote at the beginning of a long string; `scanText` has to follow until it has come to the end. */
  openString(): void {
    if (this.next() !== QUOTE) throw this.unexpected('a string')
    this.stringStart = this.pos + 1
    this.stringEnd = this.stringStart
    this.stringUnits = 0
    this.stringEscaped = false
    this.stringAstral = false
  }

  /**
   * Goes on in a string from `stringEnd` to its end, or to `stop`, but never stops inside a character, an escape, or a run of
   * characters that stand for themselves, which are fast to pass. True when the string has ended; it is then consumed.
   *
   * It says what `scanString` says once more: when both had one loop, all strings took longer by a twentieth.
   */
  scanText(stop: number): boolean {
    const { bytes, end, stringStart, stringEnd } = this
    let at = stringEnd
    let units = this.stringUnits
    let ended = false
    for (;;) {
      const plainEnd = this.#plainEnd(at)
      units += plainEnd - at
      at = plainEnd
      const byte = at < end ? (bytes[at] as number) : 0
      ended = byte === QUOTE
      if (ended) break
      if (byte < 0x20) throw this.unexpectedAt(at, 'the rest of a string')
      if (at >= stop && at > stringStart) break
      const size = byte === BACKSLASH ? this.#escapeSize(at) : this.#utf8Size(byte, at)
      units += size === 4 ? 2 : 1
      at += size
    }
    this.stringEnd = at
    this.stringUnits = units
    if (ended) this.pos = at + 1
    return ended
  }

  /** The text of the string or key scanned last. */
  stringText(): string {
    const { bytes, stringStart, stringEnd } = this
    if (this.stringEscaped) return JSON.parse(bytes.toString('utf8', stringStart - 1, stringEnd + 1)) as string
    return bytes.toString(stringEnd - stringStart === this.stringUnits ? 'latin1' : 'utf8', stringStart, stringEnd)
  }

  /** Whether the string or key scanned last is `text`. Builds no string for ASCII without escapes. */
  stringIs(text: string): boolean {
    const { bytes, stringStart } = this
    const length = this.stringEnd - stringStart
    if (this.stringEscaped || length !== this.stringUnits) return this.stringText() === text
    if (length !== text.length) return false
    for (let i = 0; i < length; i++) if (bytes[stringStart + i] !== text.charCodeAt(i)) return false
    return true
  }

  /** Where the characters that stand for themselves in one byte end. */
  #plainEnd(start: number): number {
    const { bytes, end } = this
    const near = Math.min(end, start + SHORT)
    let at = start
    while (at < near && PLAIN[bytes[at] as number] === 1) at++
    if (at < near) return at
    const { view } = this
    for (; at + 4 <= end; at += 4) {
      const word = view.getInt32(at, true)
      // The XOR puts the quote just below the space, so that one subtraction finds it and what is below 0x20.
      const low = (word ^ 0x02020202) - 0x21212121
      const backslashes = (word ^ 0x5c5c5c5c) - 0x01010101
      // The highest bit of a byte is set when it is above 0x7f, below 0x20, or one of the two; by a borrow from such a byte too.
      if (((word | low | backslashes) & 0x80808080) !== 0) break
    }
    while (at < end && PLAIN[bytes[at] as number] === 1) at++
    return at
  }

  /** Where characters of three bytes end, as most Chinese ones are: those of which nothing is to be looked for but the shape. */
  #threeByteEnd(start: number): number {
    const { end, view } = this
    let at = start
    while (at + 4 <= end) {
      const word = view.getInt32(at, true)
      if (at + 12 <= end && isWide(word, view.getInt32(at + 4, true), view.getInt32(at + 8, true))) {
        at += 12
        continue
      }
      const lead = word & 0xff
      if ((word & 0xc0c0f0) !== 0x8080e0 || lead === 0xe0 || lead === 0xed) break
      at += 3
    }
    return at
  }

  /** Size in bytes of the escape at `at`. */
  #escapeSize(at: number): number {
    this.stringEscaped = true
    switch (this.byteAt(at + 1)) {
      case QUOTE:
      case BACKSLASH:
      case 0x2f:
      case 0x62:
      case 0x66:
      case 0x6e:
      case 0x72:
      case 0x74:
        return 2
      case 0x75:
        for (let i = at + 2; i < at + 6; i++) if (!isHex(this.byteAt(i))) throw this.unexpectedAt(i, 'a hex digit')
        return 6
      default:
        throw this.unexpectedAt(at + 1, 'one of " \\ / b f n r t u after a backslash')
    }
  }

  /** Size in bytes of the character at `at` that begins with `lead`: shortest form, no surrogates, at most U+10FFFF. */
  #utf8Size(lead: number, at: number): number {
    const second = this.byteAt(at + 1)
    const third = this.byteAt(at + 2)
    // Most Chinese characters: nothing to look for but the shape.
    if (lead >= 0xe1 && lead < 0xed && isContinuation(second) && isContinuation(third)) return 3
    const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    let valid = lead >= 0xc2 && lead <= 0xf4 && isContinuation(second)
    if (lead === 0xe0) valid &&= second >= 0xa0
    else if (lead === 0xed) valid &&= second < 0xa0
    else if (lead === 0xf0) valid &&= second >= 0x90
    else if (lead === 0xf4) valid &&= second < 0x90
    for (let i = 2; i < size; i++) valid &&= isContinuation(this.byteAt(at + i))
    if (!valid) throw this.unexpectedAt(at, 'valid UTF-8')
    if (size === 4) this.stringAstral = true
    return size
  }
}

/**
 * Whether the twelve bytes are four characters of three bytes each, U+4000 to U+BFFF: the Chinese ones are among them, and their
 * first bytes e4 to eb are just those in which bits 2 and 3 differ.
 */
function isWide(first: number, second: number, third: number): boolean {
  const shape =
    ((first & 0xf0c0c0f0) ^ 0xe08080e0) | ((second & 0xc0f0c0c0) ^ 0x80e08080) | ((third & 0xc0c0f0c0) ^ 0x8080e080)
  const leads =
    (~(first ^ (first << 1)) & 0x08000008) |
    (~(second ^ (second << 1)) & 0x00080000) |
    (~(third ^ (third << 1)) & 0x00000800)
  return (shape | leads) === 0
}

function isHex(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}
