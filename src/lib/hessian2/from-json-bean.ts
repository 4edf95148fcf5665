import type { JsonReader } from '#lib/json'
import { type BeanPlan, planOf } from './bean-plan.ts'
import type { JavaBean, JavaType } from './java-type.ts'
import { BEAN, ELEMENT, type JsonJob, writeNull } from './json-job.ts'

/** How many fields are compared before the key is looked up: keys without value are often left out. */
const AHEAD = 4

/**
 * A bean from a JSON object. Keys that are no field of the class are skipped, `class` among them; fields without key are
 * left out and keep their default in Java.
 *
 * Consumers that convert maps by the declared type take beans as maps. They do not look into a List, Map or array field
 * of a bean, so that beans there must be objects of their class.
 */
export function writeBean(job: JsonJob, type: JavaBean, place: number): void {
  if (job.reader.peek() !== 'object') {
    writeNull(job, type)
    return
  }
  const plan = planOf(type)
  if (isMap(job, place)) writeMap(job, plan)
  else if (plan.flat) writeFlat(job, plan)
  else writeObject(job, plan)
}

/** Whether a bean at this place is written as a map. */
export function isMap({ form }: JsonJob, place: number): boolean {
  return form === 'generic' || (form === 'maps' && place !== (BEAN | ELEMENT))
}

/** Begins the map of a bean. */
export function beginMap({ writer, form }: JsonJob, { bean }: BeanPlan): void {
  writer.mapBegin()
  if (form !== 'generic') return
  writer.string('class')
  writer.string(bean.name)
}

function writeMap(job: JsonJob, plan: BeanPlan): void {
  const { reader, writer } = job
  beginMap(job, plan)
  if (reader.enterObject()) {
    let next = 0
    do {
      const index = scanField(reader, plan, next)
      if (index < 0) reader.skip()
      else {
        next = index + 1
        writer.encoded(plan.names[index] as Buffer)
        job.value(plan.types[index] as JavaType, plan.places[index] as number)
      }
    } while (reader.nextKey())
  }
  writer.mapEnd()
}

/**
 * The class with its fields comes before the values, but nothing in them depends on it: it is put there as it is likely to
 * be, and corrected afterwards.
 */
function writeFlat(job: JsonJob, plan: BeanPlan): void {
  const { reader, writer } = job
  const { guess } = plan
  const start = writer.pos
  writer.defined(guess.definition)
  const values = writer.pos
  /** How many fields came as guessed, and all of them when some did not. */
  let guessed = 0
  let found: number[] | undefined
  if (reader.enterObject()) {
    let next = 0
    do {
      const index = scanField(reader, plan, next)
      if (index < 0) reader.skip()
      else {
        next = index + 1
        if (found === undefined && index === guess.fields[guessed]) guessed++
        else {
          found ??= guess.fields.slice(0, guessed)
          found.push(index)
        }
        job.value(plan.types[index] as JavaType, plan.places[index] as number)
      }
    } while (reader.nextKey())
  }
  if (guessed !== guess.fields.length) found ??= guess.fields.slice(0, guessed)
  if (found !== undefined) writer.redefine(start, values, guess.definition, plan.shape(found).definition)
}

/**
 * The class with its fields comes before the values: one pass finds the fields, then each value is written from its place.
 * What the pass found out about the values is kept until the outermost object is done.
 */
function writeObject(job: JsonJob, plan: BeanPlan): void {
  const { reader, writer } = job
  const { numbers, offsets, outline } = job.fields
  const from = numbers.length
  if (reader.enterObject()) {
    let next = 0
    do {
      const index = scanField(reader, plan, next)
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
  writer.defined(plan.shape(numbers, from).definition)
  for (let i = from; i < to; i++) {
    reader.pos = offsets[i] as number
    const index = numbers[i] as number
    job.value(plan.types[index] as JavaType, plan.places[index] as number)
  }
  reader.pos = end
  numbers.length = from
  offsets.length = from
  if (from === 0) outline.clear()
}

/**
 * Consumes a key; returns the number of its field, −1 when it is none. JSON is mostly written in the order of the fields, so
 * that comparing with the `next` ones finds it without looking at the key as such.
 */
export function scanField(reader: JsonReader, { keys, bean }: BeanPlan, next: number): number {
  const stop = Math.min(keys.length, next + AHEAD)
  for (let i = next; i < stop; i++) if (reader.skipKey(keys[i] as Buffer)) return i
  const name = reader.readKey()
  return bean.fields.has(name) ? bean.names.indexOf(name) : -1
}
