/**
 * Decimal digits, four at once: in a 32-bit word, the first byte lowest, in which each byte is XORed with "0", one test
 * finds what is no digit and two multiplications make a number.
 */

/** What makes digits of a word of ASCII the numbers 0 to 9. */
export const ZEROS = 0x30303030

/** How many of the four bytes come before the first that is no digit. */
export function digitsIn(word: number): number {
  // What is no digit gets its highest bit. A carry only reaches what comes after the first of these.
  const others = ((word + 0x76767676) | word) & 0x80808080
  return others === 0 ? 4 : (31 - Math.clz32(others & -others)) >> 3
}

/** The number that the first `count` digits are, one to four. */
export function wordValue(word: number, count: number): number {
  const digits = word << (32 - count * 8)
  const pairs = (Math.imul(digits, 10) + (digits >>> 8)) & 0x00ff00ff
  return (Math.imul(pairs, 100) + (pairs >>> 16)) & 0xffff
}

/** Whether all eight bytes of both words are digits. */
export function areDigits(first: number, second: number): boolean {
  return (((first + 0x76767676) | first | (second + 0x76767676) | second) & 0x80808080) === 0
}

/** The number that four digits are. */
export function fourDigits(word: number): number {
  const pairs = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff
  return (Math.imul(pairs, 100) + (pairs >>> 16)) & 0xffff
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
