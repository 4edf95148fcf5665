import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HessianScan, HessianWriter, type JavaType, writeJson, writeJsonAs } from '#lib/hessian2'
import { createTypes } from '#lib/java-types'
import { JsonReader, JsonSink } from '#lib/json'
import { doubles, ints, longs, texts } from '../../../harness/fuzz/values.ts'

const types = createTypes({
  'com.example.Level': { enum: ['LOW', 'MIDDLE', 'HIGH'] },
  'com.example.Every': {
    fields: {
      flag: 'boolean',
      one: 'int',
      some: 'java.lang.Integer',
      far: 'long',
      part: 'double',
      text: 'java.lang.String',
      cost: 'java.math.BigDecimal',
      huge: 'java.math.BigInteger',
      level: 'com.example.Level',
      at: 'java.util.Date',
      day: 'java.time.LocalDate',
      raw: 'byte[]',
      id: 'java.util.UUID',
      parts: 'java.util.List<java.lang.Double>',
      row: 'double[]',
      rows: 'int[][]',
      byName: 'java.util.Map<java.lang.String, java.lang.Long>',
      byLevel: 'java.util.Map<com.example.Level, com.example.Every>',
      extra: 'java.lang.Object',
      next: 'com.example.Every',
      more: 'java.util.List<com.example.Every>'
    }
  }
})

function hessianOf(json: string, type: JavaType): Buffer {
  const reader = new JsonReader(Buffer.from(json))
  const writer = new HessianWriter(16)
  writeJsonAs(reader, type, writer, 'objects')
  reader.assertEnd()
  return Buffer.from(writer.take())
}

function jsonOf(bytes: Buffer): string {
  const scan = new HessianScan(bytes)
  const sink = new JsonSink()
  writeJson(scan, scan.skip(), sink, { isEnum: types.isEnum })
  assert.equal(scan.pos, bytes.length)
  return sink.take().toString()
}

const andBack = (json: string, type: string): string => jsonOf(hessianOf(json, types.resolve(type)))

/** Digits as they may stand in JSON: no zero in front, no minus before zero. */
const digits = fc
  .tuple(fc.boolean(), fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 }))
  .map(([minus, row]) => {
    const text = row.join('').replace(/^0+(?=\d)/, '')
    return minus && text !== '0' ? `-${text}` : text
  })
const wholes = fc.oneof(
  digits,
  longs.map(String),
  ints.map(String),
  fc.constantFrom(9, 10, 19, 20, 300, 1000).map((n) => '9'.repeat(n))
)
const exponents = fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.nat(320)).map((p) => p.join(''))
const decimals = fc
  .tuple(digits, fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 40 }), fc.boolean(), exponents)
  .map(([whole, part, scaled, exponent]) => `${whole}.${part.join('')}${scaled ? exponent : ''}`)

/** JSON that a double stands in as it does in ours. */
const doubleText = (value: number): string => {
  const text = Object.is(value, -0) ? '-0.0' : String(value)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}

test('a whole number of any size keeps its digits without a declared type, as long and as BigInteger', () => {
  fc.assert(
    fc.property(wholes, (text) => {
      assert.equal(andBack(text, 'java.lang.Object'), text)
      assert.equal(andBack(text, 'java.math.BigInteger'), text)
    }),
    { numRuns: 300 }
  )
  fc.assert(fc.property(longs, (value) => assert.equal(andBack(String(value), 'long'), String(value))))
})

test('a decimal keeps all its digits as BigDecimal, as it is written', () => {
  fc.assert(
    fc.property(fc.oneof(decimals, wholes), (text) => assert.equal(andBack(text, 'java.math.BigDecimal'), text)),
    { numRuns: 300 }
  )
})

test('a double stays this double and a double, declared or not', () => {
  fc.assert(
    fc.property(fc.oneof(doubles.map(doubleText), decimals), (text) => {
      const tooLarge = !Number.isFinite(Number(text)) && /\d/.test(text)
      for (const type of ['double', 'java.lang.Object']) {
        if (tooLarge) {
          assert.throws(() => andBack(text, type), { code: 'ABOX_ANSWER_TYPE' })
          continue
        }
        const back = andBack(text, type)
        assert.match(back, /[.e]|NaN|Infinity/)
        assert.ok(Object.is(Number(back), Number(text)), `${text} came back as ${back}`)
      }
    }),
    { numRuns: 500 }
  )
})

