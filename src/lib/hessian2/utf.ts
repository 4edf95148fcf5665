/**
 * Strings of Hessian: CESU-8. Each UTF-16 unit is coded on its own, in one to three bytes as UTF-8 codes U+0000…U+FFFF;
 * lengths count units. A character above U+FFFF is thus two surrogates of three bytes each, and four-byte UTF-8 does
 * not occur (Java's reader refuses it).
 *
 *   unit ::= 00-7f | c2-df 80-bf | e0 a0-bf 80-bf | e1-ef 80-bf 80-bf
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { hessianErrors } from './errors.ts'
import { refuse, truncated } from './refuse.ts'
import { SHORT_ASCII, SHORT_WIDE, shortAscii, shortWide } from './short-strings.ts'

/** From this many units on, a native call is faster than a loop. */
export const LONG_UNITS = 256

/** From this many units on, it pays to look at four bytes at once. */
const MANY_UNITS = 32
const THREE = 0xe0808000 | 0

/**
 * Validates `units` units that begin at `pos` and returns where they end.
 * ABOX_HESSIAN_TRUNCATED, ABOX_HESSIAN_STRING.
 */
export function passUnits(bytes: Buffer, pos: number, end: number, units: number): number {
  const stop = pos + units
  if (stop > end) throw truncated(pos, `a string of ${units} units`, end)
  if (units >= LONG_UNITS && isAscii(bytes.subarray(pos, stop))) return stop
  let at = pos
  while (at < stop && (bytes[at] as number) < 0x80) at++
  return at === stop ? at : passWide(bytes, at, end, stop - at)
}

function passWide(bytes: Buffer, pos: number, end: number, units: number): number {
  let at = pos
  let left = units
  const view = units < MANY_UNITS ? undefined : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  while (left > 0) {
    const lead = bytes[at] as number
    if (view !== undefined && lead >= 0xe0) {
      const stop = passThrees(view, at, end, left)
      if (stop > at) {
        left -= (stop - at) / 3
        at = stop
        continue
      }
    }
    if (at >= end) throw truncated(at, `${left} more units of a string`, end)
    at = lead < 0x80 ? at + 1 : passCharacter(bytes, at, end, lead)
    left--
  }
  return at
}

/** Passes characters of three sound bytes as long as one begins in four bytes that can be read at once. */
function passThrees(view: DataView, pos: number, end: number, most: number): number {
  const last = Math.min(end - 4, pos + 3 * (most - 1))
  let at = pos
  while (at <= last) {
    const four = view.getInt32(at)
    // Lead and tails by their upper bits; e0 80…9f would code a shorter character in three bytes.
    if ((four & 0xf0c0c000) !== THREE || (four & 0x0f200000) === 0) return at
    at += 3
  }
  return at
}

function passCharacter(bytes: Buffer, at: number, end: number, lead: number): number {
  if (lead > 0xe0 && lead < 0xf0 && end - at >= 3) {
    // What most characters are; the rest, sound or not, goes the slower way.
    if (((bytes[at + 1] as number) & 0xc0) === 0x80 && ((bytes[at + 2] as number) & 0xc0) === 0x80) return at + 3
  }
  if (lead >= 0xc2 && lead < 0xe0) return passTail(bytes, at, end, 2)
  if (lead >= 0xe0 && lead < 0xf0) return passTail(bytes, at, end, 3)
  throw badUnit(at, lead)
}

function passTail(bytes: Buffer, at: number, end: number, size: number): number {
  if (at + size > end) throw truncated(at, `a character of ${size} bytes`, end)
  const second = bytes[at + 1] as number
  // e0 80…9f would code a shorter character in three bytes.
  if ((second & 0xc0) !== 0x80 || (bytes[at] === 0xe0 && second < 0xa0)) throw badUnit(at + 1, second)
  if (size === 3) {
    const third = bytes[at + 2] as number
    if ((third & 0xc0) !== 0x80) throw badUnit(at + 2, third)
  }
  return at + size
}

function badUnit(at: number, byte: number) {
  const found = `0x${byte.toString(16).padStart(2, '0')}`
  return refuse(hessianErrors.ABOX_HESSIAN_STRING, at, `found ${found} in a string, expected CESU-8`)
}

/** The string of the already validated bytes `start … stop`, which hold `units` units. */
export function unitsToString(bytes: Buffer, start: number, stop: number, units: number): string {
  if (stop - start === units)
    return units <= SHORT_ASCII ? shortAscii(bytes, start, units) : bytes.toString('latin1', start, stop)
  if (units <= SHORT_WIDE) return shortWide(bytes, start, units)
  return isWellFormed(bytes, start, stop)
    ? bytes.toString('utf8', start, stop)
    : surrogatesToString(bytes, start, stop, units)
}

/** Whether validated bytes are UTF-8, which they are unless they hold a surrogate (ed a0…bf). */
export function isWellFormed(bytes: Buffer, start: number, stop: number): boolean {
  if (stop - start >= LONG_UNITS) return isUtf8(bytes.subarray(start, stop))
  for (let at = start; at < stop; at++) if (bytes[at] === 0xed && (bytes[at + 1] as number) >= 0xa0) return false
  return true
}

function surrogatesToString(bytes: Buffer, start: number, stop: number, units: number): string {
  const utf16 = Buffer.allocUnsafe(units * 2)
  let to = 0
  for (let at = start; at < stop; ) {
    const lead = bytes[at] as number
    const unit = unitAt(bytes, at)
    at += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : 3
    utf16[to++] = unit & 0xff
    utf16[to++] = unit >> 8
  }
  return utf16.toString('utf16le')
}

/** The UTF-16 unit that begins at `at`, in validated bytes. */
export function unitAt(bytes: Buffer, at: number): number {
  const lead = bytes[at] as number
  if (lead < 0x80) return lead
  const second = (bytes[at + 1] as number) & 0x3f
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second
  return ((lead & 0x0f) << 12) | (second << 6) | ((bytes[at + 2] as number) & 0x3f)
}
