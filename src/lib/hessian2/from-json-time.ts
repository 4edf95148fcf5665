import { fitsLong } from './from-json-numbers.ts'
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
export const HANDLES = 'com.alibaba.com.caucho.hessian.io.java8.'
const DATE_FIELDS = ['day', 'month', 'year']
const TIME_FIELDS = ['nano', 'second', 'minute', 'hour']
const DATE_TIME_FIELDS = ['time', 'date']
const INSTANT_FIELDS = ['nanos', 'seconds']
const VALUE_FIELDS = ['value']
const CALENDAR = 'com.alibaba.com.caucho.hessian.io.CalendarHandle'
const CALENDAR_FIELDS = ['date', 'type']

type LocalKind = 'localDate' | 'localTime' | 'localDateTime'
type TimeType = JavaType & { kind: 'date' | 'sqlDate' | 'calendar' | 'instant' | LocalKind }

/** A date or time from its ISO text; points in time also from whole milliseconds since 1970. */
export function writeTime(job: JsonJob, type: TimeType): void {
  const { reader } = job
  const kind = reader.peek()
  const start = reader.pos
  if (kind === 'string') {
    if (!writeTimeText(job, type, reader.readString())) throw mismatchAt(job, start, expected(type))
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
export function writeTimeText({ writer, form }: JsonJob, type: TimeType, text: string): boolean {
  if (type.kind === 'localDate' || type.kind === 'localTime' || type.kind === 'localDateTime') {
    return form === 'generic' ? writeLocalText(writer, type.kind, text) : writeLocal(writer, type.kind, text)
  }
  const instant = parseInstant(text)
  return instant !== undefined && writePoint(writer, type, instant)
}

/** Writes the point in time so many whole milliseconds after 1970; false when it is none, or the type is a local one. */
export function writeMilliseconds(writer: HessianWriter, type: TimeType, ms: number | bigint | undefined): boolean {
  if (ms === undefined) return false
  if (type.kind === 'localDate' || type.kind === 'localTime' || type.kind === 'localDateTime') return false
  if (type.kind === 'date' && typeof ms === 'number') {
    writer.date(ms)
    return true
  }
  const whole = BigInt(ms)
  if (!fitsLong(whole)) return false
  const rest = ((whole % 1000n) + 1000n) % 1000n
  return writePoint(writer, type, { seconds: (whole - rest) / 1000n, nano: Number(rest) * 1_000_000 })
}

/** The handle that Java replaces by the value. */
function writeLocal(writer: HessianWriter, kind: LocalKind, text: string): boolean {
  if (kind === 'localDate') return written(writer, parseLocalDate(text), writeDate)
  if (kind === 'localTime') return written(writer, parseLocalTime(text), writeLocalTime)
  return written(writer, parseLocalDateTime(text), writeDateTime)
}

/** The text as it came, when it is one. */
function writeLocalText(writer: HessianWriter, kind: LocalKind, text: string): boolean {
  const parse = kind === 'localDate' ? parseLocalDate : kind === 'localTime' ? parseLocalTime : parseLocalDateTime
  if (parse(text) === undefined) return false
  writer.string(text)
  return true
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
  const ms = seconds * 1000n + BigInt(Math.floor(nano / 1_000_000))
  if (!fitsLong(ms)) return false
  if (type.kind === 'sqlDate') writer.object(type.className, VALUE_FIELDS)
  else if (type.kind === 'calendar') writer.object(CALENDAR, CALENDAR_FIELDS)
  writer.date(ms)
  // No type: Java then makes a GregorianCalendar.
  if (type.kind === 'calendar') writer.null()
  return true
}

function writeDate(writer: HessianWriter, { year, month, day }: LocalDate): void {
  writer.object(`${HANDLES}LocalDateHandle`, DATE_FIELDS)
  writer.int(day)
  writer.int(month)
  writer.int(year)
}

/** Writes the handle of a local time. */
export function writeLocalTime(writer: HessianWriter, { hour, minute, second, nano }: LocalTime): void {
  writer.object(`${HANDLES}LocalTimeHandle`, TIME_FIELDS)
  writer.int(nano)
  writer.int(second)
  writer.int(minute)
  writer.int(hour)
}

/** Writes the handle of a local date-time. */
export function writeDateTime(writer: HessianWriter, { date, time }: { date: LocalDate; time: LocalTime }): void {
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
    case 'calendar':
    case 'instant':
      return `${type.text} (whole milliseconds since 1970, or "2024-02-29T23:59:58.123Z" with its zone)`
  }
}
