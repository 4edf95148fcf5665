import { HDate, HDouble, HDoubles, type HessianValue, HInt, HLong, HMap, HObject } from '../src/lib/hessian2/index.ts'

/**
 * The meaning of a value without its Java types, to compare what different codecs make of it: all numbers are numbers,
 * dates their ms, objects have their class as in the gateway's JSON. For numbers within 2^53 and maps with string keys.
 */
export function plainOf(value: HessianValue): unknown {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value
  if (value instanceof HInt || value instanceof HDouble) return value.value
  if (value instanceof HLong) return Number(value.value)
  if (value instanceof HDate) return Number(value.ms)
  if (value instanceof HDoubles) return Array.from(value.values)
  if (value instanceof HMap) return zip(value.keys.map(String), value.values, {})
  if (value instanceof HObject) return zip(value.names, value.values, { class: value.className })
  return value.items.map(plainOf)
}

function zip(names: readonly string[], values: readonly HessianValue[], into: Record<string, unknown>): object {
  for (const [i, name] of names.entries()) into[name] = plainOf(values[i] ?? null)
  return into
}
