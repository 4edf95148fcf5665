import { HANDLES, writeDateTime, writeLocalTime } from './from-json-time.ts'
import { parseDuration, parsePeriod } from './iso-amount.ts'
import {
  isZoneId,
  parseMonthDay,
  parseOffset,
  parseOffsetDateTime,
  parseOffsetTime,
  parseYear,
  parseYearMonth
} from './iso-time.ts'
import type { JavaTextual, TextForm } from './java-type.ts'
import { type JsonJob, mismatchAt, writeNull } from './json-job.ts'
import type { HessianWriter } from './writer.ts'

/** How the text of a form is written: false, and nothing is written, when it is none. */
interface Form {
  readonly write: (writer: HessianWriter, text: string) => boolean
  readonly example: string
}

const OFFSET_FIELDS = ['seconds']
const ZONE_FIELDS = ['zoneId']
const OFFSET_TIME_FIELDS = ['zoneOffset', 'localTime']
const OFFSET_DATE_TIME_FIELDS = ['offset', 'dateTime']
const ZONED_FIELDS = ['offset', 'dateTime', 'zoneId']
const DURATION_FIELDS = ['nanos', 'seconds']
const PERIOD_FIELDS = ['days', 'months', 'years']
const YEAR_FIELDS = ['year']
const YEAR_MONTH_FIELDS = ['month', 'year']
const MONTH_DAY_FIELDS = ['day', 'month']
const VALUE_FIELDS = ['value']
const CURRENCY_FIELDS = ['currencyCode']
const CLASS_FIELDS = ['name']

const CURRENCY = /^[A-Z]{3}$/
/** As Java's `toString()` has it, `-` for `_` as in BCP 47 too: language, country, variant, script. The root is empty. */
const LOCALE = /^(?:[A-Za-z]{2,8})?(?:[_-](?:[A-Za-z]{2}|\d{3})?)?(?:[_-][A-Za-z0-9_]{1,32})?(?:_#[A-Za-z]{4})?$/
/** As `Class.getName()` has it: `int`, `com.example.A$B`, `[I`, `[Ljava.lang.String;`. */
const CLASS_NAME = /^(?:\[+(?:[ZBCSIJFD]|L[\p{L}\p{N}_$.]+;)|[\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}_$][\p{L}\p{N}_$]*)*)$/u
const MAX_NAME = 512

const FORMS: { readonly [K in TextForm]: Form } = {
  class: { write: writeClassName, example: 'java.lang.String' },
  currency: { write: writeCurrency, example: 'CNY' },
  duration: { write: writeDuration, example: 'PT8H6M12.345S' },
  locale: { write: writeLocale, example: 'zh_CN' },
  monthDay: { write: writeMonthDay, example: '--02-29' },
  offsetDateTime: { write: writeOffsetDateTime, example: '2024-02-29T23:59:58.123+08:00' },
  offsetTime: { write: writeOffsetTime, example: '23:59:58.123+08:00' },
  period: { write: writePeriod, example: 'P1Y2M3D' },
  year: { write: writeYear, example: '2024' },
  yearMonth: { write: writeYearMonth, example: '2024-02' },
  zonedDateTime: { write: writeZonedDateTime, example: '2024-02-29T23:59:58.123+08:00[Asia/Shanghai]' },
  zoneId: { write: writeZoneId, example: 'Asia/Shanghai' },
  zoneOffset: { write: writeOffset, example: '+08:00' }
}

/** The object that a text of such a class stands for; a year also from a number. */
export function writeTextual(job: JsonJob, type: JavaTextual): void {
  const { reader, writer } = job
  const kind = reader.peek()
  const start = reader.pos
  let text: string
  if (kind === 'string') text = reader.readString()
  else if (kind === 'number' && type.form === 'year') {
    reader.scanNumber()
    text = reader.numberText()
  } else if (kind === 'null') {
    writeNull(job, type)
    return
  } else throw mismatchAt(job, start, textualOf(type))
  if (!FORMS[type.form].write(writer, text)) throw mismatchAt(job, start, textualOf(type))
}

/** False, and nothing is written, when the text is none of this class. */
export function writeTextualText(writer: HessianWriter, type: JavaTextual, text: string): boolean {
  return FORMS[type.form].write(writer, text)
}

/** The class and an example, for messages. */
export function textualOf(type: JavaTextual): string {
  return `${type.text} ("${FORMS[type.form].example}")`
}

