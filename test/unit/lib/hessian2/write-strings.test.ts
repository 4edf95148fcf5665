import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBytes, HessianWriter } from '#lib/hessian2'
import { hexOf, writeAs } from './written.ts'

const decoded = (hex: string): unknown => decodeBytes(Buffer.from(hex, 'hex'))[0]

test('strings have the bytes that Java gives them', () => {
  const cases: [string, string][] = [
    ['', '00'],
    ['a😀b', '0461eda0bdedb88062'],
    ['\ud83d', '01eda0bd'],
    ['\u0000', '0100'],
    ['é中', '02c3a9e4b8ad'],
    ['x'.repeat(31), `1f${'78'.repeat(31)}`],
    ['x'.repeat(32), `3020${'78'.repeat(32)}`],
    ['x'.repeat(1023), `33ff${'78'.repeat(1023)}`],
    ['x'.repeat(1024), `530400${'78'.repeat(1024)}`],
    ['x'.repeat(0x8000), `538000${'78'.repeat(0x8000)}`],
    ['x'.repeat(0x8001), `528000${'78'.repeat(0x8000)}0178`]
  ]
  for (const [text, hex] of cases) assert.ok(hexOf((w) => w.string(text)) === hex, `${text.slice(0, 8)} ${text.length}`)
})

test('a chunk never ends between two surrogates', () => {
  const text = `${'x'.repeat(0x7fff)}😀y`
  assert.ok(hexOf((w) => w.string(text)) === `527fff${'78'.repeat(0x7fff)}03eda0bdedb88079`)
})

test('a high surrogate without partner is not pulled into the next chunk in vain', () => {
  const text = `${'x'.repeat(0x7fff)}\ud83dy`
  assert.equal(decoded(hexOf((w) => w.string(text))), text)
})

test('any string comes back', () => {
  const long = fc
    .tuple(fc.string({ unit: 'binary', minLength: 1 }), fc.nat(3000))
    .map(([text, times]) => text.repeat(times))
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), long), (text) => {
      assert.ok(decoded(hexOf((w) => w.string(text))) === text)
    })
  )
})

test('a string of JSON gives the same bytes as the string itself', () => {
  const edge = fc.tuple(fc.integer({ min: 0x7ffd, max: 0x8003 }), fc.constantFrom('😀', '中', 'x', '\n', '\ud800'))
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    edge.map(([before, middle]) => `${'a'.repeat(before)}${middle}${'b'.repeat(before)}`)
  )
  fc.assert(
    fc.property(text, (value) => {
      const expected = hexOf((w) => w.string(value))
      assert.ok(writeAs('java.lang.String', JSON.stringify(value)).toString('hex') === expected)
    })
  )
})

test('binary data has the bytes that Java gives it', () => {
  const cases: [number, string][] = [
    [0, '20'],
    [15, `2f${'00'.repeat(15)}`],
    [16, `3410${'00'.repeat(16)}`],
    [1023, `37ff${'00'.repeat(1023)}`],
    [1024, `420400${'00'.repeat(1024)}`],
    [0x8001, `418000${'00'.repeat(0x8000)}2100`]
  ]
  for (const [size, hex] of cases) assert.ok(hexOf((w) => w.binary(Buffer.alloc(size))) === hex, String(size))
})

test('binary data comes back, also from the middle of a buffer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100_000, size: 'max' }), fc.nat(50), (bytes, start) => {
      const source = Buffer.from(bytes)
      const from = Math.min(start, source.length)
      assert.ok(source.subarray(from).equals(decoded(hexOf((w) => w.binary(source, from))) as Buffer))
    }),
    { numRuns: 30 }
  )
})

test('the writer grows, keeps room for a header and begins again in the same memory', () => {
  const writer = new HessianWriter(1)
  writer.reset(16)
  writer.string('x'.repeat(100))
  assert.equal(writer.take().subarray(16).toString('hex'), `3064${'78'.repeat(100)}`)
  writer.reset(2)
  writer.int(1)
  assert.equal(writer.take().length, 3)
})
