import { AboxError } from '#core/errors'
import { type JsonReader, type NumberRow, pathOf } from '#lib/json'
import type { BeanFields } from './bean-fields.ts'
import type { JavaType } from './java-type.ts'
import { hessianWriteErrors } from './write-errors.ts'
import type { HessianWriter } from './writer.ts'

/**
 * Where a value stands, as bits: Java consumers accept different forms of beans and arrays by where these are.
 * BEAN: inside a bean, in any depth. ELEMENT: since the last bean, inside a list, map or array.
 */
export const BEAN = 1
export const ELEMENT = 2

/** What the consumer makes of an answer; see `writeJsonAs`. */
export type AnswerForm = 'maps' | 'objects' | 'generic'

export interface PathGuide {
  pathTo(offset: number): string
}

/** One JSON value being written as one Java type: what all its parts share. */
export interface JsonJob {
  readonly reader: JsonReader
  readonly writer: HessianWriter
  readonly form: AnswerForm
  /** Offset of the whole value, from where paths in messages are counted. */
  readonly root: number
  /** Knows the path of the value or key at `offset`, where it would take long to find it out; otherwise absent. */
  readonly guide: PathGuide | undefined
  /** Room for the fields of objects. */
  readonly fields: BeanFields
  /** Room for the elements of a row of numbers, for one row at a time. */
  readonly row: NumberRow
  /** Consumes one JSON value and writes it by its type. */
  value(type: JavaType, place: number): void
}

/** The value that starts at the reader's position cannot be what `expected` says. ABOX_ANSWER_TYPE. */
export function mismatch(job: JsonJob, expected: string): AboxError {
  return mismatchAt(job, job.reader.pos, expected)
}

/** As `mismatch`, for the value or key at byte `offset`. */
export function mismatchAt(job: JsonJob, offset: number, expected: string): AboxError {
  const path = job.guide?.pathTo(offset) ?? pathOf(job.reader.bytes, job.root, offset)
  const where = path === '' ? 'the result' : path
  const found = textAt(job, offset)
  return new AboxError(hessianWriteErrors.ABOX_ANSWER_TYPE, `${where}: found ${found}, expected ${expected}`, {
    path,
    offset
  })
}

/** Writes a null where one stands and the type can be null; anything else that stands there is an error. */
export function writeNull(job: JsonJob, type: JavaType): void {
  const nullable = 'boxed' in type ? type.boxed : true
  if (!nullable || job.reader.peek() !== 'null') throw mismatch(job, type.text)
  job.reader.readNull()
  job.writer.null()
}

const SHOWN = 60

/** The beginning of the JSON at `offset`, as a message shows it. */
function textAt(job: JsonJob, offset: number): string {
  const { bytes, end } = job.reader
  const stop = Math.min(end, offset + SHOWN)
  const text = bytes.toString('utf8', offset, stop)
  if (text.startsWith('{')) return 'an object'
  if (text.startsWith('[')) return 'an array'
  if (text.startsWith('"')) {
    const closed = /^"(?:[^"\\]|\\.)*"/.exec(text)
    return closed === null ? `${text}…` : closed[0]
  }
  const word = /^[^\s,\]}]*/.exec(text)?.[0] ?? ''
  return word === '' ? 'nothing' : word
}