/** Writes a `java.lang.Class`. */
export function writeClass(writer: HessianWriter, name: string): void {
  writer.object('java.lang.Class', CLASS_FIELDS)
  writer.string(name)
}

function writeClassName(writer: HessianWriter, text: string): boolean {
  if (text.length > MAX_NAME || !CLASS_NAME.test(text)) return false
  writeClass(writer, text)
  return true
}

function writeCurrency(writer: HessianWriter, text: string): boolean {
  if (!CURRENCY.test(text)) return false
  writer.object('java.util.Currency', CURRENCY_FIELDS)
  writer.string(text)
  return true
}

function writeLocale(writer: HessianWriter, text: string): boolean {
  if (!LOCALE.test(text)) return false
  writer.object('com.alibaba.com.caucho.hessian.io.LocaleHandle', VALUE_FIELDS)
  writer.string(text.replaceAll('-', '_'))
  return true
}

function writeDuration(writer: HessianWriter, text: string): boolean {
  const duration = parseDuration(text)
  if (duration === undefined) return false
  writer.object(`${HANDLES}DurationHandle`, DURATION_FIELDS)
  writer.int(duration.nano)
  writer.long(duration.seconds)
  return true
}

function writePeriod(writer: HessianWriter, text: string): boolean {
  const period = parsePeriod(text)
  if (period === undefined) return false
  writer.object(`${HANDLES}PeriodHandle`, PERIOD_FIELDS)
  writer.int(period.days)
  writer.int(period.months)
  writer.int(period.years)
  return true
}

function writeYear(writer: HessianWriter, text: string): boolean {
  const year = parseYear(text)
  if (year === undefined) return false
  writer.object(`${HANDLES}YearHandle`, YEAR_FIELDS)
  writer.int(year)
  return true
}

function writeYearMonth(writer: HessianWriter, text: string): boolean {
  const value = parseYearMonth(text)
  if (value === undefined) return false
  writer.object(`${HANDLES}YearMonthHandle`, YEAR_MONTH_FIELDS)
  writer.int(value.month)
  writer.int(value.year)
  return true
}

function writeMonthDay(writer: HessianWriter, text: string): boolean {
  const value = parseMonthDay(text)
  if (value === undefined) return false
  writer.object(`${HANDLES}MonthDayHandle`, MONTH_DAY_FIELDS)
  writer.int(value.day)
  writer.int(value.month)
  return true
}

function writeOffsetDateTime(writer: HessianWriter, text: string): boolean {
  const value = parseOffsetDateTime(text, false)
  if (value === undefined) return false
  writer.object(`${HANDLES}OffsetDateTimeHandle`, OFFSET_DATE_TIME_FIELDS)
  writeOffsetSeconds(writer, value.offsetSeconds)
  writeDateTime(writer, value)
  return true
}

function writeZonedDateTime(writer: HessianWriter, text: string): boolean {
  const value = parseOffsetDateTime(text, true)
  if (value === undefined) return false
  writer.object(`${HANDLES}ZonedDateTimeHandle`, ZONED_FIELDS)
  writeOffsetSeconds(writer, value.offsetSeconds)
  writeDateTime(writer, value)
  writer.string(value.zone)
  return true
}

function writeOffsetTime(writer: HessianWriter, text: string): boolean {
  const value = parseOffsetTime(text)
  if (value === undefined) return false
  writer.object(`${HANDLES}OffsetTimeHandle`, OFFSET_TIME_FIELDS)
  writeOffsetSeconds(writer, value.offsetSeconds)
  writeLocalTime(writer, value.time)
  return true
}

function writeOffset(writer: HessianWriter, text: string): boolean {
  const seconds = parseOffset(text)
  if (seconds === undefined) return false
  writeOffsetSeconds(writer, seconds)
  return true
}

/** An offset is a ZoneId as well, and Java sends it as what it is. */
function writeZoneId(writer: HessianWriter, text: string): boolean {
  if (writeOffset(writer, text)) return true
  if (!isZoneId(text)) return false
  writer.object(`${HANDLES}ZoneIdHandle`, ZONE_FIELDS)
  writer.string(text)
  return true
}

function writeOffsetSeconds(writer: HessianWriter, seconds: number): void {
  writer.object(`${HANDLES}ZoneOffsetHandle`, OFFSET_FIELDS)
  writer.int(seconds)
}
