import { AboxError, type ErrorRow } from '#core/errors'
import { hessianErrors } from './errors.ts'

/** What a value is, as far as its first byte says. `end` closes a list or map, `class` defines a class. */
export type HessianKind = 'null' | 'boolean' | 'int' | 'long' | 'double' | 'date' | 'string' | 'binary' | ContainerKind
type ContainerKind = 'list' | 'map' | 'object' | 'class' | 'ref' | 'end' | 'invalid'

// One letter for each first byte, rows of sixteen; the grammar is in reader.ts.
const LETTERS = [
  'ssssssssssssssssssssssssssssssss', // 00 string of 0…31 units
  'bbbbbbbbbbbbbbbb', // 20 binary of 0…15 bytes
  'ssssbbbbLLLLLLLL', // 30 string, binary to 1023; long
  '.bbCd.B.mittLmNo', // 40 A B C D F H I J K L M N O
  '.RssBllllLEddddd', // 50 Q R S T U V W X Y Z and doubles
  'oooooooooooooooo', // 60 object of class 0…15
  'llllllllllllllll', // 70 list of 0…7 items
  'i'.repeat(0x58), // 80 int
  'L'.repeat(0x28) // d8 long
].join('')

const NAMES: Readonly<Record<string, HessianKind>> = {
  N: 'null',
  B: 'boolean',
  i: 'int',
  L: 'long',
  d: 'double',
  t: 'date',
  s: 'string',
  b: 'binary',
  l: 'list',
  m: 'map',
  o: 'object',
  C: 'class',
  R: 'ref',
  E: 'end'
}

const KINDS = Array.from(LETTERS, (letter): HessianKind => NAMES[letter] ?? 'invalid')

/** The kind of the value that begins with this byte. */
export function kindOf(tag: number): HessianKind {
  return KINDS[tag] as HessianKind
}

/** A refusal that names the byte offset in the Hessian stream. */
export function refuse(row: ErrorRow, at: number, detail: string): AboxError {
  return new AboxError(row, `at byte ${at} of the Hessian stream: ${detail}`, { offset: at })
}

export function truncated(at: number, what: string, end: number): AboxError {
  return refuse(hessianErrors.ABOX_HESSIAN_TRUNCATED, at, `${what} was expected, the data ends at byte ${end}`)
}

export function unexpected(at: number, tag: number, expected: string): AboxError {
  const found = `0x${tag.toString(16).padStart(2, '0')} (${kindOf(tag)})`
  return refuse(hessianErrors.ABOX_HESSIAN_TAG, at, `found ${found}, expected ${expected}`)
}

function badLength(at: number, what: string, found: number, left: number): AboxError {
  return refuse(
    hessianErrors.ABOX_HESSIAN_LENGTH,
    at,
    `${what} is ${found}, expected 0 to ${left} since ${left} bytes follow`
  )
}

export function tooDeep(at: number, limit: number): AboxError {
  return refuse(
    hessianErrors.ABOX_HESSIAN_TOO_DEEP,
    at,
    `a list, map or object inside ${limit} others, at most ${limit} are allowed`
  )
}

export function tooMany(at: number, limit: number): AboxError {
  const detail = `more than ${limit} values, classes and fields in one stream`
  return refuse(hessianErrors.ABOX_HESSIAN_TOO_MANY, at, detail)
}

/**
 * The number of items, if the stream can hold so many: every item takes a byte at least. `what` was read at `at`, and the
 * items begin at `pos`.
 */
export function checkedCount(at: number, count: number, what: string, pos: number, end: number): number {
  if (count < 0) throw badLength(at, what, count, end - pos)
  if (count > end - pos) throw truncated(pos, `${count} more values, since that is ${what}`, end)
  return count
}

/** Refuses the number of an entry that a table does not have yet. */
export function checkIndex(at: number, index: number, known: number, what: string): void {
  if (index >= 0 && index < known) return
  const detail = `number ${index} of the ${what} table, which has ${known} entries so far (counted from 0)`
  throw refuse(hessianErrors.ABOX_HESSIAN_REF, at, detail)
}
