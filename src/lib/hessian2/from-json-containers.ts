import { writeDouble, writeLong, writeSmallInteger } from './from-json-numbers.ts'
import type { JavaArray, JavaList, JavaMap, JavaType } from './java-type.ts'
import { ELEMENT, type JsonJob, writeNull } from './json-job.ts'
import { writeKey } from './map-key.ts'

/**
 * Arrays that every consumer also takes as typed lists, which spare it a box for each element. `[float` and `[boolean` are not
 * among them: a consumer that converts untyped answers refuses the one, and the other was never tried.
 */
const TYPED = new Set(['[int', '[long', '[double', '[string'])

/**
 * A list or set: an untyped list, whose elements must be exact because Java does not convert them. Nor does it convert a list
 * inside another container, so that there it is named after its class.
 */
export function writeList(job: JsonJob, type: JavaList, place: number): void {
  if (job.reader.peek() === 'array') writeItems(job, type.element, place | ELEMENT, wireNameOf(type, place))
  else writeNull(job, type)
}

/** An array. Inside other containers nobody converts a list to it, so that it must be a typed list there. */
export function writeArray(job: JsonJob, type: JavaArray, place: number): void {
  const wireName = (place & ELEMENT) !== 0 || TYPED.has(type.wireName) ? type.wireName : undefined
  if (job.reader.peek() === 'array') writeItems(job, type.component, place | ELEMENT, wireName)
  else writeNull(job, type)
}

/** A map: keys are made from the text of the JSON keys by their type. */
export function writeMap(job: JsonJob, type: JavaMap, place: number): void {
  const { reader, writer } = job
  if (reader.peek() !== 'object') {
    writeNull(job, type)
    return
  }
  writer.mapBegin(wireNameOf(type, place))
  if (reader.enterObject()) {
    do {
      reader.scanKey()
      writeKey(job, type.key)
      job.value(type.value, place | ELEMENT)
    } while (reader.nextKey())
  }
  writer.mapEnd()
}

function wireNameOf(type: JavaList | JavaMap, place: number): string | undefined {
  return type.always === true || (place & ELEMENT) !== 0 ? type.wireName : undefined
}

function writeItems(job: JsonJob, element: JavaType, place: number, wireName?: string): void {
  const { reader, writer } = job
  const opened = writer.listOpen(wireName)
  let count = 0
  if (reader.enterArray()) {
    if (element.kind === 'double' || element.kind === 'float') count = writeDoubles(job, element)
    else if (element.kind === 'int' || element.kind === 'long') count = writeIntegers(job, element)
    else {
      do {
        job.value(element, place)
        count++
      } while (reader.nextElement())
    }
  }
  writer.listClose(opened, count)
}

/** The elements of the commonest answer, a row of scores; returns how many. */
function writeDoubles(job: JsonJob, element: JavaType): number {
  const { reader, writer, row } = job
  let count = 0
  do {
    reader.readRow(row)
    writer.doubleItems(row.values, row.count)
    writeDouble(job, element)
    count += row.count + 1
  } while (reader.nextElement())
  return count
}

/** The elements of a row of ints or longs, as `writeDoubles`; a row in which one is too large for it or wrong goes the usual way. */
function writeIntegers(job: JsonJob, element: JavaType & { kind: 'int' | 'long' }): number {
  const { reader, writer, row } = job
  const limit = element.kind === 'int' ? 0x7fffffff : Number.MAX_SAFE_INTEGER
  let count = 0
  do {
    const start = reader.pos
    reader.readRow(row, true)
    count += row.count + 1
    // A fraction that a double cannot hold would look whole: how the numbers are written decides.
    if (row.whole && row.isWhole(limit)) {
      if (element.kind === 'int') writer.intItems(row.values, row.count)
      else for (let i = 0; i < row.count; i++) writer.long(row.values[i] as number)
    } else {
      reader.pos = start
      for (let i = 0; i < row.count; i++) {
        writeInteger(job, element)
        reader.nextElement()
      }
    }
    writeInteger(job, element)
  } while (reader.nextElement())
  return count
}

function writeInteger(job: JsonJob, element: JavaType & { kind: 'int' | 'long' }): void {
  if (element.kind === 'int') writeSmallInteger(job, element)
  else writeLong(job, element)
}
