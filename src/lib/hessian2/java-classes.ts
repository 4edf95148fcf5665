/**
 * Java classes whose objects are one value in business terms: their JSON is that value and not an object of their
 * private fields. Field names are those that hessian-lite sends.
 */
import { type ClassInfo, UNNAMED_FIELDS } from './class-info.ts'
import {
  dateOfDay,
  duration,
  instant,
  localDate,
  localTime,
  monthDay,
  period,
  timeOfDay,
  yearMonth,
  zoneOffset
} from './java-time.ts'

/** A field of such an object: a long or date (ms) is a bigint, an object inside is its own text. */
export type Leaf = null | boolean | number | bigint | string | readonly Leaf[]

export interface JavaClass {
  /** The fields that are needed, in the order in which `text` receives them. */
  readonly fields: readonly string[]
  /** Text of the value; undefined when the fields do not make one, and the object is then written field by field. */
  readonly text: (leaves: readonly Leaf[]) => string | undefined
  /** How the text stands in JSON: quoted (default), as a number where it is one, as JSON in ASCII, or as a
   * date whose ms it is. */
  readonly as?: 'number' | 'json' | 'date'
  /** The text is the string in the only field: it is copied without being read. */
  readonly oneString?: true
}

const HANDLES = 'com.alibaba.com.caucho.hessian.io.'
/** The most fields of a class that is one value, and bytes of all its names; enums with fields of their own have a few. */
const MAX_FIELDS = 64
const MAX_CLASS_BYTES = 8 * 1024
/** Longer magnitudes (65,536 bits) stay objects: turning them into digits costs more than their bytes suggest. */
const MAX_WORDS = 2048
/** Words of 64 bits; each of them may become four hundred bytes of JSON. */
const MAX_BIT_WORDS = 128

const one = (field: string, as?: 'number'): JavaClass => ({
  fields: [field],
  text: ([value]) => (value === null || typeof value === 'object' ? undefined : String(value)),
  ...(as && { as })
})

/** A class all whose fields are ints. */
const ints = (fields: string[], text: (...values: number[]) => string | undefined): JavaClass => ({
  fields,
  text: (leaves) => (leaves.every((leaf) => typeof leaf === 'number') ? text(...(leaves as number[])) : undefined)
})

/** A class made of two others that have text. */
const joined = (fields: [string, string], between: string): JavaClass => ({
  fields,
  text: ([first, second]) =>
    typeof first === 'string' && typeof second === 'string' ? first + between + second : undefined
})

const seconds = (text: (seconds: bigint, nano: number) => string | undefined): JavaClass => ({
  fields: ['seconds', 'nanos'],
  text: ([whole, nano]) => (typeof whole === 'bigint' && typeof nano === 'number' ? text(whole, nano) : undefined)
})

const zonedDateTime: JavaClass = {
  fields: ['dateTime', 'offset', 'zoneId'],
  text: ([dateTime, offset, zone]) => {
    if (typeof dateTime !== 'string' || typeof offset !== 'string') return undefined
    return typeof zone === 'string' && zone !== offset ? `${dateTime}${offset}[${zone}]` : dateTime + offset
  }
}

const bigInteger: JavaClass = {
  fields: ['signum', 'mag'],
  as: 'number',
  text: ([signum, words]) => {
    if (typeof signum !== 'number' || !Array.isArray(words) || words.length > MAX_WORDS) return undefined
    let hex = '0x0'
    for (const word of words as readonly Leaf[]) {
      if (typeof word !== 'number' || !Number.isInteger(word)) return undefined
      hex += (word >>> 0).toString(16).padStart(8, '0')
    }
    // Read as a whole: shifting it together word by word would take time that grows with the square of its length.
    const size = BigInt(hex)
    return String(signum < 0 ? -size : size)
  }
}

const uuidOfLongs: JavaClass = {
  fields: ['mostSigBits', 'leastSigBits'],
  text: (leaves) => {
    if (!leaves.every((leaf) => typeof leaf === 'bigint')) return undefined
    const hex = leaves.map((half) => BigInt.asUintN(64, half).toString(16).padStart(16, '0')).join('')
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }
}

const atomicBoolean: JavaClass = {
  fields: ['value'],
  as: 'json',
  text: ([value]) => (typeof value === 'number' ? String(value !== 0) : undefined)
}

const enumSet: JavaClass = {
  fields: ['objects'],
  as: 'json',
  text: ([names]) => {
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return undefined
    const text = JSON.stringify(names)
    return /^[\x20-\x7e]*$/.test(text) ? text : undefined
  }
}

/** The numbers of its bits that are set, as Java's `BitSet.stream()` has them. */
const bitSet: JavaClass = {
  fields: ['words'],
  as: 'json',
  text: ([words]) => {
    if (!Array.isArray(words) || words.length > MAX_BIT_WORDS) return undefined
    const bits: number[] = []
    for (const [i, word] of (words as readonly Leaf[]).entries()) {
      if (typeof word !== 'bigint') return undefined
      addBits(bits, i * 64, Number(BigInt.asIntN(32, word)))
      addBits(bits, i * 64 + 32, Number(word >> 32n))
    }
    return `[${bits.join(',')}]`
  }
}