test('every text comes back, however it is escaped', () => {
  const escaped = (text: string): string =>
    `"${Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
  fc.assert(
    fc.property(texts, fc.boolean(), (text, all) => {
      for (const type of ['java.lang.Object', 'java.lang.String']) {
        assert.ok(JSON.parse(andBack(all ? escaped(text) : JSON.stringify(text), type)) === text)
      }
    }),
    { numRuns: 300 }
  )
})

/** JSON values of which every number is a token of its own. */
const { value: documents } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('null', 'true', 'false'),
    wholes,
    doubles.map(doubleText),
    texts.map((text) => JSON.stringify(text)),
    fc.array(tie('value'), { maxLength: 9 }).map((items) => `[${items.join()}]`),
    fc
      .array(fc.tuple(texts, tie('value')), { maxLength: 5 })
      .map((entries) => `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join()}}`)
  )
}))

test('a whole JSON text comes back token by token, keys such as __proto__ and keys that occur twice among them', () => {
  fc.assert(
    fc.property(documents, (json) => assert.equal(canonical(andBack(json, 'java.lang.Object')), canonical(json))),
    { numRuns: 300 }
  )
})

/** Doubles in JavaScript's own form, since there are several for one; everything else as it is. */
function canonical(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    token.startsWith('"') || /^-?\d+$/.test(token) ? token : doubleText(Number(token))
  )
}

const quoted = (text: string): string => JSON.stringify(text)
const list = (item: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(item, { maxLength: 9 }).map((items) => `[${items.join()}]`)
const mapOf = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .uniqueArray(fc.tuple(key, value), { maxLength: 4, selector: ([name]) => name })
    .map((entries) => `{${entries.map((entry) => entry.join(':')).join()}}`)
const levels = fc.constantFrom('"LOW"', '"MIDDLE"', '"HIGH"')

/** A bean of which any field may be missing, in any order. */
const { bean: beans } = fc.letrec<{ bean: string }>((tie) => {
  const fields: Record<string, fc.Arbitrary<string>> = {
    flag: fc.constantFrom('true', 'false'),
    one: ints.map(String),
    some: fc.oneof(ints.map(String), fc.constant('null')),
    far: longs.map(String),
    part: doubles.map(doubleText),
    text: fc.oneof(texts.map(quoted), fc.constant('null')),
    cost: fc.oneof(decimals, wholes),
    huge: wholes,
    level: levels,
    at: fc.integer({ min: -(2 ** 45), max: 2 ** 45 }).map(String),
    day: fc
      .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => quoted(date.toISOString().slice(0, 10))),
    raw: fc.uint8Array().map((bytes) => quoted(Buffer.from(bytes).toString('base64'))),
    id: fc.uuid().map(quoted),
    parts: list(fc.oneof(doubles.map(doubleText), fc.constant('null'))),
    row: list(doubles.map(doubleText)),
    rows: list(list(ints.map(String))),
    byName: mapOf(texts.map(quoted), longs.map(String)),
    byLevel: mapOf(levels, tie('bean')),
    extra: documents,
    next: tie('bean'),
    more: list(tie('bean'))
  }
  const pairs = Object.entries(fields).map(([name, value]) => value.map((text) => [name, text] as const))
  return {
    bean: fc.oneof(
      { maxDepth: 3 },
      fc.constant('{}'),
      fc.array(fc.oneof(...pairs), { maxLength: 12 }).map((entries) => {
        const last = new Map(entries)
        return `{${[...last].map(([name, text]) => `"${name}":${text}`).join()}}`
      })
    )
  }
})

test('a bean that became JSON is written as the same bytes again, by its declared type', () => {
  const type = types.resolve('com.example.Every')
  fc.assert(
    fc.property(beans, (json) => {
      const bytes = hessianOf(json, type)
      assert.equal(hessianOf(jsonOf(bytes), type).toString('hex'), bytes.toString('hex'))
    }),
    { numRuns: 300 }
  )
})
