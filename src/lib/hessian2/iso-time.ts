/**
 * ISO-8601 texts of points in time and local times, as Java's `parse` methods take them:
 *
 * ```
 * date     = year "-" month "-" day                          year of 4 digits, or signed with 4 to 9 (instant: 10)
 * time     = hour ":" minute [ ":" second [ "." 1*9DIGIT ] ]
 * local    = date "T" time
 * instant  = local zone
 * zone     = "Z" | ( "+" | "-" ) hh [ [ ":" ] mm ]
 * offset   = zone | ( "+" | "-" ) hh [ ":" ] mm [ ":" ] ss
 * zoned    = local offset [ "[" zone id "]" ]
 * month    = year "-" month
 * monthday = "--" month "-" day
 * ```
 * Every function gives undefined for a text that is none. 24:00 and the second 60 are none.
 */
export interface LocalDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

export interface LocalTime {
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nano: number
}

/** Seconds since 1970, which need more than 53 bits in Java's last years, and nanoseconds within the second. */
export interface Instant {
  readonly seconds: bigint
  readonly nano: number
}

/** A local date-time and how far it is from UTC. */
export interface OffsetDateTime {
  readonly date: LocalDate
  readonly time: LocalTime
  readonly offsetSeconds: number
  /** What stood in brackets, or the offset as it was written. */
  readonly zone: string
}

const DATE = /^(\d{4}|[+-]\d{4,10})-(\d\d)-(\d\d)$/
const TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/
const ZONE = /(?:Z|([+-])(\d\d)(?::?(\d\d))?)$/
const OFFSET = /^(?:Z|([+-])(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)$/
const OFFSET_AT_END = /(?:Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)$/
const ZONE_ID = /^[A-Za-z][A-Za-z0-9~/._+-]+$/
const YEAR_MONTH = /^(\d{4,9}|[+-]\d{4,9})-(\d\d)$/
const MONTH_DAY = /^--(\d\d)-(\d\d)$/
/** A year that has a 29th of February. */
const LEAP_YEAR = 2000
/** Java's years end here, those of its instants with the billion. */
const MAX_YEAR = 999_999_999
const MAX_INSTANT_YEAR = 1_000_000_000
/** Seconds of `Instant.MIN` and `Instant.MAX`. */
export const FIRST_INSTANT = -31_557_014_167_219_200n
export const LAST_INSTANT = 31_556_889_864_403_199n
/** Zones are at most 18 hours away. */
const MAX_ZONE = 18 * 3600
/** A cycle of the calendar: 400 years have this many seconds. */
const CYCLE_SECONDS = 146_097n * 86_400n

export function parseLocalDate(text: string, maxYear: number = MAX_YEAR): LocalDate | undefined {
  const match = DATE.exec(text)
  if (match === null) return undefined
  const year = Number(match[1])
  const month = Number(match[2])
  const day = Number(match[3])
  if (Math.abs(year) > maxYear || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined
  return { year, month, day }
}

export function parseLocalTime(text: string): LocalTime | undefined {
  const match = TIME.exec(text)
  if (match === null) return undefined
  const hour = Number(match[1])
  const minute = Number(match[2])
  const second = Number(match[3] ?? 0)
  const nano = Number((match[4] ?? '').padEnd(9, '0'))
  return hour > 23 || minute > 59 || second > 59 ? undefined : { hour, minute, second, nano }
}

export function parseLocalDateTime(
  text: string,
  maxYear: number = MAX_YEAR
): { date: LocalDate; time: LocalTime } | undefined {
  const at = text.indexOf('T')
  const date = parseLocalDate(text.slice(0, Math.max(0, at)), maxYear)
  const time = parseLocalTime(text.slice(at + 1))
  return date === undefined || time === undefined ? undefined : { date, time }
}

export function parseInstant(text: string): Instant | undefined {
  const zone = ZONE.exec(text)
  if (zone === null) return undefined
  const local = parseLocalDateTime(text.slice(0, zone.index), MAX_INSTANT_YEAR)
  const minutes = Number(zone[3] ?? 0)
  const size = Number(zone[2] ?? 0) * 3600 + minutes * 60
  if (local === undefined || minutes > 59 || size > MAX_ZONE) return undefined
  const { date, time } = local
  const zoneSeconds = zone[1] === '-' ? -size : size
  const ofDay = time.hour * 3600 + time.minute * 60 + time.second - zoneSeconds
  const seconds = dateSeconds(date) + BigInt(ofDay)
  return seconds < FIRST_INSTANT || seconds > LAST_INSTANT ? undefined : { seconds, nano: time.nano }
}

/** Seconds east of UTC. */
export function parseOffset(text: string): number | undefined {
  const match = OFFSET.exec(text)
  if (match === null) return undefined
  const minutes = Number(match[3] ?? 0)
  const seconds = Number(match[4] ?? 0)
  const size = Number(match[2] ?? 0) * 3600 + minutes * 60 + seconds
  if (minutes > 59 || seconds > 59 || size > MAX_ZONE) return undefined
  return match[1] === '-' && size !== 0 ? -size : size
}

/** Whether Java takes it as the id of a region; whether there is such a region is not looked up. */
export function isZoneId(text: string): boolean {
  return ZONE_ID.test(text)
}

/** Without brackets, or with them when `zoned`. */
export function parseOffsetDateTime(text: string, zoned: boolean): OffsetDateTime | undefined {
  const bracket = zoned && text.endsWith(']') ? text.indexOf('[') : text.length
  const main = text.slice(0, Math.max(0, bracket))
  const offset = OFFSET_AT_END.exec(main)
  if (offset === null) return undefined
  const local = parseLocalDateTime(main.slice(0, offset.index))
  const offsetSeconds = parseOffset(offset[0])
  if (local === undefined || offsetSeconds === undefined) return undefined
  const zone = bracket === text.length ? offset[0] : text.slice(bracket + 1, -1)
  if (!isZoneId(zone) && parseOffset(zone) === undefined) return undefined
  return { ...local, offsetSeconds, zone }
}

export function parseOffsetTime(text: string): { time: LocalTime; offsetSeconds: number } | undefined {
  const offset = OFFSET_AT_END.exec(text)
  if (offset === null) return undefined
  const time = parseLocalTime(text.slice(0, offset.index))
  const offsetSeconds = parseOffset(offset[0])
  return time === undefined || offsetSeconds === undefined ? undefined : { time, offsetSeconds }
}

export function parseYear(text: string): number | undefined {
  return /^[+-]?\d{1,9}$/.test(text) ? Number(text) : undefined
}

export function parseYearMonth(text: string): { year: number; month: number } | undefined {
  const match = YEAR_MONTH.exec(text)
  const month = Number(match?.[2])
  return match === null || month < 1 || month > 12 ? undefined : { year: Number(match[1]), month }
}

export function parseMonthDay(text: string): { month: number; day: number } | undefined {
  const match = MONTH_DAY.exec(text)
  const month = Number(match?.[1])
  const day = Number(match?.[2])
  if (match === null || month < 1 || month > 12 || day < 1 || day > daysOf(LEAP_YEAR, month)) return undefined
  return { month, day }
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Seconds from 1970 to midnight UTC of the day, for all of Java's years, of which JavaScript's dates hold a part. */
function dateSeconds({ year, month, day }: LocalDate): bigint {
  const cycles = Math.floor((year - 2000) / 400)
  return BigInt(Date.UTC(year - cycles * 400, month - 1, day) / 1000) + BigInt(cycles) * CYCLE_SECONDS
}
