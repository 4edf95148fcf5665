/** Units of a Hessian string (utf.ts) as the inside of a JSON string, in UTF-8, from bytes to bytes. */
import type { JsonSink } from '#lib/json'
import { isWellFormed, unitAt } from './utf.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const HEX = Buffer.from('0123456789abcdef')
/** Units or bytes of which the sink is asked to hold six bytes each, the most one can need. */
const BLOCK = 512
/** From this many units on, runs without anything to escape are looked for and copied whole. */
const LONG = 128

/** What each byte needs: 0 nothing; 1 it begins two or three bytes; a letter: that escape; 2 an escape by number. */
const CARE = new Uint8Array(256)
CARE.fill(2, 0, 0x20).fill(1, 0x80)
CARE[QUOTE] = QUOTE
CARE[BACKSLASH] = BACKSLASH
for (const [control, letter] of ['\bb', '\ff', '\nn', '\rr', '\tt']) {
  CARE[(control as string).charCodeAt(0)] = (letter as string).charCodeAt(0)
}

/** Writes a string of few units with its quotes and returns the offset behind it. */
export function writeShort(sink: JsonSink, bytes: Buffer, pos: number, units: number): number {
  sink.reserve(units * 6 + 2)
  const out = sink.bytes
  const stop = pos + units
  let to = sink.length
  let at = pos
  out[to++] = QUOTE
  while (at < stop && CARE[bytes[at] as number] === 0) out[to++] = bytes[at++] as number
  if (at < stop) {
    sink.length = to
    at = writeBlock(sink, bytes, at, stop - at)
    to = sink.length
  }
  out[to] = QUOTE
  sink.length = to + 1
  return at
}

/** Writes what stands before the value of a field: a comma, its name of few units, a colon. */
export function writeFieldName(sink: JsonSink, bytes: Buffer, pos: number, units: number): void {
  sink.reserve(units + 4)
  const out = sink.bytes
  const stop = pos + units
  let to = sink.length
  out[to++] = COMMA
  out[to++] = QUOTE
  let at = pos
  while (at < stop && CARE[bytes[at] as number] === 0) out[to++] = bytes[at++] as number
  if (at === stop) {
    out[to++] = QUOTE
    out[to++] = COLON
    sink.length = to
    return
  }
  sink.byte(COMMA)
  writeShort(sink, bytes, pos, units)
  sink.byte(COLON)
}

/** Writes `units` validated units, the bytes `pos … stop`, without quotes. */
export function writeUnits(
  sink: JsonSink,
  bytes: Buffer,
  view: DataView,
  pos: number,
  units: number,
  stop: number
): void {
  if (units >= LONG && (stop - pos === units || isWellFormed(bytes, pos, stop))) {
    writeUtf8(sink, bytes, view, pos, stop)
    return
  }
  let at = pos
  let left = units
  while (left > 0) {
    const block = Math.min(left, BLOCK)
    const next = writeBlock(sink, bytes, at, block, left - block)
    at = next < 0 ? ~next : next
    left -= next < 0 ? block + 1 : block
  }
}

/** Writes bytes that are UTF-8 already: only what JSON escapes has to be looked for. */
function writeUtf8(sink: JsonSink, bytes: Buffer, view: DataView, pos: number, stop: number): void {
  let at = pos
  while (at < stop) {
    const clean = passClean(view, at, stop)
    sink.raw(bytes, at, clean)
    at = clean
    const end = Math.min(stop, at + BLOCK)
    sink.reserve((end - at) * 6)
    const out = sink.bytes
    let to = sink.length
    while (at < end) {
      const byte = bytes[at++] as number
      const care = CARE[byte] as number
      if (care < 2) out[to++] = byte
      else if (care === 2) to = writeNumbered(out, to, byte)
      else {
        out[to++] = BACKSLASH
        out[to++] = care
      }
    }
    sink.length = to
  }
}

/**
 * The same for a block of units, in one go. When `more` units follow and the last one is the first half of a surrogate pair,
 * the second half is written too and the complement (~) of the offset is returned.
 */
function writeBlock(sink: JsonSink, bytes: Buffer, pos: number, units: number, more = 0): number {
  sink.reserve(units * 6)
  const out = sink.bytes
  let to = sink.length
  let at = pos
  let left = units
  while (left > 0) {
    const byte = bytes[at] as number
    const care = CARE[byte] as number
    left--
    if (care === 0) {
      out[to++] = byte
      at++
    } else if (care > 2) {
      out[to++] = BACKSLASH
      out[to++] = care
      at++
    } else if (care === 2) {
      to = writeNumbered(out, to, byte)
      at++
    } else if (!isSurrogate(bytes, at)) {
      out[to++] = byte
      out[to++] = bytes[at + 1] as number
      if (byte >= 0xe0) out[to++] = bytes[at + 2] as number
      at += byte < 0xe0 ? 2 : 3
    } else if (left + more > 0 && writePair(out, to, bytes, at)) {
      to += 4
      at += 6
      left--
    } else {
      to = writeNumbered(out, to, unitAt(bytes, at))
      at += 3
    }
  }
  sink.length = to
  return left < 0 ? ~at : at
}

/** Offset up to which no byte needs an escape, in steps of four: it may stop early. */
function passClean(view: DataView, pos: number, stop: number): number {
  const last = stop - 4
  let at = pos
  while (at <= last) {
    const four = view.getInt32(at)
    const quote = four ^ 0x22222222
    const backslash = four ^ 0x5c5c5c5c
    // In each byte, the top bit becomes set for: below a space, a quote, a backslash. It stays clear where it was set before.
    const found =
      ((four - 0x20202020) & ~four) | ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash)
    if ((found & 0x80808080) !== 0) return at
    at += 4
  }
  return at
}

function isSurrogate(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0xed && (bytes[at + 1] as number) >= 0xa0
}

/** Writes the four bytes of a character above U+FFFF when a high and then a low surrogate begin at `at`. */
function writePair(out: Buffer, to: number, bytes: Buffer, at: number): boolean {
  if (bytes[at] !== 0xed || (bytes[at + 1] as number) >= 0xb0) return false
  if (bytes[at + 3] !== 0xed || (bytes[at + 4] as number) < 0xb0) return false
  const code = 0x10000 + ((unitAt(bytes, at) & 0x3ff) << 10) + (unitAt(bytes, at + 3) & 0x3ff)
  out[to] = 0xf0 | (code >> 18)
  out[to + 1] = 0x80 | ((code >> 12) & 0x3f)
  out[to + 2] = 0x80 | ((code >> 6) & 0x3f)
  out[to + 3] = 0x80 | (code & 0x3f)
  return true
}

/** An escape by number, as `\u001f` or, for a surrogate alone, `\ud83d`. */
function writeNumbered(out: Buffer, to: number, unit: number): number {
  out[to] = BACKSLASH
  out[to + 1] = 0x75
  for (let i = 0; i < 4; i++) out[to + 2 + i] = HEX[(unit >> (12 - 4 * i)) & 15] as number
  return to + 6
}
