/**
 * ISO-8601 texts of points in time and local times, as Java's `parse` methods take them:
 *
 * ```
 * date     = year "-" month "-" day                          year of 4 digits, or signed with 5 to 9
 * time     = hour ":" minute [ ":" second [ "." 1*9DIGIT ] ]
 * local    = date "T" time
 * instant  = local zone
 * zone     = "Z" | ( "+" | "-" ) hh [ [ ":" ] mm ]
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

/** Seconds since 1970 and nanoseconds within the second. */
export interface Instant {
  readonly seconds: number
  readonly nano: number
}

const DATE = /^(\d{4}|[+-]\d{4,9})-(\d\d)-(\d\d)$/
const TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/
const ZONE = /(?:Z|([+-])(\d\d)(?::?(\d\d))?)$/
/** Java's years end here. */
const MAX_YEAR = 999_999_999
/** Zones are at most 18 hours away. */
const MAX_ZONE = 18 * 3600
/** A cycle of the calendar: 400 years have this many seconds. */
const CYCLE_SECONDS = 146_097 * 86_400

export function parseLocalDate(text: string): LocalDate | undefined {
  const match = DATE.exec(text)
  if (match === null) return undefined
  const year = Number(match[1])
  const month = Number(match[2])
  const day = Number(match[3])
  if (Math.abs(year) > MAX_YEAR || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined
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

export function parseLocalDateTime(text: string): { date: LocalDate; time: LocalTime } | undefined {
  const at = text.indexOf('T')
  const date = parseLocalDate(text.slice(0, Math.max(0, at)))
  const time = parseLocalTime(text.slice(at + 1))
  return date === undefined || time === undefined ? undefined : { date, time }
}

export function parseInstant(text: string): Instant | undefined {
  const zone = ZONE.exec(text)
  if (zone === null) return undefined
  const local = parseLocalDateTime(text.slice(0, zone.index))
  const minutes = Number(zone[3] ?? 0)
  const size = Number(zone[2] ?? 0) * 3600 + minutes * 60
  if (local === undefined || minutes > 59 || size > MAX_ZONE) return undefined
  const { date, time } = local
  const zoneSeconds = zone[1] === '-' ? -size : size
  const seconds = dateSeconds(date) + time.hour * 3600 + time.minute * 60 + time.second - zoneSeconds
  return { seconds, nano: time.nano }
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Seconds from 1970 to midnight UTC of the day, for all of Java's years, of which JavaScript's dates hold a part. */
function dateSeconds({ year, month, day }: LocalDate): number {
  const cycles = Math.floor((year - 2000) / 400)
  return Date.UTC(year - cycles * 400, month - 1, day) / 1000 + cycles * CYCLE_SECONDS
}