/** Adds the numbers of the bits that are set in a word of 32, the lowest of which is number `first`. */
function addBits(bits: number[], first: number, word: number): void {
  // Each round takes the lowest one away.
  for (let left = word; left !== 0; left &= left - 1) bits.push(first + 31 - Math.clz32(left & -left))
}

/** A date by its ms. */
const date = (field: string): JavaClass => ({
  fields: [field],
  as: 'date',
  text: ([ms]) => (typeof ms === 'bigint' ? String(ms) : undefined)
})

/** What hessian-lite 4 writes with `compactMode`: days since 1970, nanoseconds of the day. */
const compactDate: JavaClass = {
  fields: UNNAMED_FIELDS,
  text: ([day]) => (typeof day === 'bigint' ? dateOfDay(day) : undefined)
}
const compactTime: JavaClass = {
  fields: UNNAMED_FIELDS,
  text: ([nano]) => (typeof nano === 'bigint' ? timeOfDay(nano) : undefined)
}
const compactDateTime: JavaClass = {
  fields: ['date', 'time'],
  text: ([day, nano]) => {
    if (typeof day !== 'bigint' || typeof nano !== 'bigint') return undefined
    const [date, time] = [dateOfDay(day), timeOfDay(nano)]
    return date === undefined || time === undefined ? undefined : `${date}T${time}`
  }
}

const byName: [string, ...JavaClass[]][] = [
  ['java.math.BigDecimal', one('value', 'number')],
  ['java.math.BigInteger', bigInteger, one('value', 'number')],
  ['java.util.UUID', one('value'), uuidOfLongs],
  ['java.lang.Class', one('name')],
  ['java.util.Currency', one('currencyCode')],
  ['java.util.concurrent.atomic.AtomicInteger', one('value', 'number')],
  ['java.util.concurrent.atomic.AtomicLong', one('value', 'number')],
  ['java.util.concurrent.atomic.AtomicBoolean', atomicBoolean],
  ['java.util.concurrent.atomic.LongAdder$SerializationProxy', one('value', 'number')],
  ['java.net.URI', one('string')],
  ['java.io.File', one('value')],
  ['java.sql.Timestamp', date('value')],
  ['java.sql.Date', date('value')],
  ['java.sql.Time', date('value')],
  [`${HANDLES}LocaleHandle`, one('value')],
  [`${HANDLES}CalendarHandle`, date('date')],
  [`${HANDLES}BitSetHandle`, bitSet],
  [`${HANDLES}EnumSetHandler`, enumSet],
  [`${HANDLES}java8.LocalDateHandle`, ints(['year', 'month', 'day'], localDate)],
  [`${HANDLES}java8.LocalTimeHandle`, ints(['hour', 'minute', 'second', 'nano'], localTime)],
  [`${HANDLES}java8.LocalDateTimeHandle`, joined(['date', 'time'], 'T')],
  ['java.time.LocalDate', compactDate],
  ['java.time.LocalTime', compactTime],
  ['java.time.LocalDateTime', compactDateTime],
  [`${HANDLES}java8.InstantHandle`, seconds(instant)],
  [`${HANDLES}java8.DurationHandle`, seconds(duration)],
  [`${HANDLES}java8.PeriodHandle`, ints(['years', 'months', 'days'], period)],
  [`${HANDLES}java8.YearHandle`, ints(['year'], String)],
  [`${HANDLES}java8.YearMonthHandle`, ints(['year', 'month'], yearMonth)],
  [`${HANDLES}java8.MonthDayHandle`, ints(['month', 'day'], monthDay)],
  [`${HANDLES}java8.ZoneOffsetHandle`, ints(['seconds'], zoneOffset)],
  [`${HANDLES}java8.ZoneIdHandle`, one('zoneId')],
  [`${HANDLES}java8.OffsetTimeHandle`, joined(['localTime', 'zoneOffset'], '')],
  [`${HANDLES}java8.OffsetDateTimeHandle`, joined(['dateTime', 'offset'], '')],
  [`${HANDLES}java8.ZonedDateTimeHandle`, zonedDateTime]
]

const layouts: ReadonlyMap<string, readonly JavaClass[]> = new Map(byName.map(([name, ...rest]) => [name, rest]))

const enumObject: JavaClass = {
  fields: ['name'],
  text: ([name]) => (typeof name === 'string' ? name : undefined),
  oneString: true
}

/**
 * How objects of a class become one value; undefined for ordinary classes. `isEnum` says of the classes that the service describes whether
 * they are enums, and undefined of all others: those with no field but `name` are taken for enums.
 */
export function layoutOf(
  info: ClassInfo,
  isEnum: ((className: string) => boolean | undefined) | undefined
): JavaClass | undefined {
  // None of these classes has many fields or long names, and those of an enum with many would have to be looked through.
  if (info.fieldOffsets.length > MAX_FIELDS || info.size > MAX_CLASS_BYTES) return undefined
  const known = layouts.get(info.name)
  if (known !== undefined) return known.find((layout) => layout.fields.every((field) => info.fields.includes(field)))
  // Asked in this order because the field names of ordinary classes are not needed as strings.
  if (info.fieldOffsets.length !== 1) {
    if (isEnum?.(info.name) !== true) return undefined
  } else if (isEnum?.(info.name) === false) return undefined
  return info.fields.includes('name') ? enumObject : undefined
}
