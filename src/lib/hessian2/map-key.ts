import { writeBigInteger } from './big-integer.ts'
import { fits, fitsLong, integerText, isDecimal, writeDecimalText } from './from-json-numbers.ts'
import { constantsOf, copyScanned, writeConstant, writeUuidText } from './from-json-text.ts'
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
  const { reader, writer } = job
  if (type.kind === 'string' || type.kind === 'object') {
    // The commonest keys are copied without making strings of them.
    copyScanned(job)
    return
  }
  if (writeKeyText(writer, type, reader.stringText())) return
  const expected = type.kind === 'enum' ? constantsOf(type) : type.text
  throw mismatchAt(job, reader.stringStart - 1, `a key of type ${expected}`)
}

/** False, and nothing is written, when the text is no value of the type. */
function writeKeyText(writer: HessianWriter, type: JavaType, text: string): boolean {
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
      return writeConstant(writer, type, text)
    case 'uuid':
      return writeUuidText(writer, text)
    case 'bigDecimal':
      return writeDecimalText(writer, text)
    case 'date':
    case 'sqlDate':
    case 'instant':
    case 'localDate':
    case 'localTime':
    case 'localDateTime':
      return writeTimeText(writer, type, text) || writeMilliseconds(writer, type, millisecondsOf(text))
    case 'string':
    case 'object':
      writer.string(text)
      return true
    // None of these can be a key in JSON.
    case 'array':
    case 'bean':
    case 'bytes':
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

function millisecondsOf(text: string): number | undefined {
  return /^-?\d{1,16}$/.test(text) ? Number(text) : undefined
}
