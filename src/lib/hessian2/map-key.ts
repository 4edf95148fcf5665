import { writeBigInteger } from './big-integer.ts'
import { fits, fitsLong, integerText, isDecimal, writeDecimalText } from './from-json-numbers.ts'
import { constantsOf, copyScanned, writeConstant, writeUuidText } from './from-json-text.ts'
import { textualOf, writeTextualText } from './from-json-textual.ts'
import { writeMilliseconds, writeTimeText } from './from-json-time.ts'
import type { JavaType } from './java-type.ts'
import { type JsonJob, mismatchAt } from './json-job.ts'
import type { HessianWriter } from './writer.ts'

type WholeKind = 'byte' | 'short' | 'int' | 'long' | 'bigInteger'
const SPECIAL = /^(?:NaN|-?Infinity)$/

/**
 * Writes the key that the reader has scanned last as a key of the declared type: Java keeps the keys of a map as they come,
 * so that the string "1" would never be found as the long 1.
 */
export function writeKey(job: JsonJob, type: JavaType): void {
  const { reader } = job
  if (type.kind === 'string' || type.kind === 'object') {
    // The commonest keys are copied without making strings of them.
    copyScanned(job)
    return
  }
  if (writeKeyText(job, type, reader.stringText())) return
  const expected = type.kind === 'enum' ? constantsOf(type) : type.kind === 'textual' ? textualOf(type) : type.text
  throw mismatchAt(job, reader.stringStart - 1, `a key of type ${expected}`)
}

/** False, and nothing is written, when the text is no value of the type. */
function writeKeyText(job: JsonJob, type: JavaType, text: string): boolean {
  const { writer } = job
  switch (type.kind) {
    case 'byte':
    case 'short':
    case 'int':
    case 'long':
    case 'bigInteger':
      return writeWhole(writer, type.kind, text)
    case 'float':
    case 'double':
    case 'number':
      return writeFraction(writer, text)
    case 'boolean':
      if (text !== 'true' && text !== 'false') return false
      writer.boolean(text === 'true')
      return true
    case 'char':
      if (text.length !== 1) return false
      writer.string(text)
      return true
    case 'enum':
      return writeConstant(job, type, text)
    case 'uuid':
      return writeUuidText(writer, text)
    case 'bigDecimal':
      return writeDecimalText(writer, text)
    case 'date':
    case 'sqlDate':
    case 'calendar':
    case 'instant':
    case 'localDate':
    case 'localTime':
    case 'localDateTime':
      return writeTimeText(job, type, text) || writeMilliseconds(writer, type, millisecondsOf(text))
    case 'string':
    case 'object':
      writer.string(text)
      return true
    case 'textual':
      return writeTextualText(writer, type, text)
    // None of these can be a key in JSON.
    case 'array':
    case 'atomic':
    case 'bean':
    case 'bitSet':
    case 'bytes':
    case 'enumSet':
    case 'list':
    case 'map':
    case 'void':
      return false
  }
}

function writeWhole(writer: HessianWriter, kind: WholeKind, text: string): boolean {
  const value = integerText(text)
  if (value === undefined) return false
  if (kind === 'bigInteger') writeBigInteger(writer, value)
  else if (kind === 'long' && fitsLong(value)) writer.long(value)
  else if (kind !== 'long' && fits(kind, Number(value))) writer.int(Number(value))
  else return false
  return true
}

function writeFraction(writer: HessianWriter, text: string): boolean {
  if (!isDecimal(text) && !SPECIAL.test(text)) return false
  writer.double(Number(text))
  return true
}

function millisecondsOf(text: string): bigint | undefined {
  return /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined
}
