import { HDate, HDouble, HDoubles, type HessianValue, HInt, HList, HLong, HMap, type HObject } from '#lib/hessian2'

/**
 * A value as text that says all of it: kinds, types, names, and by numbers which containers are the same one. Two values
 * have the same text when they are the same graph: cycles and shared references included, −0 and NaN told apart.
 */
export function graphText(value: HessianValue): string {
  const known = new Map<object, number>()
  const text = (inner: HessianValue): string => {
    if (inner === null || typeof inner === 'boolean' || typeof inner === 'string') return JSON.stringify(inner)
    if (inner instanceof HInt) return `int ${inner.value}`
    if (inner instanceof HLong) return `long ${inner.value}`
    if (inner instanceof HDate) return `date ${inner.ms}`
    if (inner instanceof HDouble) return double(inner.value)
    if (Buffer.isBuffer(inner)) return `bytes ${inner.toString('hex')}`
    return container(inner)
  }
  const container = (inner: HList | HDoubles | HMap | HObject): string => {
    const before = known.get(inner)
    if (before !== undefined) return `#${before}`
    known.set(inner, known.size)
    if (inner instanceof HDoubles) return `doubles ${inner.type}[${[...inner.values].map(double).join()}]`
    if (inner instanceof HList) return `list ${inner.type}[${inner.items.map(text).join()}]`
    if (inner instanceof HMap) {
      return `map ${inner.type}{${inner.keys.map((key, i) => `${text(key)}:${text(inner.values[i] ?? null)}`).join()}}`
    }
    return `object ${inner.className}(${inner.names.join()})(${inner.values.map(text).join()})`
  }
  return text(value)
}

const double = (value: number): string => `double ${Object.is(value, -0) ? '-0' : value}`
