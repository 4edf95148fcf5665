/**
 * Names that one stream after the other repeats: keys of maps, fields of classes. To find such a string again takes half as
 * long as to make it, and nothing is left to the collector. Each name has one place, which the next one that falls on it takes
 * over; so names that never come again cost little, and what is kept is bounded.
 */
import { shortAscii } from './short-strings.ts'

/** Longer names are not kept. */
export const MAX_KEPT = 24
/** Places, and the bytes of each; powers of two. */
const PLACES = 512
const ROW = 32

const kept: string[] = new Array<string>(PLACES).fill('')
/** The bytes of each kept name, and how many they are. */
const rows: Uint8Array = new Uint8Array(PLACES * ROW)
const sizes: Uint8Array = new Uint8Array(PLACES)

/** The string of `count` (0…MAX_KEPT) bytes that begin at `start`; undefined when they are not all ASCII. */
export function nameAt(bytes: Buffer, start: number, count: number): string | undefined {
  const stop = start + count
  let hash = count
  let seen = 0
  for (let at = start; at < stop; at++) {
    const byte = bytes[at] as number
    seen |= byte
    hash = (Math.imul(hash, 31) + byte) | 0
  }
  if (seen >= 0x80) return undefined
  const place = (hash ^ (hash >>> 9)) & (PLACES - 1)
  const row = place * ROW
  if (sizes[place] === count) {
    let i = 0
    while (i < count && rows[row + i] === bytes[start + i]) i++
    if (i === count) return kept[place] as string
  }
  const name = shortAscii(bytes, start, count)
  for (let i = 0; i < count; i++) rows[row + i] = bytes[start + i] as number
  sizes[place] = count
  kept[place] = name
  return name
}
