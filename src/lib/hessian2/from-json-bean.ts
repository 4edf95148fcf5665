import type { JsonReader } from '#lib/json'
import type { JavaBean, JavaType } from './java-type.ts'
import { BEAN, ELEMENT, type JsonJob, writeNull } from './json-job.ts'

/** How many fields are compared before the key is looked up: keys without value are often left out. */
const AHEAD = 4

/** Fields of the objects being written, one after the other: one stack for the whole value instead of lists per object. */
export interface FieldStack {
  readonly names: string[]
  readonly types: JavaType[]
  /** Where the value of each field starts. */
  readonly offsets: number[]
}

/**
 * A bean from a JSON object. Keys that are no field of the class are skipped, `class` among them; fields without key are
 * left out and keep their default in Java.
 *
 * Consumers that convert maps by the declared type take beans as maps. They do not look into a List, Map or array field
 * of a bean, so that beans there must be objects of their class.
 */
export function writeBean(job: JsonJob, type: JavaBean, place: number, stack: FieldStack): void {
  if (job.reader.peek() !== 'object') writeNull(job, type)
  else if (job.objects || place === (BEAN | ELEMENT)) writeObject(job, type, stack)
  else writeMap(job, type)
}

function writeMap(job: JsonJob, type: JavaBean): void {
  const { reader, writer } = job
  writer.mapBegin()
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
        job.value(type.fields.get(name) as JavaType, BEAN)
      }
    } while (reader.nextKey())
  }
  writer.mapEnd()
}

/** The class with its fields comes before the values: one pass finds the fields, then each value is written from its place. */
function writeObject(job: JsonJob, type: JavaBean, stack: FieldStack): void {
  const { reader, writer } = job
  const { names, types, offsets } = stack
  const from = names.length
  if (reader.enterObject()) {
    let next = 0
    do {
      reader.scanKey()
      const index = fieldIndex(reader, type, next)
      if (index >= 0) {
        next = index + 1
        const name = type.names[index] as string
        names.push(name)
        types.push(type.fields.get(name) as JavaType)
        offsets.push(reader.pos)
      }
      reader.skip()
    } while (reader.nextKey())
  }
  const end = reader.pos
  const to = names.length
  writer.object(type.name, names, from, to)
  for (let i = from; i < to; i++) {
    reader.pos = offsets[i] as number
    job.value(types[i] as JavaType, BEAN)
  }
  reader.pos = end
  names.length = from
  types.length = from
  offsets.length = from
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
