/**
 * Strings of few units, which are most of what a stream holds. Naming each unit in one call makes the string in a quarter of
 * the time that a call into the native reader takes; the surplus is cut off.
 */
const fromCodes = String.fromCharCode

/** ASCII strings of up to so many bytes are made so, */
export const SHORT_ASCII = 32
/** and others of up to so many units. */
export const SHORT_WIDE = 16

/** The units that a string is made of next. It is made in one go, so that one row serves all. */
const row: Uint16Array = new Uint16Array(8)

/** The ASCII string of `count` (0…SHORT_ASCII) bytes that begin at `at`. */
export function shortAscii(bytes: Buffer, at: number, count: number): string {
  if (at + SHORT_ASCII > bytes.length) return bytes.toString('latin1', at, at + count)
  if (count > 16) return (count > 24 ? thirtyTwo(bytes, at) : twentyFour(bytes, at)).substring(0, count)
  return (count > 8 ? sixteen(bytes, at) : eight(bytes, at)).substring(0, count)
}

/** The string of `count` (0…SHORT_WIDE) validated units (utf.ts) that begin at `start`. */
export function shortWide(bytes: Buffer, start: number, count: number): string {
  let text = ''
  let at = start
  for (let left = count; left > 0; left -= 8) {
    const part = Math.min(left, 8)
    for (let i = 0; i < part; i++) {
      const lead = bytes[at] as number
      if (lead < 0x80) {
        row[i] = lead
        at++
      } else if (lead < 0xe0) {
        row[i] = ((lead & 0x1f) << 6) | ((bytes[at + 1] as number) & 0x3f)
        at += 2
      } else {
        row[i] = ((lead & 0x0f) << 12) | (((bytes[at + 1] as number) & 0x3f) << 6) | ((bytes[at + 2] as number) & 0x3f)
        at += 3
      }
    }
    const eightMore = eightUnits()
    text += part < 8 ? eightMore.substring(0, part) : eightMore
  }
  return text
}

function eightUnits(): string {
  return fromCodes(
    row[0] as number,
    row[1] as number,
    row[2] as number,
    row[3] as number,
    row[4] as number,
    row[5] as number,
    row[6] as number,
    row[7] as number
  )
}

function eight(b: Buffer, i: number): string {
  return fromCodes(
    b[i] as number,
    b[i + 1] as number,
    b[i + 2] as number,
    b[i + 3] as number,
    b[i + 4] as number,
    b[i + 5] as number,
    b[i + 6] as number,
    b[i + 7] as number
  )
}

function sixteen(b: Buffer, i: number): string {
  return fromCodes(
    b[i] as number,
    b[i + 1] as number,
    b[i + 2] as number,
    b[i + 3] as number,
    b[i + 4] as number,
    b[i + 5] as number,
    b[i + 6] as number,
    b[i + 7] as number,
    b[i + 8] as number,
    b[i + 9] as number,
    b[i + 10] as number,
    b[i + 11] as number,
    b[i + 12] as number,
    b[i + 13] as number,
    b[i + 14] as number,
    b[i + 15] as number
  )
}

function twentyFour(b: Buffer, i: number): string {
  return fromCodes(
    b[i] as number,
    b[i + 1] as number,
    b[i + 2] as number,
    b[i + 3] as number,
    b[i + 4] as number,
    b[i + 5] as number,
    b[i + 6] as number,
    b[i + 7] as number,
    b[i + 8] as number,
    b[i + 9] as number,
    b[i + 10] as number,
    b[i + 11] as number,
    b[i + 12] as number,
    b[i + 13] as number,
    b[i + 14] as number,
    b[i + 15] as number,
    b[i + 16] as number,
    b[i + 17] as number,
    b[i + 18] as number,
    b[i + 19] as number,
    b[i + 20] as number,
    b[i + 21] as number,
    b[i + 22] as number,
    b[i + 23] as number
  )
}

function thirtyTwo(b: Buffer, i: number): string {
  return fromCodes(
    b[i] as number,
    b[i + 1] as number,
    b[i + 2] as number,
    b[i + 3] as number,
    b[i + 4] as number,
    b[i + 5] as number,
    b[i + 6] as number,
    b[i + 7] as number,
    b[i + 8] as number,
    b[i + 9] as number,
    b[i + 10] as number,
    b[i + 11] as number,
    b[i + 12] as number,
    b[i + 13] as number,
    b[i + 14] as number,
    b[i + 15] as number,
    b[i + 16] as number,
    b[i + 17] as number,
    b[i + 18] as number,
    b[i + 19] as number,
    b[i + 20] as number,
    b[i + 21] as number,
    b[i + 22] as number,
    b[i + 23] as number,
    b[i + 24] as number,
    b[i + 25] as number,
    b[i + 26] as number,
    b[i + 27] as number,
    b[i + 28] as number,
    b[i + 29] as number,
    b[i + 30] as number,
    b[i + 31] as number
  )
}
