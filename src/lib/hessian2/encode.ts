import { AboxError } from '#core/errors'
import { HDouble, type HessianValue, HInt, HList, HLong, HMap, type HObject } from './values.ts'
import { hessianWriteErrors } from './write-errors.ts'
import type { HessianWriter } from './writer.ts'

const MAX_DEPTH = 256
const INT64 = 2n ** 63n

/**
 * Writes a value as the wire names it. An `HList`, `HMap` or `HObject` that occurs again in the same stream, inside
 * itself or beside, becomes a reference. ABOX_HESSIAN_WRITE for numbers out of range, invalid dates, nesting above 256.
 */
export function encodeValue(writer: HessianWriter, value: HessianValue): void {
  encode(writer, value, 0)
}

function encode(writer: HessianWriter, value: HessianValue, depth: number): void {
  if (value === null) writer.null()
  else if (typeof value === 'string') writer.string(value)
  else if (typeof value === 'boolean') writer.boolean(value)
  else if (value instanceof HInt) writer.int(checkedInt(value.value))
  else if (value instanceof HLong) writer.long(checkedLong(value.value))
  else if (value instanceof HDouble) writer.double(value.value)
  else if (value instanceof Date) writer.date(checkedDate(value))
  else if (Buffer.isBuffer(value)) writer.binary(value)
  else encodeContainer(writer, value, depth)
}

function encodeContainer(writer: HessianWriter, value: HList | HMap | HObject, depth: number): void {
  if (depth === MAX_DEPTH) throw unwritable(`values nest deeper than ${MAX_DEPTH} levels`)
  if (writer.refTo(value)) return
  if (value instanceof HList) {
    writer.listBegin(value.items.length, value.type)
    for (const item of value.items) encode(writer, item, depth + 1)
  } else if (value instanceof HMap) {
    writer.mapBegin(value.type)
    for (const [key, item] of value.entries) {
      encode(writer, key, depth + 1)
      encode(writer, item, depth + 1)
    }
    writer.mapEnd()
  } else {
    const names = value.fields.map(([name]) => name)
    writer.object(value.className, names)
    for (const [, item] of value.fields) encode(writer, item, depth + 1)
  }
}

function checkedInt(value: number): number {
  if ((value | 0) !== value) throw unwritable(`HInt ${value} is no whole number of 32 bits`)
  return value
}

function checkedLong(value: bigint): bigint {
  if (value < -INT64 || value >= INT64) throw unwritable(`HLong ${value} is no whole number of 64 bits`)
  return value
}

function checkedDate(value: Date): number {
  const ms = value.getTime()
  if (Number.isNaN(ms)) throw unwritable('a Date is invalid')
  return ms
}

function unwritable(what: string): AboxError {
  return new AboxError(hessianWriteErrors.ABOX_HESSIAN_WRITE, what)
}
