import { fits, fitsLong } from './from-json-numbers.ts'
import { constantsOf, writeConstant } from './from-json-text.ts'
import { writeClass } from './from-json-textual.ts'
import type { JavaAtomic, JavaEnumSet, JavaScalar } from './java-type.ts'
import { type JsonJob, mismatch, mismatchAt, writeNull } from './json-job.ts'

const VALUE_FIELDS = ['value']
const ENUM_SET = 'com.alibaba.com.caucho.hessian.io.EnumSetHandler'
const ENUM_SET_FIELDS = ['objects', 'type']
const BIT_SET = 'com.alibaba.com.caucho.hessian.io.BitSetHandle'
const BIT_SET_FIELDS = ['words']
const WORD_BITS = 64
/** A single high number makes all words below it: one of five digits becomes 1 KB at most. */
const MAX_BIT = 0xffff
/** Sets beyond this many words are refused when the bytes of the whole value exceed SPARE_BYTES + MAX_GROWTH · its JSON. */
const FEW_WORDS = 128
const SPARE_BYTES = 1024 * 1024
const MAX_GROWTH = 16

/** An atomic number or boolean from the plain one. Java's AtomicBoolean holds an int. */
export function writeAtomic(job: JsonJob, type: JavaAtomic): void {
  const { reader, writer } = job
  const kind = reader.peek()
  if (type.value === 'boolean' && (kind === 'true' || kind === 'false')) {
    writer.object(type.className, VALUE_FIELDS)
    writer.int(reader.readBoolean() ? 1 : 0)
    return
  }
  if (type.value === 'boolean' || kind !== 'number') {
    writeNull(job, type)
    return
  }
  const value = reader.integerAs(reader.scanNumber())
  const fitting = typeof value === 'bigint' ? type.value === 'long' && fitsLong(value) : value !== undefined
  if (!fitting || (type.value === 'int' && !fits('int', value as number))) {
    throw mismatchAt(job, reader.numberStart, type.text)
  }
  writer.object(type.className, VALUE_FIELDS)
  if (type.value === 'int') writer.int(value as number)
  else writer.long(value as number | bigint)
}

/**
 * `java.util.BitSet` from an array of the numbers of its bits. ABOX_ANSWER_TYPE: for a number above 65,535, and for many sets of
 * which each has a high number, because in no other type so few digits become so many bytes.
 */
export function writeBitSet(job: JsonJob, type: JavaScalar): void {
  const { reader } = job
  if (reader.peek() !== 'array') {
    writeNull(job, type)
    return
  }
  const start = reader.pos
  const words: bigint[] = []
  if (reader.enterArray()) {
    do addBit(job, words)
    while (reader.nextElement())
  }
  writeWords(job, start, words)
}

/** Reads the number of a bit and sets it. */
export function addBit(job: JsonJob, words: bigint[]): void {
  const { reader } = job
  if (reader.peek() !== 'number') throw mismatch(job, 'the number of a bit')
  const bit = reader.integerAs(reader.scanNumber())
  if (typeof bit !== 'number' || bit < 0 || bit > MAX_BIT) {
    throw mismatchAt(job, reader.numberStart, `the number of a bit, 0 to ${MAX_BIT}`)
  }
  const word = Math.floor(bit / WORD_BITS)
  while (words.length <= word) words.push(0n)
  words[word] = (words[word] as bigint) | (1n << BigInt(bit % WORD_BITS))
}

/** Writes the set that the array was which began at `start` and has just been read. */
export function writeWords(job: JsonJob, start: number, words: readonly bigint[]): void {
  const { reader, writer } = job
  const most = SPARE_BYTES + MAX_GROWTH * (reader.pos - job.root)
  if (words.length > FEW_WORDS && writer.pos + words.length > most) {
    throw mismatchAt(job, start, `no further set of such high numbers, since ${writer.pos} bytes are written already`)
  }
  writer.object(BIT_SET, BIT_SET_FIELDS)
  writer.listBegin(words.length, '[long')
  for (const word of words) writer.long(BigInt.asIntN(WORD_BITS, word))
}

/** `java.util.EnumSet` from an array of names of constants; in form `generic` a list of them. */
export function writeEnumSet(job: JsonJob, type: JavaEnumSet): void {
  const { reader } = job
  if (reader.peek() !== 'array') {
    writeNull(job, type)
    return
  }
  const opened = beginEnumSet(job)
  let count = 0
  if (reader.enterArray()) {
    do {
      writeMember(job, type)
      count++
    } while (reader.nextElement())
  }
  endEnumSet(job, type, opened, count)
}

/** Returns what `endEnumSet` needs. */
export function beginEnumSet({ writer, form }: JsonJob): number {
  if (form !== 'generic') writer.object(ENUM_SET, ENUM_SET_FIELDS)
  return writer.listOpen(form === 'generic' ? undefined : '[object')
}

/** Reads and writes one constant of the set. */
export function writeMember(job: JsonJob, { element }: JavaEnumSet): void {
  const { reader } = job
  const kind = reader.peek()
  const start = reader.pos
  if (kind === 'string' && writeConstant(job, element, reader.readString())) return
  throw mismatchAt(job, start, constantsOf(element))
}

export function endEnumSet({ writer, form }: JsonJob, { element }: JavaEnumSet, opened: number, count: number): void {
  writer.listClose(opened, count)
  if (form !== 'generic') writeClass(writer, element.name)
}
