import { HDouble, HDoubles, type HessianValue, HList, HMap, HObject } from '#lib/hessian2'

/** A map of pairs, which tests read better than two lists. */
export function mapOf(entries: readonly (readonly [HessianValue, HessianValue])[], type?: string): HMap {
  return new HMap(
    entries.map(([key]) => key),
    entries.map(([, value]) => value),
    type
  )
}

/** An object of named fields, of which two may have one name. */
export function objectOf(className: string, fields: readonly (readonly [string, HessianValue])[] = []): HObject {
  return new HObject(
    className,
    fields.map(([name]) => name),
    fields.map(([, value]) => value)
  )
}

export function entriesOf(map: HMap): [HessianValue, HessianValue][] {
  return map.keys.map((key, i) => [key, map.values[i] as HessianValue])
}

export function fieldsOf(object: HObject): [string, HessianValue][] {
  return object.names.map((name, i) => [name, object.values[i] as HessianValue])
}

/** A list as it is read: one of doubles only is `HDoubles`. */
export function listOf(items: HessianValue[], type?: string): HList | HDoubles {
  const doubles = items.filter((item) => item instanceof HDouble)
  if (items.length === 0 || doubles.length < items.length) return new HList(items, type)
  return new HDoubles(
    Float64Array.from(doubles, (item) => item.value),
    type
  )
}

export function itemsOf(list: HList | HDoubles): HessianValue[] {
  return list instanceof HList ? list.items : Array.from(list.values, (value) => new HDouble(value))
}
