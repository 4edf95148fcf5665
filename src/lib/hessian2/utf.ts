/**
 * Strings of Hessian: CESU-8. Each UTF-16 unit is coded on its own, in one to three bytes as UTF-8 codes U+0000…U+FFFF;
 * lengths count units. A character above U+FFFF is thus two surrogates of three bytes each, and four-byte UTF-8 does
 * not occur (Java's reader refuses it).
 *
 *   unit ::= 00-7f | c2-df 80-bf | e0 a0-bf 80-bf | e1-ef 80-bf 80-bf
 */
import { isAscii } from 'node:buffer'
import { hessianErrors } from './errors.ts'
import { refuse, truncated } from './refuse.ts'

/** From this many units on, a native call is faster than a loop. */
const LONG = 256
/** Units that become a JavaScript string at once: bounded, because they travel as arguments. */
const BATCH = 2048

/**
 * Validates `units` units that begin at `pos` and returns where they end.
 * ABOX_HESSIAN_TRUNCATED, ABOX_HESSIAN_STRING.
 */
export function passUnits(bytes: Buffer, pos: number, end: number, units: number): number {
  const stop = pos + units
  if (stop > end) throw truncated(pos, `a string of ${units} units`, end)
  if (units >= LONG && isAscii(bytes.subarray(pos, stop))) return stop
  let at = pos
  while (at < stop && (bytes[at] as number) < 0x80) at++
  return at === stop ? at : passWide(bytes, at, end, stop - at)
}

function passWide(bytes: Buffer, pos: number, end: number, units: number): number {
  let at = pos
  for (let left = units; left > 0; left--) {
    if (at >= end) throw truncated(at, `${left} more units of a string`, end)
    const lead = bytes[at] as number
    if (lead < 0x80) at++
    else if (lead >= 0xc2 && lead < 0xe0) at = passTail(bytes, at, end, 2)
    else if (lead >= 0xe0 && lead < 0xf0) at = passTail(bytes, at, end, 3)
    else throw badUnit(at, lead)
  }
  return at
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
  if (stop - start === units) return bytes.toString('latin1', start, stop)
  for (let at = start; at < stop; at++) {
    // Only surrogates (ed a0…bf) differ between CESU-8 and UTF-8.
    if (bytes[at] === 0xed && (bytes[at + 1] as number) >= 0xa0) return surrogatesToString(bytes, start, stop)
  }
  return bytes.toString('utf8', start, stop)
}

function surrogatesToString(bytes: Buffer, start: number, stop: number): string {
  let text = ''
  let batch: number[] = []
  let at = start
  while (at < stop) {
    const lead = bytes[at] as number
    const unit = unitAt(bytes, at)
    at += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : 3
    if (batch.push(unit) === BATCH) {
      text += String.fromCharCode(...batch)
      batch = []
    }
  }
  return text + String.fromCharCode(...batch)
}

/** The UTF-16 unit that begins at `at`, in validated bytes. */
export function unitAt(bytes: Buffer, at: number): number {
  const lead = bytes[at] as number
  if (lead < 0x80) return lead
  const second = (bytes[at + 1] as number) & 0x3f
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second
  return ((lead & 0x0f) << 12) | (second << 6) | ((bytes[at + 2] as number) & 0x3f)
}
