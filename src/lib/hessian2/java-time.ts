/** `java.time` values as their own `toString()` prints them, from the numbers of hessian-lite's handle objects. */
import { FIRST_INSTANT, LAST_INSTANT } from './iso-time.ts'

const DAY = 86_400n
const BILLION = 1_000_000_000n
const NANOS_OF_DAY = 86_400n * BILLION
/** Days from 1970 to 999999999-12-31, the last `LocalDate`; the first one is not quite as far. */
const LAST_DAY = 365_241_780_471n
const FIRST_DAY = -365_243_219_162n

/** Year of at least four digits; beyond 9999 with a plus when `plus`. */
function yearText(year: number, plus: boolean): string {
  const digits = String(Math.abs(year)).padStart(4, '0')
  if (year < 0) return `-${digits}`
  return plus && year > 9999 ? `+${digits}` : digits
}

const two = (value: number): string => String(value).padStart(2, '0')

/** `2024-02-29`; undefined when month or day cannot be. */
export function localDate(year: number, month: number, day: number): string | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
  return `${yearText(year, true)}-${two(month)}-${two(day)}`
}

/** `2024-02-29` of days since 1970-01-01. */
export function dateOfDay(day: bigint): string | undefined {
  return day < FIRST_DAY || day > LAST_DAY ? undefined : civilDate(Number(day))
}

/** `23:59:58.123` of nanoseconds since midnight. */
export function timeOfDay(nano: bigint): string | undefined {
  if (nano < 0n || nano >= NANOS_OF_DAY) return undefined
  const seconds = Number(nano / BILLION)
  return localTime(Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, Number(nano % BILLION))
}

/** `2024-02` */
export function yearMonth(year: number, month: number): string | undefined {
  if (month < 1 || month > 12) return undefined
  return `${yearText(year, false)}-${two(month)}`
}

/** `--02-29` */
export function monthDay(month: number, day: number): string | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
  return `--${two(month)}-${two(day)}`
}

/** `23:59`, `23:59:58`, `23:59:58.123`: seconds and then three, six or nine decimals as far as they are not zero. */
export function localTime(hour: number, minute: number, second: number, nano: number): string | undefined {
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return undefined
  if (nano < 0 || nano > 999_999_999) return undefined
  const start = `${two(hour)}:${two(minute)}`
  return second === 0 && nano === 0 ? start : `${start}:${two(second)}${fraction(nano)}`
}

function fraction(nano: number): string {
  if (nano === 0) return ''
  const digits = String(nano).padStart(9, '0')
  if (digits.endsWith('000000')) return `.${digits.slice(0, 3)}`
  return digits.endsWith('000') ? `.${digits.slice(0, 6)}` : `.${digits}`
}

/** `Z`, `+08:00`, `-01:02:03`; at most 18 hours. */
export function zoneOffset(seconds: number): string | undefined {
  const size = Math.abs(seconds)
  if (size > 64_800) return undefined
  if (size === 0) return 'Z'
  const text = `${seconds < 0 ? '-' : '+'}${two(Math.floor(size / 3600))}:${two(Math.floor(size / 60) % 60)}`
  return size % 60 === 0 ? text : `${text}:${two(size % 60)}`
}

/** `2023-11-14T22:13:20.000000123Z`, always with seconds. */
export function instant(seconds: bigint, nano: number): string | undefined {
  if (seconds < FIRST_INSTANT || seconds > LAST_INSTANT || nano < 0 || nano > 999_999_999) return undefined
  const ofDay = Number(((seconds % DAY) + DAY) % DAY)
  const date = civilDate(Number((seconds - BigInt(ofDay)) / DAY))
  const time = `${two(Math.floor(ofDay / 3600))}:${two(Math.floor(ofDay / 60) % 60)}:${two(ofDay % 60)}`
  return date && `${date}T${time}${fraction(nano)}Z`
}

/**
 * Date of a day counted from 1970-01-01 in the Gregorian calendar. `Date` does not reach as far as Java's instants;
 * the calendar repeats every 400 years (146,097 days), so that the day is moved into its range and the year back.
 */
function civilDate(day: number): string | undefined {
  const cycles = Math.floor(day / 146_097)
  const date = new Date((day - cycles * 146_097) * 86_400_000)
  return localDate(date.getUTCFullYear() + cycles * 400, date.getUTCMonth() + 1, date.getUTCDate())
}

/** `PT8H6M12.345S`, `PT-0.5S`, `PT0S`. */
export function duration(seconds: bigint, nano: number): string | undefined {
  if (nano < 0 || nano > 999_999_999) return undefined
  const total = seconds * BILLION + BigInt(nano)
  if (total === 0n) return 'PT0S'
  // All parts are rounded towards zero and carry the sign, as Java prints them.
  const whole = total / BILLION
  const decimals = String(total < 0n ? -(total % BILLION) : total % BILLION)
    .padStart(9, '0')
    .replace(/0+$/, '')
  const hours = whole / 3600n
  const minutes = (whole / 60n) % 60n
  const text = `PT${hours === 0n ? '' : `${hours}H`}${minutes === 0n ? '' : `${minutes}M`}`
  if (whole % 60n === 0n && decimals === '') return text
  const sign = total < 0n && whole % 60n === 0n ? '-' : ''
  return `${text}${sign}${whole % 60n}${decimals === '' ? '' : `.${decimals}`}S`
}

/** `P1Y2M3D`, `P0D`. */
export function period(years: number, months: number, days: number): string {
  const text = `${years === 0 ? '' : `${years}Y`}${months === 0 ? '' : `${months}M`}${days === 0 ? '' : `${days}D`}`
  return text === '' ? 'P0D' : `P${text}`
}

/** `2023-11-14T22:13:20.123Z` of ms since 1970, as far as Java's dates reach. */
export function isoText(ms: bigint): string {
  const milli = ((ms % 1000n) + 1000n) % 1000n
  // Every date of 64 bits lies between the first and the last instant.
  return instant((ms - milli) / 1000n, Number(milli) * 1_000_000) ?? String(ms)
}
