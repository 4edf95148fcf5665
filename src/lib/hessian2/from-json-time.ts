import {
  type Instant,
  type LocalDate,
  type LocalTime,
  parseInstant,
  parseLocalDate,
  parseLocalDateTime,
  parseLocalTime
} from './iso-time.ts'
import type { JavaType } from './java-type.ts'
import { type JsonJob, mismatchAt, writeNull } from './json-job.ts'
import type { HessianWriter } from './writer.ts'

/** What `java.time` values travel as; Java replaces them when it reads. Fields in Java's own order. */
const HANDLES = 'com.alibaba.com.caucho.hessian.io.java8.'
const DATE_FIELDS = ['day', 'month', 'year']
const TIME_FIELDS = ['nano', 'second', 'minute', 'hour']
const DATE_TIME_FIELDS = ['time', 'date']
const INSTANT_FIELDS = ['nanos', 'seconds']
const VALUE_FIELDS = ['value']
/** Dates further from 1970 than this many ms are none in JavaScript. */
const LAST_DATE = 8_640_000_000_000_000

type TimeType = JavaType & {
  kind: 'date' | 'sqlDate' | 'instant' | 'localDate' | 'localTime' | 'localDateTime'
}

/** A date or time from its ISO text; points in time also from whole milliseconds since 1970. */
export function writeTime(job: JsonJob, type: TimeType): void {
  const { reader } = job
  const kind = reader.peek()
  const start = reader.pos
  if (kind === 'string') {
    if (!writeTimeText(job.writer, type, reader.readString())) throw mismatchAt(job, start, expected(type))
    return
  }
  if (kind === 'number') {
    const ms = reader.integerAs(reader.scanNumber())
    if (!writeMilliseconds(job.writer, type, ms)) throw mismatchAt(job, start, expected(type))
    return
  }
  if (kind === 'null') writeNull(job, type)
  else throw mismatchAt(job, start, expected(type))
}

/** Writes the value that the ISO text means; false, and nothing is written, when it means none. */
export function writeTimeText(writer: HessianWriter, type: TimeType, text: string): boolean {
  if (type.kind === 'localDate') return written(writer, parseLocalDate(text), writeDate)
  if (type.kind === 'localTime') return written(writer, parseLocalTime(text), writeLocalTime)
  if (type.kind === 'localDateTime') return written(writer, parseLocalDateTime(text), writeDateTime)
  const instant = parseInstant(text)
  return instant !== undefined && writePoint(writer, type, instant)
}

/** Writes the point in time so many whole milliseconds after 1970; false when it is none, or the type is a local one. */
export function writeMilliseconds(writer: HessianWriter, type: TimeType, ms: number | bigint | undefined): boolean {
  if (typeof ms !== 'number' || Math.abs(ms) > LAST_DATE) return false
  if (type.kind === 'localDate' || type.kind === 'localTime' || type.kind === 'localDateTime') return false
  const seconds = Math.floor(ms / 1000)
  return writePoint(writer, type, { seconds, nano: (ms - seconds * 1000) * 1_000_000 })
}

function written<T>(
  writer: HessianWriter,
  value: T | undefined,
  write: (writer: HessianWriter, value: T) => void
): boolean {
  if (value === undefined) return false
  write(writer, value)
  return true
}

function writePoint(writer: HessianWriter, type: TimeType, { seconds, nano }: Instant): boolean {
  if (type.kind === 'instant') {
    writer.object(`${HANDLES}InstantHandle`, INSTANT_FIELDS)
    writer.int(nano)
    writer.long(seconds)
    return true
  }
  const ms = seconds * 1000 + Math.floor(nano / 1_000_000)
  if (Math.abs(ms) > LAST_DATE) return false
  if (type.kind === 'sqlDate') writer.object(type.className, VALUE_FIELDS)
  writer.date(ms)
  return true
}

function writeDate(writer: HessianWriter, { year, month, day }: LocalDate): void {
  writer.object(`${HANDLES}LocalDateHandle`, DATE_FIELDS)
  writer.int(day)
  writer.int(month)
  writer.int(year)
}

function writeLocalTime(writer: HessianWriter, { hour, minute, second, nano }: LocalTime): void {
  writer.object(`${HANDLES}LocalTimeHandle`, TIME_FIELDS)
  writer.int(nano)
  writer.int(second)
  writer.int(minute)
  writer.int(hour)
}

function writeDateTime(writer: HessianWriter, { date, time }: { date: LocalDate; time: LocalTime }): void {
  writer.object(`${HANDLES}LocalDateTimeHandle`, DATE_TIME_FIELDS)
  writeLocalTime(writer, time)
  writeDate(writer, date)
}

function expected(type: TimeType): string {
  switch (type.kind) {
    case 'localDate':
      return `${type.text} ("2024-02-29")`
    case 'localTime':
      return `${type.text} ("23:59:58.123")`
    case 'localDateTime':
      return `${type.text} ("2024-02-29T23:59:58.123")`
    case 'date':
    case 'sqlDate':
    case 'instant':
      return `${type.text} (whole milliseconds since 1970, or "2024-02-29T23:59:58.123Z" with its zone)`
  }
}
