import { writeDouble, writeLong, writeSmallInteger } from './from-json-numbers.ts'
import type { JavaArray, JavaList, JavaMap, JavaType } from './java-type.ts'
import { ELEMENT, type JsonJob, writeNull } from './json-job.ts'
import { writeKey } from './map-key.ts'

type JavaWhole = JavaType & { kind: 'int' | 'long' }

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
  if (job.reader.peek() === 'array') writeItems(job, type.element, place | ELEMENT, wireNameAt(type, place))
  else writeNull(job, type)
}

/** An array. Inside other containers nobody converts a list to it, so that it must be a typed list there. */
export function writeArray(job: JsonJob, type: JavaArray, place: number): void {
  if (job.reader.peek() === 'array') writeItems(job, type.component, place | ELEMENT, wireNameAt(type, place))
  else writeNull(job, type)
}

/** A map: keys are made from the text of the JSON keys by their type. */
export function writeMap(job: JsonJob, type: JavaMap, place: number): void {
  const { reader, writer } = job
  if (reader.peek() !== 'object') {
    writeNull(job, type)
    return
  }
  writer.mapBegin(wireNameAt(type, place))
  if (reader.enterObject()) {
    do {
      reader.scanKey()
      writeKey(job, type.key)
      job.value(type.value, place | ELEMENT)
    } while (reader.nextKey())
  }
  writer.mapEnd()
}

/** What a container is called on the wire; undefined when it is not named. */
export function wireNameAt(type: JavaList | JavaMap | JavaArray, place: number): string | undefined {
  if (type.kind === 'array') return (place & ELEMENT) !== 0 || TYPED.has(type.wireName) ? type.wireName : undefined
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
  const { reader } = job
  let count = 0
  do {
    count += writeDoubleRow(job) + 1
    writeDouble(job, element)
  } while (reader.nextElement())
  return count
}

/** As many elements of doubles or floats as are ordinary numbers; returns how many. There is always one left. */
export function writeDoubleRow({ reader, writer, row }: JsonJob): number {
  reader.readRow(row)
  writer.doubleItems(row.values, row.count)
  return row.count
}

/** The elements of a row of ints or longs, as `writeDoubles`. */
function writeIntegers(job: JsonJob, element: JavaWhole): number {
  const { reader } = job
  let count = 0
  do {
    count += writeIntegerRow(job, element) + 1
    writeInteger(job, element)
  } while (reader.nextElement())
  return count
}

/** As `writeDoubleRow`, for ints or longs; a row in which one is too large for it or wrong goes the usual way. */
export function writeIntegerRow(job: JsonJob, element: JavaWhole): number {
  const { reader, writer, row } = job
  const start = reader.pos
  reader.readRow(row, true)
  const { count } = row
  // A fraction that a double cannot hold would look whole: how the numbers are written decides.
  if (row.whole && row.isWhole(element.kind === 'int' ? 0x7fffffff : Number.MAX_SAFE_INTEGER)) {
    if (element.kind === 'int') writer.intItems(row.values, count)
    else for (let i = 0; i < count; i++) writer.long(row.values[i] as number)
    return count
  }
  reader.pos = start
  for (let i = 0; i < count; i++) {
    writeInteger(job, element)
    reader.nextElement()
  }
  return count
}

function writeInteger(job: JsonJob, element: JavaWhole): void {
  if (element.kind === 'int') writeSmallInteger(job, element)
  else writeLong(job, element)
}
