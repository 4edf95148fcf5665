import type { JavaEnum, JavaType } from './java-type.ts'
import { type JsonJob, mismatch, mismatchAt, writeNull } from './json-job.ts'
import type { HessianWriter } from './writer.ts'

const ENUM_FIELDS = ['name']
const UUID_FIELDS = ['value']
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i
export const BASE64: RegExp = /^[A-Za-z0-9+/]*={0,2}$/
/** The most constants of an enum that a message lists. */
const SHOWN_CONSTANTS = 20

/** `java.lang.String`: only from a string, so that nothing is converted unseen. */
export function writeString(job: JsonJob, type: JavaType): void {
  if (job.reader.peek() === 'string') copyString(job)
  else writeNull(job, type)
}

/** Consumes a JSON string and writes it; its bytes are copied when they are CESU-8 as they stand. */
export function copyString(job: JsonJob): void {
  const { reader } = job
  reader.scanString()
  copyScanned(job)
}

/** Writes the string or key that the reader has scanned last. */
export function copyScanned({ reader, writer }: JsonJob): void {
  if (reader.stringEscaped || reader.stringAstral) writer.string(reader.stringText())
  else writer.stringBytes(reader.bytes, reader.stringStart, reader.stringEnd, reader.stringUnits)
}

export function writeBoolean(job: JsonJob, type: JavaType): void {
  const kind = job.reader.peek()
  if (kind === 'true' || kind === 'false') job.writer.boolean(job.reader.readBoolean())
  else writeNull(job, type)
}

/** `char`: a string of one UTF-16 unit. */
export function writeChar(job: JsonJob, type: JavaType): void {
  const { reader } = job
  if (reader.peek() !== 'string') {
    writeNull(job, type)
    return
  }
  const start = reader.pos
  reader.scanString()
  if (reader.stringUnits !== 1) throw mismatchAt(job, start, `${type.text} (a string of one character)`)
  copyScanned(job)
}

/** An enum from the name of one of its constants. */
export function writeEnum(job: JsonJob, type: JavaEnum): void {
  const { reader } = job
  const kind = reader.peek()
  const start = reader.pos
  if (kind !== 'string') writeNull(job, type)
  else if (!writeConstant(job, type, reader.readString())) throw mismatchAt(job, start, constantsOf(type))
}

/** Writes an object `{name}` of the enum's class, or the name alone; false when it has no such constant. */
export function writeConstant({ writer, form }: JsonJob, type: JavaEnum, name: string): boolean {
  if (!type.constants.has(name)) return false
  if (form !== 'generic') writer.object(type.name, ENUM_FIELDS)
  writer.string(name)
  return true
}

export function constantsOf(type: JavaEnum): string {
  const names = [...type.constants].slice(0, SHOWN_CONSTANTS).join(', ')
  return `${type.text} (one of ${names}${type.constants.size > SHOWN_CONSTANTS ? ', …' : ''})`
}

export function writeUuid(job: JsonJob, type: JavaType): void {
  const { reader } = job
  const kind = reader.peek()
  const start = reader.pos
  if (kind !== 'string') writeNull(job, type)
  else if (!writeUuidText(job.writer, reader.readString())) throw mismatchAt(job, start, type.text)
}

/** False when the text is no UUID. */
export function writeUuidText(writer: HessianWriter, text: string): boolean {
  if (!UUID.test(text)) return false
  writer.object('java.util.UUID', UUID_FIELDS)
  writer.string(text)
  return true
}

/** `byte[]` from a Base64 string, or from an array of numbers that are bytes, signed or not. */
export function writeBytes(job: JsonJob, type: JavaType): void {
  const { reader, writer } = job
  const kind = reader.peek()
  if (kind === 'array') {
    writer.binary(readByteArray(job))
    return
  }
  if (kind !== 'string') {
    writeNull(job, type)
    return
  }
  const start = reader.pos
  const text = reader.readString()
  if (text.length % 4 !== 0 || !BASE64.test(text)) throw mismatchAt(job, start, bytesOf(type))
  writer.binary(Buffer.from(text, 'base64'))
}

/** The type, for messages. */
export const bytesOf = (type: JavaType): string => `${type.text} (Base64 with padding)`

function readByteArray(job: JsonJob): Buffer {
  const { reader } = job
  const bytes: number[] = []
  if (reader.enterArray()) {
    do bytes.push(readByte(job))
    while (reader.nextElement())
  }
  return Buffer.from(bytes)
}

/** A number that is a byte, signed or not. */
export function readByte(job: JsonJob): number {
  const { reader } = job
  if (reader.peek() !== 'number') throw mismatch(job, 'a byte')
  const value = reader.integerAs(reader.scanNumber())
  if (typeof value === 'number' && value >= -128 && value <= 255) return value
  throw mismatchAt(job, reader.numberStart, 'a byte')
}
