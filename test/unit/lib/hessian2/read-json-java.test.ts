import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBytes, HessianScan, HInt, HLong, HObject, writeJson } from '#lib/hessian2'
import { JsonSink } from '#lib/json'
import { cls, int, json, long, str, wire } from './wire.ts'

const HANDLES = 'com.alibaba.com.caucho.hessian.io.'

/** JSON of one object given by class, field names and the bytes of its fields. */
function object(name: string, fields: string, ...values: (string | Buffer)[]): string {
  return json(wire(cls(name, ...fields.split(' ')), '60', ...values))
}

const handle = (name: string, fields: string, ...values: (string | Buffer)[]) =>
  object(`${HANDLES}${name}`, fields, ...values)

const quoted = (text: string) => JSON.stringify(text)

test('an enum is its name, known by its only field or by the types of the service', () => {
  assert.equal(object('com.example.Level', 'name', str('HIGH')), '"HIGH"')
  const two = wire(cls('com.example.Level', 'ordinal', 'name'), '60 91', str('HIGH'))
  assert.equal(json(two), '{"class":"com.example.Level","ordinal":1,"name":"HIGH"}')
  assert.equal(
    json(two, undefined, (name) => name === 'com.example.Level'),
    '"HIGH"'
  )
})

test('an object whose only field is a name that is no string stays an object', () => {
  assert.equal(object('com.example.Level', 'name', '90'), '{"class":"com.example.Level","name":0}')
  assert.equal(object('com.example.Level', 'name', '4e'), '{"class":"com.example.Level","name":null}')
})

test('a class is its name', () => {
  assert.equal(object('java.lang.Class', 'name', str('com.example.A')), '"com.example.A"')
})

test('a BigDecimal is an exact number', () => {
  for (const text of ['0', '-0.00', '123.450', '1E+3', '1.5E-10', '123456789.987654321000000000000000001']) {
    assert.equal(object('java.math.BigDecimal', 'value', str(text)), text)
  }
})

test('a BigDecimal of up to 131,072 bytes is an exact number, a longer one is the object that it is', () => {
  for (const chunk of [1000, 0x8000]) {
    const digits = '7'.repeat(120_000)
    assert.ok(object('java.math.BigDecimal', 'value', str(digits, chunk)) === digits)
    const more = '7'.repeat(170_000)
    const found = object('java.math.BigDecimal', 'value', str(more, chunk))
    assert.ok(found === `{"class":"java.math.BigDecimal","value":"${more}"}`)
  }
})

test('a class with names of many bytes is none of those that are one value', () => {
  const long = 'x'.repeat(9000)
  const bytes = wire(cls('java.math.BigDecimal', 'value', long), '60', str('1.5'), '4e')
  assert.equal(json(bytes), `{"class":"java.math.BigDecimal","value":"1.5","${long}":null}`)
})

test('a BigDecimal that is no JSON number is a string', () => {
  for (const text of ['', '1.', '.5', '01', '+1', '1e', 'NaN', '1]', '-']) {
    assert.equal(object('java.math.BigDecimal', 'value', str(text)), quoted(text))
  }
})

test('a BigInteger is its digits', () => {
  const mag = (...words: number[]) => wire('56', str('[int'), int(words.length), ...words.map(int))
  const big = (signum: number, ...words: number[]) =>
    object('java.math.BigInteger', 'signum mag bitCount bitLength', int(signum), mag(...words), '90 90')
  assert.equal(big(1, 1, 0x8ee90ff6 | 0, 0xc373e0ee | 0, 0x4e3f0ad2), '123456789012345678901234567890')
  assert.equal(big(-1, 1, 0), '-4294967296')
  assert.equal(big(0), '0')
  assert.equal(big(1, -1), '4294967295')
})

