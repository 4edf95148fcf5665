import { AboxError } from '#core/errors'
import { HDate, HDouble, HDoubles, type HessianValue, HInt, HList, HLong, HMap, HObject } from './values.ts'
import { hessianWriteErrors } from './write-errors.ts'
import type { HessianWriter } from './writer.ts'

const MAX_DEPTH = 256

/**
 * Writes a value as the wire names it. An `HList`, `HDoubles`, `HMap` or `HObject` that occurs again in the same stream,
 * inside itself or beside, becomes a reference. ABOX_HESSIAN_WRITE for numbers and dates out of range, maps and objects
 * whose two lists differ in length, nesting above 256.
 */
export function encodeValue(writer: HessianWriter, value: HessianValue): void {
  encode(writer, value, 0)
}

function encode(writer: HessianWriter, value: HessianValue, depth: number): void {
  if (typeof value === 'string') writer.string(value)
  else if (value === null) writer.null()
  else if (typeof value === 'boolean') writer.boolean(value)
  // The commonest first: each test of a class takes as long as writing a small number.
  else if (value instanceof HDouble) writer.double(value.value)
  else if (value instanceof HInt) writer.int(checkedInt(value.value))
  else if (value instanceof HLong) writer.long(checked64Bits('HLong', value.value))
  else encodeOther(writer, value, depth)
}

type Other = HObject | HMap | HList | HDate | HDoubles | Buffer

function encodeOther(writer: HessianWriter, value: Other, depth: number): void {
  if (value instanceof HObject) encodeObject(writer, value, depth)
  else if (value instanceof HMap) encodeMap(writer, value, depth)
  else if (value instanceof HList) encodeList(writer, value, depth)
  else if (value instanceof HDate) writer.date(checked64Bits('HDate', value.ms))
  else if (value instanceof HDoubles) {
    if (begins(writer, value, HDoubles.serialOf(value), depth)) writer.doubles(value.values, value.type)
  } else writer.binary(value)
}

function encodeObject(writer: HessianWriter, value: HObject, depth: number): void {
  if (!begins(writer, value, HObject.serialOf(value), depth)) return
  const { className, names, values } = value
  if (names.length !== values.length) {
    throw unwritable(`an HObject of ${className} has ${names.length} names and ${values.length} values`)
  }
  writer.object(className, names)
  for (let i = 0; i < values.length; i++) encode(writer, values[i] as HessianValue, depth + 1)
}

function encodeMap(writer: HessianWriter, value: HMap, depth: number): void {
  if (!begins(writer, value, HMap.serialOf(value), depth)) return
  const { keys, values } = value
  if (keys.length !== values.length) throw unwritable(`an HMap has ${keys.length} keys and ${values.length} values`)
  writer.mapBegin(value.type)
  for (let i = 0; i < keys.length; i++) {
    encode(writer, keys[i] as HessianValue, depth + 1)
    encode(writer, values[i] as HessianValue, depth + 1)
  }
  writer.mapEnd()
}

function encodeList(writer: HessianWriter, value: HList, depth: number): void {
  if (!begins(writer, value, HList.serialOf(value), depth)) return
  const { items } = value
  writer.listBegin(items.length, value.type)
  for (let i = 0; i < items.length; i++) encode(writer, items[i] as HessianValue, depth + 1)
}

/** Whether the container is to be written; false when it was before, and a reference stands for it now. */
function begins(writer: HessianWriter, value: object, serial: number, depth: number): boolean {
  if (depth === MAX_DEPTH) throw unwritable(`values nest deeper than ${MAX_DEPTH} levels`)
  return !writer.refTo(value, serial)
}

function checkedInt(value: number): number {
  if ((value | 0) !== value) throw unwritable(`HInt ${value} is no whole number of 32 bits`)
  return value
}

function checked64Bits(what: string, value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw unwritable(`${what} ${value} is no whole number of 64 bits`)
  return value
}

function unwritable(what: string): AboxError {
  return new AboxError(hessianWriteErrors.ABOX_HESSIAN_WRITE, what)
}
