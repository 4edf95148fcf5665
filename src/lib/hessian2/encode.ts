import { AboxError } from '#core/errors'
import { HDate, HDouble, HDoubles, type HessianValue, HInt, HList, HLong, HMap, type HObject } from './values.ts'
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
  else if (value instanceof HDouble) writer.double(value.value)
  else if (value instanceof HInt) writer.int(checkedInt(value.value))
  else if (value instanceof HLong) writer.long(checked64Bits('HLong', value.value))
  else if (value instanceof HDate) writer.date(checked64Bits('HDate', value.ms))
  else if (value instanceof Uint8Array) writer.binary(value)
  else encodeContainer(writer, value, depth)
}

function encodeContainer(writer: HessianWriter, value: HList | HDoubles | HMap | HObject, depth: number): void {
  if (depth === MAX_DEPTH) throw unwritable(`values nest deeper than ${MAX_DEPTH} levels`)
  if (writer.refTo(value)) return
  if (value instanceof HList) {
    const { items } = value
    writer.listBegin(items.length, value.type)
    for (let i = 0; i < items.length; i++) encode(writer, items[i] as HessianValue, depth + 1)
  } else if (value instanceof HDoubles) writer.doubles(value.values, value.type)
  else if (value instanceof HMap) {
    const { keys, values } = value
    if (keys.length !== values.length) throw unwritable(`an HMap has ${keys.length} keys and ${values.length} values`)
    writer.mapBegin(value.type)
    for (let i = 0; i < keys.length; i++) {
      encode(writer, keys[i] as HessianValue, depth + 1)
      encode(writer, values[i] as HessianValue, depth + 1)
    }
    writer.mapEnd()
  } else encodeObject(writer, value, depth)
}

function encodeObject(writer: HessianWriter, { className, names, values }: HObject, depth: number): void {
  if (names.length !== values.length) {
    throw unwritable(`an HObject of ${className} has ${names.length} names and ${values.length} values`)
  }
  writer.object(className, names)
  for (let i = 0; i < values.length; i++) encode(writer, values[i] as HessianValue, depth + 1)
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
