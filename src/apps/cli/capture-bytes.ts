/**
 * Bytes as people copy them out of captures and logs.
 *
 *   hex    ::= separator* (group separator*)*
 *   group  ::= "0x"? (digit digit)+                          "0x" or "0X"; digits of either case
 *   separator ::= space | tab | "-" | ":" | ","              da:bb:c2, da-bb-c2, 0xda, 0xbb, dabb c200
 *   base64 ::= RFC 4648 in either alphabet, padded or not; spaces and tabs between
 *
 * A text that is no hex is taken for base64 only when it cannot be hex with a mistake in it: the ordinary alphabet, padded
 * to a multiple of four, and at least a third of its letters are none that hex has.
 */
import { AboxError } from '#core/errors'
import { lineErrors } from './line-errors.ts'

const ZERO = 0x30
const SEPARATORS = new Set([0x20, 0x09, 0x2d, 0x3a, 0x2c])
const NO_DIGIT = 0xff
/** The value of each digit, by its byte. */
const DIGITS = new Uint8Array(256).fill(NO_DIGIT)
for (let i = 0; i < 16; i++) {
  DIGITS[i.toString(16).charCodeAt(0)] = i
  DIGITS[i.toString(16).toUpperCase().charCodeAt(0)] = i
}

/** The bytes of one line. ABOX_CLI_BYTES. */
export function parseCapture(line: Buffer, base64: boolean): Buffer {
  if (base64) return parseBase64(line)
  const result = Buffer.allocUnsafe(line.length >> 1)
  const fault = parseHex(line, result)
  if (typeof fault === 'number') return result.subarray(0, fault)
  if (isPlainlyBase64(line)) return parseBase64(line)
  throw fault
}

/** Writes the bytes into `into` and returns how many there are. */
function parseHex(line: Buffer, into: Buffer): number | AboxError {
  let length = 0
  for (let at = 0; at < line.length; ) {
    if (SEPARATORS.has(line[at] as number)) {
      at++
      continue
    }
    const prefixed = line[at] === ZERO && ((line[at + 1] ?? 0) | 0x20) === 0x78
    let digit = prefixed ? at + 2 : at
    const begin = digit
    for (; isDigit(line, digit) && isDigit(line, digit + 1); digit += 2) {
      into[length++] = (DIGITS[line[digit] as number] as number) * 16 + (DIGITS[line[digit + 1] as number] as number)
    }
    const whole = digit > begin && (digit === line.length || SEPARATORS.has(line[digit] as number))
    if (!whole) return noHex(line, isDigit(line, digit) ? digit + 1 : digit)
    at = digit
  }
  return length
}

function isDigit(line: Buffer, at: number): boolean {
  return at < line.length && DIGITS[line[at] as number] !== NO_DIGIT
}

function noHex(line: Buffer, at: number): AboxError {
  const found = at < line.length ? JSON.stringify(line.toString('utf8', at, at + 1)) : 'the end of the line'
  const detail = `character ${at + 1}: found ${found}, expected pairs of hex digits (or base64, with --base64)`
  return new AboxError(lineErrors.ABOX_CLI_BYTES, detail)
}

function isPlainlyBase64(line: Buffer): boolean {
  const text = withoutSpaces(line)
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return false
  const others = text.replace(/[0-9A-Fa-f=]+/g, '')
  return others.length * 3 >= text.length
}

function parseBase64(line: Buffer): Buffer {
  const text = withoutSpaces(line)
  const found = /[^A-Za-z0-9+/_-]/.exec(text.replace(/={0,2}$/, ''))?.[0]
  if (found !== undefined) throw noBase64(`found ${JSON.stringify(found)}, expected base64`)
  const letters = text.replace(/=+$/, '').length
  if (letters % 4 === 1)
    throw noBase64(`found ${letters} letters, expected no more or fewer than base64 has for whole bytes`)
  return Buffer.from(text, 'base64')
}

const withoutSpaces = (line: Buffer): string => line.toString('latin1').replace(/[ \t]+/g, '')

const noBase64 = (detail: string): AboxError => new AboxError(lineErrors.ABOX_CLI_BYTES, detail)
