import { JsonOutline, type JsonReader } from '#lib/json'
import type { JavaBean, JavaType } from './java-type.ts'
import { BEAN, ELEMENT, type JsonJob, writeNull } from './json-job.ts'

/** How many fields are compared before the key is looked up: keys without value are often left out. */
const AHEAD = 4

/** Kinds whose values are no objects on the wire. Object and Number are not among them: they may be a BigInteger. */
const CLASSLESS: ReadonlySet<JavaType['kind']> = new Set([
  ...(['boolean', 'byte', 'short', 'int', 'long', 'float', 'double', 'char'] as const),
  ...(['string', 'date', 'bytes'] as const)
])

/** What is known while objects are written: one stack of fields for the whole value instead of lists per object. */
export class BeanFields {
  /** The numbers of the fields of the objects that are begun, one object after the other. */
  readonly numbers: number[] = []
  /** Where the value of each field starts. */
  readonly offsets: number[] = []
  readonly outline: JsonOutline = new JsonOutline()
  /** The fields that objects of a class had last, when they were not all of them. */
  readonly #last = new Map<JavaBean, readonly string[]>()
  readonly #flat = new Map<JavaBean, boolean>()

  /** Whether nothing in objects of the class is an object of a class. */
  isFlat(type: JavaBean): boolean {
    let flat = this.#flat.get(type)
    if (flat === undefined) {
      flat = true
      for (const field of type.fields.values()) flat &&= definesNothing(field)
      this.#flat.set(type, flat)
    }
    return flat
  }

  /** The names of the fields from `from` on: the same list again for objects with the same fields. */
  names(type: JavaBean, from: number): readonly string[] {
    const { numbers } = this
    if (this.#are(type, type.names, from)) return type.names
    const last = this.#last.get(type)
    if (last !== undefined && this.#are(type, last, from)) return last
    const names: string[] = []
    for (let i = from; i < numbers.length; i++) names.push(type.names[numbers[i] as number] as string)
    this.#last.set(type, names)
    return names
  }

  #are(type: JavaBean, names: readonly string[], from: number): boolean {
    const { numbers } = this
    if (numbers.length - from !== names.length) return false
    for (let i = 0; i < names.length; i++) if (type.names[numbers[from + i] as number] !== names[i]) return false
    return true
  }
}

/**
 * A bean from a JSON object. Keys that are no field of the class are skipped, `class` among them; fields without key are
 * left out and keep their default in Java.
 *
 * Consumers that convert maps by the declared type take beans as maps. They do not look into a List, Map or array field
 * of a bean, so that beans there must be objects of their class.
 */
export function writeBean(job: JsonJob, type: JavaBean, place: number, fields: BeanFields): void {
  if (job.reader.peek() !== 'object') writeNull(job, type)
  else if (job.form === 'generic' || (job.form === 'maps' && place !== (BEAN | ELEMENT))) writeMap(job, type)
  else if (fields.isFlat(type)) writeFlat(job, type, fields)
  else writeObject(job, type, fields)
}

/** Nobody knows the type of a field that is declared as a type parameter, as with the elements of containers. */
function placeOf({ erased }: JavaBean, name: string): number {
  return erased?.has(name) === true ? BEAN | ELEMENT : BEAN
}

function writeMap(job: JsonJob, type: JavaBean): void {
  const { reader, writer } = job
  writer.mapBegin()
  if (job.form === 'generic') {
    writer.string('class')
    writer.string(type.name)
  }
  if (reader.enterObject()) {
    let next = 0
    do {
      reader.scanKey()
      const index = fieldIndex(reader, type, next)
      if (index < 0) reader.skip()
      else {
        next = index + 1
        const name = type.names[index] as string
        writer.string(name)
        job.value(type.fields.get(name) as JavaType, placeOf(type, name))
      }
    } while (reader.nextKey())
  }
  writer.mapEnd()
}

/** The class with its fields comes before the values, but nothing in them depends on it: it is put there afterwards. */
function writeFlat(job: JsonJob, type: JavaBean, fields: BeanFields): void {
  const { reader, writer } = job
  const { numbers } = fields
  const from = numbers.length
  const opened = writer.objectOpen()
  if (reader.enterObject()) {
    let next = 0
    do {
      reader.scanKey()
      const index = fieldIndex(reader, type, next)
      if (index < 0) reader.skip()
      else {
        next = index + 1
        numbers.push(index)
        const name = type.names[index] as string
        job.value(type.fields.get(name) as JavaType, placeOf(type, name))
      }
    } while (reader.nextKey())
  }
  writer.objectClose(opened, type.name, fields.names(type, from))
  numbers.length = from
}

/**
 * The class with its fields comes before the values: one pass finds the fields, then each value is written from its place.
 * What the pass found out about the values is kept until the outermost object is done.
 */
function writeObject(job: JsonJob, type: JavaBean, fields: BeanFields): void {
  const { reader, writer } = job
  const { numbers, offsets, outline } = fields
  const from = numbers.length
  if (reader.enterObject()) {
    let next = 0
    do {
      reader.scanKey()
      const index = fieldIndex(reader, type, next)
      if (index >= 0) {
        next = index + 1
        numbers.push(index)
        offsets.push(reader.pos)
      }
      outline.skip(reader)
    } while (reader.nextKey())
  }
  const end = reader.pos
  const to = numbers.length
  const names = fields.names(type, from)
  writer.object(type.name, names)
  for (let i = from; i < to; i++) {
    reader.pos = offsets[i] as number
    const name = names[i - from] as string
    job.value(type.fields.get(name) as JavaType, placeOf(type, name))
  }
  reader.pos = end
  numbers.length = from
  offsets.length = from
  if (from === 0) outline.clear()
}

/**
 * The number of the field that the reader has scanned as key, −1 when it is none. JSON is mostly written in the order of
 * the fields, so that comparing with the `next` ones finds it without making a string to look up.
 */
function fieldIndex(reader: JsonReader, { names, fields }: JavaBean, next: number): number {
  const stop = Math.min(names.length, next + AHEAD)
  for (let i = next; i < stop; i++) if (reader.stringIs(names[i] as string)) return i
  const name = reader.stringText()
  return fields.has(name) ? names.indexOf(name) : -1
}

/** Whether values of the type never define a class on the wire. */
function definesNothing(type: JavaType): boolean {
  if (type.kind === 'array') return definesNothing(type.component)
  if (type.kind === 'list') return definesNothing(type.element)
  if (type.kind === 'map') return definesNothing(type.key) && definesNothing(type.value)
  return CLASSLESS.has(type.kind)
}
