import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { HInt, HLong } from '#lib/hessian2'
import { mapOf, objectOf } from '../../../harness/hessian-values.ts'
import { json, refused } from './wire.ts'
import { hexAs, valueAs, writeAs } from './written.ts'

const HANDLES = 'com.alibaba.com.caucho.hessian.io.java8.'
/** Types whose JSON is one text or number, and comes back to the same bytes. */
const TYPES = new Set([
  'java.lang.Class',
  ...['Duration', 'Instant', 'LocalDate', 'LocalDateTime', 'LocalTime', 'MonthDay', 'OffsetDateTime', 'OffsetTime'],
  ...['Period', 'Year', 'YearMonth', 'ZoneId', 'ZoneOffset', 'ZonedDateTime'],
  ...['java.util.Calendar', 'java.util.Currency', 'java.util.Locale'],
  ...['AtomicInteger', 'AtomicLong', 'AtomicBoolean']
])

interface Recorded {
  readonly name: string
  readonly type: string
  readonly hex: string
}

function recordedByJava(): Recorded[] {
  const url = new URL('../../../fixtures/hessian/lite-40.jsonl', import.meta.url)
  const lines = readFileSync(url, 'utf8').trim().split('\n')
  return lines
    .map((line) => JSON.parse(line) as Recorded)
    .filter(({ type }) => TYPES.has(type) || TYPES.has(type.replace(/^java\.(?:time|util\.concurrent\.atomic)\./, '')))
}

test('what Java wrote of these classes, read as JSON and written again, has the same bytes', () => {
  const recorded = recordedByJava()
  for (const { name, type, hex } of recorded) {
    assert.equal(hexAs(type, json(Buffer.from(hex, 'hex'))), hex, name)
  }
  assert.ok(recorded.length > 40, `${recorded.length} values`)
})

test('a text that is no value of the class is refused with an example', () => {
  for (const [type, texts] of [
    ['java.time.Duration', ['', 'P', 'PT', 'P1', '1S', 'PT1.0000000001S', 'PT9223372036854775808S', 'P1DT']],
    ['java.time.Period', ['P', 'P1H', 'P2147483648D', 'P306783379W']],
    ['java.time.Year', ['', 'x', '1e3', '1234567890']],
    ['java.time.YearMonth', ['2024-13', '2024-00', '24-01']],
    ['java.time.MonthDay', ['--02-30', '--13-01', '02-01', '--04-31']],
    ['java.time.ZoneOffset', ['+18:01', '+08:60', '08:00', 'UTC', '+08:00:60']],
    ['java.time.ZoneId', ['', '8', 'Asia/Shang hai']],
    ['java.time.OffsetTime', ['10:00', '24:00Z', '10:00+19:00']],
    ['java.time.OffsetDateTime', ['2024-02-30T00:00Z', '2024-02-29T00:00', '2024-02-29T00:00Z[UTC]']],
    ['java.time.ZonedDateTime', ['2024-02-29T00:00[UTC]', '2024-02-29T00:00Z[', '2024-02-29T00:00Z[]', ']', '[UTC]']],
    ['java.util.Currency', ['cny', 'CNYX', '']],
    ['java.util.Locale', ['zh CN', 'z', 'zh_CN_a b']],
    ['java.lang.Class<?>', ['', 'a b', '[X', 'a..b', `a${'b'.repeat(600)}`]]
  ] as const) {
    for (const text of texts) {
      const { message } = refused('ABOX_ANSWER_TYPE', () => hexAs(type, JSON.stringify(text)))
      assert.match(message, /: the result: found ".*"?…?, expected java\.\S+ \(".+"\)$/, text)
    }
    const { message } = refused('ABOX_ANSWER_TYPE', () => hexAs(type, '[{}]'))
    assert.match(message, /: the result: found an array, expected java\./)
    assert.equal(hexAs(type, 'null'), '4e')
  }
})

test('the path of a refused text is named', () => {
  const { message } = refused('ABOX_ANSWER_TYPE', () => hexAs('java.util.List<java.time.Year>', '["2024", true]'))
  assert.equal(message, 'ABOX_ANSWER_TYPE: [1]: found true, expected java.time.Year ("2024")')
})

test('a year comes from a number too', () => {
  assert.equal(hexAs('java.time.Year', '2024'), hexAs('java.time.Year', '"2024"'))
  refused('ABOX_ANSWER_TYPE', () => hexAs('java.time.Year', '2024.5'))
})

test('the other spellings that Java parses are the same value', () => {
  for (const [type, text, same] of [
    ['java.time.Duration', '-PT6H+3M', 'PT-6H-3M'],
    ['java.time.Duration', 'p1dt2h', 'PT26H'],
    ['java.time.Duration', 'PT-0.5S', '-PT0.500S'],
    ['java.time.Period', '-P1W2D', 'P-9D'],
    ['java.time.ZoneOffset', '+0530', '+05:30'],
    ['java.time.ZoneOffset', '-01', '-01:00:00'],
    ['java.time.ZoneOffset', '-00:00', 'Z'],
    ['java.util.Locale', 'zh-CN', 'zh_CN']
  ] as const) {
    assert.equal(hexAs(type, JSON.stringify(text)), hexAs(type, JSON.stringify(same)), text)
  }
})

test('an amount of time comes back as the text that Java prints', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), fc.nat(999_999_999), (seconds, nano) => {
      const text = `PT${seconds}.${String(nano).padStart(9, '0')}S`
      const once = json(writeAs('java.time.Duration', JSON.stringify(text)))
      assert.equal(json(writeAs('java.time.Duration', once)), once)
      const sign = seconds < 0n || text.startsWith('PT-') ? -1n : 1n
      const total = seconds * 1_000_000_000n + sign * BigInt(nano)
      const floor = (total - (((total % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)) / 1_000_000_000n
      assert.deepEqual(
        valueAs('java.time.Duration', once),
        objectOf(`${HANDLES}DurationHandle`, [
          ['nanos', new HInt(Number(total - floor * 1_000_000_000n))],
          ['seconds', new HLong(floor)]
        ])
      )
    })
  )
})

test('such texts are keys of maps as well', () => {
  assert.deepEqual(
    valueAs('java.util.Map<java.time.YearMonth, java.lang.Integer>', '{"2024-02": 1}'),
    mapOf([
      [
        objectOf(`${HANDLES}YearMonthHandle`, [
          ['month', new HInt(2)],
          ['year', new HInt(2024)]
        ]),
        new HInt(1)
      ]
    ])
  )
  const { message } = refused('ABOX_ANSWER_TYPE', () =>
    hexAs('java.util.Map<java.time.Year, java.lang.Object>', '{"x": 1}')
  )
  assert.match(message, /expected a key of type java\.time\.Year \("2024"\)$/)
})
