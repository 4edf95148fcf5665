/**
 * Strings of up to sixteen ASCII characters, which are most of what a stream holds. Naming each character in one call makes
 * the string in a quarter of the time that a call into the native reader takes; the surplus is cut off.
 */
const fromCodes = String.fromCharCode

/** The ASCII string of `count` (0…16) bytes that begin at `at`. */
export function shortAscii(bytes: Buffer, at: number, count: number): string {
  if (at + 16 > bytes.length) return bytes.toString('latin1', at, at + count)
  if (count > 8) return sixteen(bytes, at).substring(0, count)
  return eight(bytes, at).substring(0, count)
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
