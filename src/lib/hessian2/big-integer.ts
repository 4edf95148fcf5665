import type { HessianWriter } from './writer.ts'

const CLASS = 'java.math.BigInteger'
/**
 * The private fields that Java 9 and later have and Java sends. The four caches may be 0: Java fills them when it needs
 * them. Java 8 has `signum` and `mag` under the same names and skips the others.
 */
const FIELDS = [
  'mag',
  'firstNonzeroIntNumPlusTwo',
  'lowestSetBitPlusTwo',
  'bitLengthPlusOne',
  'bitCountPlusOne',
  'signum'
]

/** Writes a `java.math.BigInteger`: sign and magnitude in 32-bit words, highest first, without leading zero words. */
export function writeBigInteger(writer: HessianWriter, value: bigint): void {
  const size = value < 0n ? -value : value
  const hex = size === 0n ? '' : size.toString(16)
  const words = Math.ceil(hex.length / 8)
  writer.object(CLASS, FIELDS)
  writer.listBegin(words, '[int')
  for (let i = words; i > 0; i--) {
    const end = hex.length - (i - 1) * 8
    writer.int(Number.parseInt(hex.slice(Math.max(0, end - 8), end), 16) | 0)
  }
  for (let i = 0; i < 4; i++) writer.int(0)
  writer.int(value === 0n ? 0 : value < 0n ? -1 : 1)
}
