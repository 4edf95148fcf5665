import { writeLexicalNumber } from './from-json-numbers.ts'
import { copyScanned, copyString } from './from-json-text.ts'
import { type JsonJob, mismatch } from './json-job.ts'

/**
 * A value of which no type is declared (`java.lang.Object`): by its JSON form alone. Arrays are lists, objects are maps with
 * strings as keys, numbers see `writeLexicalNumber`.
 */
export function writeUntyped(job: JsonJob): void {
  const { reader, writer } = job
  switch (reader.peek()) {
    case 'object':
      writeMap(job)
      return
    case 'array':
      writeList(job)
      return
    case 'string':
      copyString(job)
      return
    case 'number':
      writeLexicalNumber(job)
      return
    case 'true':
    case 'false':
      writer.boolean(reader.readBoolean())
      return
    case 'null':
      reader.readNull()
      writer.null()
      return
    case 'end':
      throw mismatch(job, 'a value')
  }
}

function writeMap(job: JsonJob): void {
  const { reader, writer } = job
  writer.mapBegin()
  if (reader.enterObject()) {
    do {
      reader.scanKey()
      copyScanned(job)
      writeUntyped(job)
    } while (reader.nextKey())
  }
  writer.mapEnd()
}

function writeList(job: JsonJob): void {
  const { reader, writer } = job
  const opened = writer.listOpen()
  let count = 0
  if (reader.enterArray()) {
    do {
      if (reader.peek() === 'number') count += writeRow(job)
      writeUntyped(job)
      count++
    } while (reader.nextElement())
  }
  writer.listClose(opened, count)
}

/**
 * As many elements as are ordinary numbers, and all of them doubles or all ints by how they are written; returns how many.
 * There is always one left.
 */
export function writeRow({ reader, writer, row }: JsonJob): number {
  reader.readRow(row, true)
  if (row.whole) writer.intItems(row.values, row.count)
  else writer.doubleItems(row.values, row.count)
  return row.count
}
