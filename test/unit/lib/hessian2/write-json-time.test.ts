import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HDate } from '#lib/hessian2'
import { golden } from './golden.ts'
import { json as asJson, refused } from './wire.ts'
import { hexAs, valueAs, writeAs } from './written.ts'

/** The value inside a recorded answer: between the flag 94 and the attachments `{dubbo: "2.0.2"}`. */
function answered(call: string): string {
  const body = golden('response-java33', `3.3.6 answers typed ${call}(java)`).hex.slice(32)
  return body.slice(2, -'4805647562626f05322e302e325a'.length)
}

test('java.time values are written as Java writes its own', () => {
  assert.equal(hexAs('java.time.LocalDateTime', '"2024-02-29T23:59:58.123456789"'), answered('LocalDateTime_'))
  assert.equal(hexAs('java.time.LocalDate', '"2024-02-29"'), answered('LocalDate_'))
  assert.equal(hexAs('java.time.Instant', '"2023-11-14T22:13:20.000000123Z"'), answered('Instant_'))
})

test('a Date is a date, from milliseconds or from a text with zone', () => {
  const hex = '4a0000018bcfe5687b'
  for (const json of [
    '1700000000123',
    '1700000000123.0',
    '"2023-11-14T22:13:20.123Z"',
    '"2023-11-15T06:13:20.123999+08:00"'
  ]) {
    assert.equal(hexAs('java.util.Date', json), hex, json)
  }
  assert.equal(hexAs('java.util.Date', '"1969-12-31T23:59:59.999Z"'), '4affffffffffffffff')
})

test('dates of java.sql are objects around a date', () => {
  const hex = hexAs('java.sql.Timestamp', '0')
  assert.equal(hex, `4312${Buffer.from('java.sql.Timestamp').toString('hex')}910576616c7565604b00000000`)
})

test('an Instant also comes from milliseconds, before 1970 too', () => {
  assert.equal(asJson(writeAs('java.time.Instant', '-1')), '"1969-12-31T23:59:59.999Z"')
})

test('any date text of JavaScript is the same point in time for Date and Instant', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      const json = JSON.stringify(date.toISOString())
      assert.deepEqual(valueAs('java.util.Date', json), new HDate(BigInt(date.getTime())))
      assert.equal(hexAs('java.time.Instant', json), hexAs('java.time.Instant', String(date.getTime())))
    })
  )
})

test('the offset of a zone is taken off', () => {
  const utc = hexAs('java.time.Instant', '"2024-01-01T00:00:00Z"')
  for (const text of [
    '2024-01-01T08:00:00+08:00',
    '2024-01-01T08:00+0800',
    '2024-01-01T08:00:00+08',
    '2023-12-31T18:30:00-05:30'
  ]) {
    assert.equal(hexAs('java.time.Instant', `"${text}"`), utc, text)
  }
})

test('a time without seconds or fraction is one', () => {
  assert.equal(asJson(writeAs('java.time.LocalTime', '"07:05"')), '"07:05"')
  assert.equal(asJson(writeAs('java.time.LocalTime', '"23:59:59.5"')), '"23:59:59.500"')
})

test('years outside four digits need a sign', () => {
  assert.equal(asJson(writeAs('java.time.LocalDate', '"+12024-02-29"')), '"+12024-02-29"')
  assert.equal(asJson(writeAs('java.time.LocalDate', '"-0004-02-29"')), '"-0004-02-29"')
})

test('what means no point in time is refused, above all a text without zone', () => {
  const dates = [
    '"2024-02-29 23:59:58"',
    '"2024-02-29T23:59:58"',
    '"2024-02-29"',
    '"2023-02-29T00:00:00Z"',
    '"x"',
    '1.5'
  ]
  const more = [
    '"2024-02-29T24:00:00Z"',
    '"2024-02-29T00:00:60Z"',
    '"2024-13-01T00:00:00Z"',
    '"2024-01-01T00:00:00+19:00"',
    'true',
    '1e300'
  ]
  for (const json of [...dates, ...more]) {
    for (const type of ['java.util.Date', 'java.time.Instant', 'java.sql.Timestamp']) {
      const error = refused('ABOX_ANSWER_TYPE', () => hexAs(type, json))
      assert.match(error.message, /whole milliseconds since 1970, or "2024-02-29T23:59:58.123Z" with its zone/)
    }
  }
})

test('what is no local date or time is refused', () => {
  for (const [type, text] of [
    ['java.time.LocalDate', '2023-02-29'],
    ['java.time.LocalDate', '24-02-29'],
    ['java.time.LocalDate', '2024-02-29T00:00'],
    ['java.time.LocalDate', '1900-02-29'],
    ['java.time.LocalTime', '24:00'],
    ['java.time.LocalTime', '7:05'],
    ['java.time.LocalTime', '07:05:06.1234567890'],
    ['java.time.LocalDateTime', '2024-02-29 23:59:58'],
    ['java.time.LocalDateTime', '2024-02-29T23:59:58Z'],
    ['java.time.LocalDateTime', 'T']
  ]) {
    refused('ABOX_ANSWER_TYPE', () => hexAs(type as string, `"${text}"`))
  }
  refused('ABOX_ANSWER_TYPE', () => hexAs('java.time.LocalDate', '0'))
})

test('a date outside of what JavaScript holds is written, to the last millisecond that Java has', () => {
  assert.equal(asJson(writeAs('java.time.Instant', '"+300000-01-01T00:00:00Z"')), '"+300000-01-01T00:00:00Z"')
  assert.equal(hexAs('java.util.Date', '"+300000-01-01T00:00:00Z"'), hexAs('java.util.Date', '9404918380800000'))
  assert.equal(hexAs('java.util.Date', '9223372036854775807'), '4a7fffffffffffffff')
  assert.equal(hexAs('java.util.Date', '-9223372036854775808'), '4a8000000000000000')
  refused('ABOX_ANSWER_TYPE', () => hexAs('java.util.Date', '9223372036854775808'))
  refused('ABOX_ANSWER_TYPE', () => hexAs('java.util.Date', '"+300000000-01-01T00:00:00Z"'))
})