test('a BigInteger without its digits, or of absurd size, stays an object', () => {
  assert.match(object('java.math.BigInteger', 'signum mag', '91 4e'), /^\{"class":"java.math.BigInteger"/)
  const words = wire('58', int(2049), ...Array.from({ length: 2049 }, () => int(1)))
  assert.match(object('java.math.BigInteger', 'signum mag', '91', words), /^\{"class":"java.math.BigInteger"/)
})

test('a UUID has two layouts and one text', () => {
  const text = '"00000000-0000-0001-ffff-ffffffffffff"'
  assert.equal(object('java.util.UUID', 'value', str(JSON.parse(text) as string)), text)
  assert.equal(
    object('java.util.UUID', 'leastSigBits mostSigBits', long(-(2n ** 48n)), long(1n)),
    '"00000000-0000-0001-ffff-000000000000"'
  )
})

test('values of one field are that value', () => {
  assert.equal(handle('LocaleHandle', 'value', str('zh_CN')), '"zh_CN"')
  assert.equal(object('java.util.Currency', 'currencyCode', str('EUR')), '"EUR"')
  assert.equal(object('java.util.concurrent.atomic.AtomicInteger', 'value', '97'), '7')
  assert.equal(object('java.util.concurrent.atomic.AtomicLong', 'value', long(2n ** 60n)), '1152921504606846976')
  assert.equal(object('java.util.concurrent.atomic.AtomicBoolean', 'value', '91'), 'true')
  assert.equal(handle('java8.ZoneIdHandle', 'zoneId', str('Europe/Paris')), '"Europe/Paris"')
})

test('the dates of java.sql and calendars are milliseconds', () => {
  for (const name of ['Timestamp', 'Date', 'Time']) {
    assert.equal(object(`java.sql.${name}`, 'value', '4a 0000018bcfe5687b'), '1700000000123')
  }
  const type = wire(cls('java.lang.Class', 'name'), '61', str('java.util.GregorianCalendar'))
  assert.equal(handle('CalendarHandle', 'type date', type, '4a 0000018bcfe5687b'), '1700000000123')
})

test('an EnumSet is the list of its names', () => {
  const level = cls('com.example.Level', 'name')
  const objects = wire('72', str('[com.example.Level'), level, '61', str('HIGH'), '61', str('LOW'))
  const type = wire(cls('java.lang.Class', 'name'), '62', str('com.example.Level'))
  assert.equal(handle('EnumSetHandler', 'objects type', objects, type), '["HIGH","LOW"]')
})

test('dates and times of java.time are the text that Java prints', () => {
  const date = (year: number, month: number, day: number) =>
    handle('java8.LocalDateHandle', 'day month year', int(day), int(month), int(year))
  assert.equal(date(2024, 2, 29), '"2024-02-29"')
  assert.equal(date(7, 1, 1), '"0007-01-01"')
  assert.equal(date(-44, 3, 15), '"-0044-03-15"')
  assert.equal(date(12024, 12, 31), '"+12024-12-31"')
  const time = (...parts: number[]) => handle('java8.LocalTimeHandle', 'hour minute second nano', ...parts.map(int))
  assert.equal(time(23, 59, 0, 0), '"23:59"')
  assert.equal(time(0, 0, 58, 0), '"00:00:58"')
  assert.equal(time(1, 2, 0, 100_000_000), '"01:02:00.100"')
  assert.equal(time(1, 2, 3, 1_000), '"01:02:03.000001"')
  assert.equal(time(1, 2, 3, 1), '"01:02:03.000000001"')
})

test('parts that make no date or time leave the object as it is', () => {
  const fields = 'day month year'
  assert.match(handle('java8.LocalDateHandle', fields, int(1), int(13), int(2024)), /^\{"class":.*"month":13/)
  assert.match(handle('java8.LocalDateHandle', fields, '4e', int(12), int(2024)), /^\{"class":.*"day":null/)
  assert.match(handle('java8.LocalDateHandle', 'day month', int(1), int(1)), /^\{"class":/)
  assert.match(handle('java8.LocalTimeHandle', 'hour minute second nano', '90 90 90 8f'), /^\{"class":/)
})

const localDateTime = (first: number) =>
  wire(
    cls(`${HANDLES}java8.LocalDateTimeHandle`, 'time', 'date'),
    Buffer.from([0x60 + first]),
    cls(`${HANDLES}java8.LocalTimeHandle`, 'nano', 'second', 'minute', 'hour'),
    Buffer.from([0x61 + first]),
    wire(int(123_456_789), int(58), int(59), int(23)),
    cls(`${HANDLES}java8.LocalDateHandle`, 'day', 'month', 'year'),
    Buffer.from([0x62 + first]),
    wire(int(29), int(2), int(2024))
  )
const LOCAL = '2024-02-29T23:59:58.123456789'

test('a date-time is made of its handles, also when they were sent before', () => {
  assert.equal(json(localDateTime(0)), `"${LOCAL}"`)
  const again = wire('7a', localDateTime(0), '51 91')
  assert.equal(json(again), `["${LOCAL}","${LOCAL}"]`)
  const shared = wire('7a', localDateTime(0), '60 51 92 51 93')
  assert.equal(json(shared), `["${LOCAL}","${LOCAL}"]`)
})

test('offsets and zones are appended as Java prints them', () => {
  const offset = (index: number, seconds: number) =>
    wire(cls(`${HANDLES}java8.ZoneOffsetHandle`, 'seconds'), Buffer.from([0x60 + index]), int(seconds))
  for (const [seconds, text] of [
    [0, 'Z'],
    [28800, '+08:00'],
    [-3723, '-01:02:03'],
    [19800, '+05:30']
  ] as const) {
    assert.equal(json(offset(0, seconds)), `"${text}"`)
    const fields = wire(localDateTime(1), offset(4, seconds))
    assert.equal(handle('java8.OffsetDateTimeHandle', 'dateTime offset', fields), `"${LOCAL}${text}"`)
  }
  const zoned = (zone: string) =>
    handle('java8.ZonedDateTimeHandle', 'dateTime offset zoneId', localDateTime(1), offset(4, 28800), str(zone))
  assert.equal(zoned('Asia/Shanghai'), `"${LOCAL}+08:00[Asia/Shanghai]"`)
  assert.equal(zoned('+08:00'), `"${LOCAL}+08:00"`)
})

test('an instant is UTC with seconds, as far as Java reaches', () => {
  const instant = (seconds: bigint, nanos: number) =>
    handle('java8.InstantHandle', 'nanos seconds', int(nanos), long(seconds))
  assert.equal(instant(1_700_000_000n, 123), '"2023-11-14T22:13:20.000000123Z"')
  assert.equal(instant(0n, 0), '"1970-01-01T00:00:00Z"')
  assert.equal(instant(-1n, 500_000_000), '"1969-12-31T23:59:59.500Z"')
  assert.equal(instant(31_556_889_864_403_199n, 999_999_999), '"+1000000000-12-31T23:59:59.999999999Z"')
  assert.equal(instant(-31_557_014_167_219_200n, 0), '"-1000000000-01-01T00:00:00Z"')
  assert.match(instant(31_556_889_864_403_200n, 0), /^\{"class":/)
})

test('durations, periods, years and their parts are the text that Java prints', () => {
  const duration = (seconds: bigint, nanos: number) =>
    handle('java8.DurationHandle', 'seconds nanos', long(seconds), int(nanos))
  const durations: [bigint, number, string][] = [
    [0n, 0, 'PT0S'],
    [29_172n, 345_000_000, 'PT8H6M12.345S'],
    [3600n, 0, 'PT1H'],
    [-1n, 500_000_000, 'PT-0.5S'],
    [-2n, 500_000_000, 'PT-1.5S'],
    [-90n, 0, 'PT-1M-30S'],
    [60n, 1, 'PT1M0.000000001S']
  ]
  for (const [seconds, nanos, text] of durations) assert.equal(duration(seconds, nanos), quoted(text))
  assert.equal(handle('java8.PeriodHandle', 'years months days', '91 92 93'), '"P1Y2M3D"')
  assert.equal(handle('java8.PeriodHandle', 'years months days', '90 90 90'), '"P0D"')
  assert.equal(handle('java8.YearHandle', 'year', int(2024)), '"2024"')
  assert.equal(handle('java8.YearMonthHandle', 'year month', int(2024), '92'), '"2024-02"')
  assert.equal(handle('java8.MonthDayHandle', 'month day', '92', int(29)), '"--02-29"')
})

test('a class known by name but sent with other fields is written field by field', () => {
  assert.equal(
    object('java.math.BigDecimal', 'unscaled scale', '91 92'),
    '{"class":"java.math.BigDecimal","unscaled":1,"scale":2}'
  )
})

test('a BigInteger of 65,536 bits is its digits', () => {
  const words = wire('58', int(2048), ...Array.from({ length: 2048 }, () => int(-1)))
  assert.equal(object('java.math.BigInteger', 'signum mag', '91', words), String(2n ** 65536n - 1n))
})

test('a BitSet is the numbers of its bits', () => {
  const words = (...all: bigint[]) => wire('72', str('[long'), ...all.map(long)).fill(0x70 + all.length, 0, 1)
  assert.equal(handle('BitSetHandle', 'words', words(5n, 1n, -(2n ** 63n))), '[0,2,64,191]')
  const all = Array.from({ length: 64 }, (_, bit) => bit)
  assert.equal(handle('BitSetHandle', 'words', words(-1n)), `[${all.join()}]`)
  assert.equal(handle('BitSetHandle', 'words', words(3n << 31n, 1n << 62n)), '[31,32,126]')
  assert.equal(handle('BitSetHandle', 'words', words()), '[]')
  assert.match(handle('BitSetHandle', 'words', '79 01 61'), /^\{"class":/)
})

test('compact times of hessian-lite 4 are a value without a name', () => {
  const compact = (name: string, value: bigint) => json(wire(cls(`java.time.${name}`), '60', long(value)))
  assert.equal(compact('LocalDate', 19_782n), '"2024-02-29"')
  assert.equal(compact('LocalDate', -720_930n), '"-0004-02-29"')
  assert.equal(compact('LocalDate', 365_241_780_471n), '"+999999999-12-31"')
  assert.match(compact('LocalDate', 365_241_780_472n), /^\{"class":"java.time.LocalDate"/)
  assert.equal(compact('LocalTime', 86_398_123_456_789n), '"23:59:58.123456789"')
  assert.match(compact('LocalTime', 86_400_000_000_000n), /^\{"class":"java.time.LocalTime"/)
  assert.equal(
    object('java.time.LocalDateTime', 'date time', long(19_782n), long(86_398_000_000_005n)),
    '"2024-02-29T23:59:58.000000005"'
  )
  const offset = wire(cls(`${HANDLES}java8.ZoneOffsetHandle`, 'seconds'), '61 90')
  const inner = wire(cls('java.time.LocalTime'), '62', long(28_862_000_000_003n))
  assert.equal(handle('java8.OffsetTimeHandle', 'zoneOffset localTime', offset, inner), '"08:01:02.000000003Z"')
})

test('a compact time is one value of the stream, and what follows it the next', () => {
  const bytes = wire(cls('java.time.LocalDate'), '60', long(1n), '60 e2 91')
  const [first, second, third] = decodeBytes(bytes)
  assert.deepEqual(first, new HObject('java.time.LocalDate', ['value'], [new HLong(1n)]))
  assert.deepEqual(second, new HObject('java.time.LocalDate', ['value'], [new HLong(2n)]))
  assert.deepEqual(third, new HInt(1))
  assert.equal(json(wire(bytes.subarray(0, -1))), '"1970-01-03"')
  assert.throws(() => decodeBytes(wire(cls('java.time.LocalTime'), '60')), { code: 'ABOX_HESSIAN_TRUNCATED' })
})

test('dates are ISO text where that is asked for, as values, as keys and inside their classes', () => {
  const iso = (bytes: Buffer): string => {
    const scan = new HessianScan(bytes)
    const sink = new JsonSink()
    writeJson(scan, scan.skip(), sink, { dates: 'iso' })
    return sink.take().toString()
  }
  assert.equal(iso(wire('4a 0000018bcfe5687b')), '"2023-11-14T22:13:20.123Z"')
  assert.equal(iso(wire('4b 00000001')), '"1970-01-01T00:01:00Z"')
  assert.equal(iso(wire('4a ffffffffffffffff')), '"1969-12-31T23:59:59.999Z"')
  assert.equal(iso(wire('4a 7fffffffffffffff')), '"+292278994-08-17T07:12:55.807Z"')
  assert.equal(iso(wire('48 4b 00000001 90 5a')), '{"1970-01-01T00:01:00Z":0}')
  const timestamp = wire(cls('java.sql.Timestamp', 'value'), '60 4b 00000001')
  assert.equal(iso(timestamp), '"1970-01-01T00:01:00Z"')
  assert.equal(json(timestamp), '60000')
  assert.equal(iso(wire('48', timestamp, '90 5a')), '{"1970-01-01T00:01:00Z":0}')
})

test('a date class whose field is no date stays an object', () => {
  assert.equal(object('java.sql.Date', 'value', str('1}')), '{"class":"java.sql.Date","value":"1}"}')
})

test('a class that the service describes as a bean is none of the enums, though its only field is `name`', () => {
  const scan = new HessianScan(wire(cls('x.Tag', 'name'), '60', str('bob')))
  const at = scan.skip()
  const text = (isEnum: (name: string) => boolean | undefined): string => {
    const sink = new JsonSink()
    writeJson(scan, at, sink, { isEnum })
    return sink.take().toString()
  }
  assert.equal(
    text(() => undefined),
    '"bob"'
  )
  assert.equal(
    text(() => true),
    '"bob"'
  )
  assert.equal(
    text(() => false),
    '{"class":"x.Tag","name":"bob"}'
  )
})
