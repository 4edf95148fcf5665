/**
 * Amounts of time as Java's `Duration.parse` and `Period.parse` take them:
 *
 * ```
 * duration = [ sign ] "P" [ n "D" ] [ "T" [ n "H" ] [ n "M" ] [ n [ "." 1*9DIGIT ] "S" ] ]     at least one part
 * period   = [ sign ] "P" [ n "Y" ] [ n "M" ] [ n "W" ] [ n "D" ]                             at least one part
 * n        = [ sign ] 1*DIGIT
 * ```
 * Both give undefined for a text that is none, or is beyond what Java holds.
 */
const N = '([-+]?\\d{1,19})'
const DURATION = new RegExp(
  `^([-+])?P(?=[-+\\dT])(?:${N}D)?(?:T(?=[-+\\d])(?:${N}H)?(?:${N}M)?(?:([-+]?)(\\d{1,19})(?:[.,](\\d{0,9}))?S)?)?$`,
  'i'
)
const PERIOD = new RegExp(`^([-+])?P(?=[-+\\d])(?:${N}Y)?(?:${N}M)?(?:${N}W)?(?:${N}D)?$`, 'i')
const BILLION = 1_000_000_000n
const INT64 = 2n ** 63n

/** Seconds, rounded down, and what is left in nanoseconds. */
export interface Duration {
  readonly seconds: bigint
  readonly nano: number
}

export interface Period {
  readonly years: number
  readonly months: number
  readonly days: number
}

export function parseDuration(text: string): Duration | undefined {
  const match = DURATION.exec(text)
  if (match === null) return undefined
  const [, sign, days = '0', hours = '0', minutes = '0', secondSign = '', seconds = '0', decimals = ''] = match
  const ofSecond = BigInt(seconds) * BILLION + BigInt(decimals.padEnd(9, '0'))
  const whole = BigInt(days) * 86_400n + BigInt(hours) * 3600n + BigInt(minutes) * 60n
  const size = whole * BILLION + (secondSign === '-' ? -ofSecond : ofSecond)
  const total = sign === '-' ? -size : size
  const nano = ((total % BILLION) + BILLION) % BILLION
  const floor = (total - nano) / BILLION
  return floor >= -INT64 && floor < INT64 ? { seconds: floor, nano: Number(nano) } : undefined
}

export function parsePeriod(text: string): Period | undefined {
  const match = PERIOD.exec(text)
  if (match === null) return undefined
  const factor = match[1] === '-' ? -1 : 1
  const part = (index: number): number => Number(match[index] ?? 0) * factor
  const years = part(2)
  const months = part(3)
  const days = part(4) * 7 + part(5)
  // Minus zero is 0 here as well.
  return [years, months, days].every((value) => (value | 0) === value)
    ? { years: years | 0, months: months | 0, days: days | 0 }
    : undefined
}
