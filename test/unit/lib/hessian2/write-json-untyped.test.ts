import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { HDouble, HDoubles, type HessianValue, HInt, HList, HLong } from '#lib/hessian2'
import { json as asJson, refused } from './wire.ts'
import { type Form, hexAs, valueAs, writeAs } from './written.ts'

const OBJECT = 'java.lang.Object'

/** The items of a list; a list of doubles alone is read as one of these. */
function itemsOf(list: HessianValue): HessianValue[] {
  if (list instanceof HDoubles) return Array.from(list.values, (value) => new HDouble(value))
  assert.ok(list instanceof HList)
  return list.items
}

test('without declared type a number is int, long, BigInteger or double by how it is written', () => {
  assert.deepEqual(valueAs(OBJECT, '3'), new HInt(3))
  assert.deepEqual(valueAs(OBJECT, '-2147483648'), new HInt(-2147483648))
  assert.deepEqual(valueAs(OBJECT, '2147483648'), new HLong(2147483648n))
  assert.deepEqual(valueAs(OBJECT, '9223372036854775807'), new HLong(9223372036854775807n))
  assert.equal(asJson(writeAs(OBJECT, '9223372036854775808')), '9223372036854775808')
  assert.deepEqual(valueAs(OBJECT, '3.0'), new HDouble(3))
  assert.deepEqual(valueAs(OBJECT, '3e0'), new HDouble(3))
  assert.deepEqual(valueAs(OBJECT, 'NaN'), new HDouble(Number.NaN))
})

test('each number of a list has the bytes that it has alone, whatever stands beside it', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
    fc.integer().map(String),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
    fc.constantFrom('-0', '-0.0', '0.0', '1.0', '12.0', '1e3', '999999999', '1000000000', '0.12345678901234567')
  )
  const other = fc.constantFrom('null', 'true', '"1"', 'NaN', '[2.5]')
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ arbitrary: number, weight: 9 }, { arbitrary: other, weight: 1 }), { maxLength: 60 }),
      fc.constantFrom(',', ', ', ' ,\n '),
      (texts, comma) => {
        const items = texts.map((text) => valueAs(OBJECT, text))
        // The second time, nothing of the list is near the end of the text.
        for (const margin of ['', ' '.repeat(40)]) {
          assert.deepEqual(itemsOf(valueAs(OBJECT, `[${texts.join(comma)}${margin}]`)), items)
        }
      }
    ),
    { numRuns: 1000 }
  )
})

test('arrays are untyped lists and objects untyped maps', () => {
  assert.equal(hexAs(OBJECT, '{"a": [1, null, true]}'), '48016158490000000391' + '4e54' + '5a')
  assert.equal(hexAs(OBJECT, '[]'), '584900000000')
  assert.equal(hexAs(OBJECT, '{}'), '485a')
})

test('any JSON value comes back the same', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      assert.deepEqual(JSON.parse(asJson(writeAs(OBJECT, JSON.stringify(value)))), JSON.parse(JSON.stringify(value)))
    }),
    { numRuns: 1000 }
  )
})

test('a whole number of unreasonable length is refused', () => {
  refused('ABOX_ANSWER_TYPE', () => hexAs(OBJECT, '1'.repeat(5000)))
})

test('nesting deeper than the reader allows is refused', () => {
  refused('ABOX_JSON_TOO_DEEP', () => hexAs(OBJECT, '['.repeat(1000)))
  refused('ABOX_JSON_TOO_DEEP', () => hexAs('com.example.rank.RankResult', '{"previous":'.repeat(1000), 'objects'))
})

test('an error names the place in the value, what was found and what was expected', () => {
  const message = (type: string, json: string, form?: Form): string =>
    refused('ABOX_ANSWER_TYPE', () => hexAs(type, json, form)).message
  const result = 'com.example.rank.RankResult'
  const json = '{"code": 1, "items": [{"score": 1}, {"id": 2, "score": "high"}]}'
  for (const form of ['maps', 'objects'] as const) {
    assert.equal(message(result, json, form), 'ABOX_ANSWER_TYPE: items[1].score: found "high", expected double')
  }
  assert.equal(message('int', '{}'), 'ABOX_ANSWER_TYPE: the result: found an object, expected int')
  assert.equal(
    message('java.util.List<java.lang.String>', '["a", 12.5]'),
    'ABOX_ANSWER_TYPE: [1]: found 12.5, expected java.lang.String'
  )
  assert.equal(
    message('java.util.Map<java.lang.String, int[]>', '{"a.b": [1, null]}'),
    'ABOX_ANSWER_TYPE: ["a.b"][1]: found null, expected int'
  )
  assert.equal(message('int', ' '), 'ABOX_ANSWER_TYPE: the result: found nothing, expected int')
})

test('the error carries path and offset', () => {
  const error = refused('ABOX_ANSWER_TYPE', () => hexAs('java.util.List<java.lang.Long>', '[1, 0.5]'))
  assert.equal(error.path, '[1]')
  assert.equal(error.offset, 4)
})

test('broken JSON is a syntax error with its offset', () => {
  const error = refused('ABOX_JSON_SYNTAX', () => hexAs('java.util.List<java.lang.Long>', '[1, 2'))
  assert.equal(error.offset, 5)
})

test('whatever the JSON and the type, only coded errors occur', () => {
  const type = fc.constantFrom(
    ...[
      'int',
      'long',
      'double',
      'boolean',
      'char',
      'byte[]',
      'java.lang.String',
      'java.util.Date',
      'java.time.LocalDateTime'
    ],
    ...[
      'java.math.BigDecimal',
      'java.math.BigInteger',
      'java.util.UUID',
      'com.example.rank.Level',
      'com.example.rank.RankResult'
    ],
    ...[
      'java.util.List<java.lang.Double>',
      'java.util.Map<java.lang.Long,double[]>',
      'java.util.List<com.example.rank.ItemScore>'
    ]
  )
  const piece = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"id"',
      '"items"',
      '"previous":',
      '"LOW"',
      '1',
      '-',
      '1.5',
      'null',
      'true',
      'NaN'
    ],
    ...['"2024-02-29T00:00:00Z"', '"AQID"', '\\ud800', ' ', 'é']
  )
  const text = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    fc.json()
  )
  const limit = performance.now() + 1000
  while (performance.now() < limit) {
    fc.assert(
      fc.property(type, text, fc.constantFrom<Form>('maps', 'objects'), (name, json, form) => {
        try {
          writeAs(name, json, form)
        } catch (error) {
          assert.ok(error instanceof AboxError && error.code !== 'ABOX_INTERNAL', String(error))
        }
      }),
      { numRuns: 500 }
    )
  }
})
