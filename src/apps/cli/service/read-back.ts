import { HDate, HDouble, HDoubles, type HessianValue, HInt, HList, HLong, HMap, HObject } from '#lib/hessian2'
import type { JavaBean, JavaMap, JavaType } from '#lib/java-types'
import { isItems, isMembers, JsonNumber, type JsonTree, showTree } from './json-tree.ts'

/** A place where what was read back is not what the JSON says. */
export interface Mismatch {
  readonly path: string
  readonly found: string
  readonly expected: string
}

/** What of the JSON does not reach Java, and what Java will not find in it; element indexes as []. */
export interface Omissions {
  readonly ignored: ReadonlySet<string>
  readonly absent: ReadonlySet<string>
}

/**
 * Compares a Hessian value that was written as `type` with the JSON that it was written from: the kind of every value,
 * every digit, every name. `objects` tells in which form beans were written.
 */
export function readBack(type: JavaType, json: JsonTree, value: HessianValue, objects: boolean): Mismatch[] {
  const check = new Check(objects)
  check.value(type, json, value, '')
  return check.mismatches
}

/** Keys of objects that are no field of the bean there, and fields without key. */
export function omissionsOf(type: JavaType, json: JsonTree): Omissions {
  const found = { ignored: new Set<string>(), absent: new Set<string>() }
  collectOmissions(type, json, '', found)
  return found
}

interface Collected {
  readonly ignored: Set<string>
  readonly absent: Set<string>
}

function collectOmissions(type: JavaType, json: JsonTree, path: string, found: Collected): void {
  if (isMembers(json)) {
    if (type.kind === 'bean') beanOmissions(type, json, path, found)
    else if (type.kind === 'map') {
      for (const item of json.values()) collectOmissions(type.value, item, `${path}[]`, found)
    }
  } else if (isItems(json) && (type.kind === 'list' || type.kind === 'array')) {
    const element = type.kind === 'list' ? type.element : type.component
    for (const item of json) collectOmissions(element, item, `${path}[]`, found)
  }
}

function beanOmissions(type: JavaBean, json: ReadonlyMap<string, JsonTree>, path: string, found: Collected): void {
  for (const key of json.keys()) if (!type.fields.has(key) && key !== 'class') found.ignored.add(join(path, key))
  for (const [name, field] of type.fields) {
    const item = json.get(name)
    if (item === undefined) found.absent.add(join(path, name))
    else collectOmissions(field, item, join(path, name), found)
  }
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

class Check {
  readonly mismatches: Mismatch[] = []
  readonly #objects: boolean

  constructor(objects: boolean) {
    this.#objects = objects
  }

  value(type: JavaType, json: JsonTree, value: HessianValue, path: string): void {
    if (json === null || value === null) {
      if (json !== value && type.kind !== 'void') this.#differs(path, value, `${showTree(json)} as ${type.text}`)
      return
    }
    if (type.kind === 'list') this.#items(type.element, json, value, path)
    else if (type.kind === 'array') this.#items(type.component, json, value, path)
    else if (type.kind === 'map') this.#map(type, json, value, path)
    else if (type.kind === 'bean') this.#bean(type, json, value, path)
    else if (!scalarAgrees(type, json, value)) this.#differs(path, value, `${showTree(json)} as ${type.text}`)
  }

  #items(element: JavaType, json: JsonTree, value: HessianValue, path: string): void {
    const items = itemsOf(value)
    if (!isItems(json) || items === undefined || items.length !== json.length) {
      this.#differs(path, value, `a list of ${isItems(json) ? json.length : 0}`)
      return
    }
    for (const [index, item] of json.entries()) this.value(element, item, items[index] ?? null, `${path}[${index}]`)
  }

  /** Both are in the order of the JSON. */
  #map(type: JavaMap, json: JsonTree, value: HessianValue, path: string): void {
    if (!isMembers(json) || !(value instanceof HMap) || value.keys.length !== json.size) {
      this.#differs(path, value, showTree(json))
      return
    }
    for (const [index, [key, item]] of [...json].entries()) {
      const at = `${path}[${JSON.stringify(key)}]`
      const found = value.keys[index] ?? null
      if (!keyAgrees(type.key, key, found))
        this.#differs(at, found, `the key ${JSON.stringify(key)} as ${type.key.text}`)
      this.value(type.value, item, value.values[index] ?? null, at)
    }
  }

  #bean(type: JavaBean, json: JsonTree, value: HessianValue, path: string): void {
    const fields = fieldsOf(value)
    const named = value instanceof HObject && value.className === type.name
    if (!isMembers(json) || fields === undefined || (this.#objects && !named)) {
      this.#differs(path, value, `an object of ${type.name}`)
      return
    }
    for (const [name, field] of type.fields) {
      const item = json.get(name)
      if (item === undefined) continue
      if (fields.has(name)) this.value(field, item, fields.get(name) ?? null, join(path, name))
      else this.mismatches.push({ path: join(path, name), found: 'nothing', expected: showTree(item) })
    }
  }

  #differs(path: string, value: HessianValue, expected: string): void {
    this.mismatches.push({ path: path === '' ? '(the result)' : path, found: showValue(value), expected })
  }
}

