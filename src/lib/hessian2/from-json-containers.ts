import { writeDouble } from './from-json-numbers.ts'
import type { JavaArray, JavaList, JavaMap, JavaType } from './java-type.ts'
import { ELEMENT, type JsonJob, writeNull } from './json-job.ts'
import { writeKey } from './map-key.ts'

/**
 * Arrays that every consumer also takes as typed lists, which spare it a box for each element. `[float` and `[boolean` are not
 * among them: a consumer that converts untyped answers refuses the one, and the other was never tried.
 */
const TYPED = new Set(['[int', '[long', '[double', '[string'])

/** A list or set: an untyped list, whose elements must be exact because Java does not convert them. */
export function writeList(job: JsonJob, type: JavaList, place: number): void {
  if (job.reader.peek() === 'array') writeItems(job, type.element, place | ELEMENT)
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
  writer.mapBegin()
  if (reader.enterObject()) {
    do {
      reader.scanKey()
      writeKey(job, type.key)
      job.value(type.value, place | ELEMENT)
    } while (reader.nextKey())
  }
  writer.mapEnd()
}

function writeItems(job: JsonJob, element: JavaType, place: number, wireName?: string): void {
  const { reader, writer } = job
  const opened = writer.listOpen(wireName)
  let count = 0
  if (reader.enterArray()) {
    // A loop of its own keeps the commonest answer, a row of scores, free of the dispatch by type.
    if (element.kind === 'double') {
      do {
        writeDouble(job, element)
        count++
      } while (reader.nextElement())
    } else {
      do {
        job.value(element, place)
        count++
      } while (reader.nextElement())
    }
  }
  writer.listClose(opened, count)
}