function itemsOf(value: HessianValue): readonly HessianValue[] | undefined {
  if (value instanceof HList) return value.items
  return value instanceof HDoubles ? Array.from(value.values, (item) => new HDouble(item)) : undefined
}

/** The last of a name is the one that counts. */
function fieldsOf(value: HessianValue): ReadonlyMap<string, HessianValue> | undefined {
  if (value instanceof HObject) return new Map(value.names.map((name, index) => [name, value.values[index] ?? null]))
  if (value instanceof HMap) return new Map(value.keys.map((key, index) => [String(key), value.values[index] ?? null]))
  return undefined
}

type Agrees = (json: JsonTree, value: HessianValue) => boolean

const wholeAgrees: Agrees = (json, value) => value instanceof HInt && sameNumber(json, String(value.value))
const doubleAgrees: Agrees = (json, value) => value instanceof HDouble && Object.is(Number(textOf(json)), value.value)
const sameAgrees: Agrees = (json, value) => value === json

/** Times, UUIDs and big integers are objects of Java's own layout, and untyped values go by their form: they are not here. */
const SCALARS: Readonly<Partial<Record<JavaType['kind'], Agrees>>> = {
  byte: wholeAgrees,
  short: wholeAgrees,
  int: wholeAgrees,
  long: (json, value) => (value instanceof HLong || value instanceof HInt) && sameNumber(json, String(value.value)),
  float: doubleAgrees,
  double: doubleAgrees,
  bigDecimal: (json, value) =>
    value instanceof HObject && value.className === 'java.math.BigDecimal' && value.values[0] === textOf(json),
  string: sameAgrees,
  char: sameAgrees,
  boolean: sameAgrees,
  date: (json, value) => value instanceof HDate && (typeof json === 'string' || sameNumber(json, String(value.ms))),
  bytes: (json, value) => Buffer.isBuffer(value) && (typeof json !== 'string' || sameBytes(json, value))
}

function scalarAgrees(type: JavaType, json: JsonTree, value: HessianValue): boolean {
  if (type.kind === 'enum') return value instanceof HObject && value.className === type.name && value.values[0] === json
  return SCALARS[type.kind]?.(json, value) ?? true
}

/** Exact, in any notation of a whole number: 12, 12.0, 1.2e1. */
function sameNumber(json: JsonTree, digits: string): boolean {
  const text = textOf(json)
  return text === digits || (Number.isSafeInteger(Number(text)) && Number(text) === Number(digits))
}

const textOf = (json: JsonTree): string => (json instanceof JsonNumber ? json.text : String(json))

const sameBytes = (text: string, value: Buffer): boolean => Buffer.from(text, 'base64').equals(value)

function keyAgrees(type: JavaType, key: string, value: HessianValue): boolean {
  if (type.kind === 'string' || type.kind === 'object') return value === key
  if (type.kind === 'boolean') return String(value) === key
  return type.kind === 'char' || type.kind === 'enum'
    ? scalarAgrees(type, key, value)
    : scalarAgrees(type, new JsonNumber(key), value)
}

function showValue(value: HessianValue): string {
  if (value === null) return 'null'
  if (value instanceof HInt) return `int ${value.value}`
  if (value instanceof HLong) return `long ${value.value}`
  if (value instanceof HDouble) return `double ${value.value}`
  if (value instanceof HDate) return `date ${value.ms}`
  if (value instanceof HList) return `a list of ${value.items.length}`
  if (value instanceof HDoubles) return `a list of ${value.values.length} doubles`
  if (value instanceof HMap) return `a map of ${value.keys.length}`
  if (value instanceof HObject) return `an object of ${value.className}`
  if (Buffer.isBuffer(value)) return `${value.length} bytes`
  return JSON.stringify(value).slice(0, 80)
}
