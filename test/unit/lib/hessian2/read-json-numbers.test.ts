import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { double, int, json, long, wire } from './wire.ts'

/** The shortest decimal, recognisable as a double. */
function doubleText(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const text = String(value).replace('e+', 'e')
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}

test('an int is its digits, at every number of digits', () => {
  for (let power = 1; power <= 1_000_000_000; power *= 10) {
    for (const value of [power - 1, power, power + 1, -power]) assert.equal(json(int(value)), String(value))
  }
  for (const value of [0x7fffffff, -0x80000000]) assert.equal(json(int(value)), String(value))
  assert.equal(json(wire('7d 80 bf c000 cfff d00000')), '[-16,47,-2048,2047,-262144]')
})

test('a long is its digits, at every number of digits and at both ends', () => {
  for (let power = 1n; power <= 1_000_000_000_000_000_000n; power *= 10n) {
    for (const value of [power - 1n, power, -power, power * 9n + 8n]) assert.equal(json(long(value)), String(value))
  }
  const edges = [2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 32n, -(2n ** 32n)]
  for (const value of edges) assert.equal(json(long(value)), String(value))
  assert.equal(json(wire('7e d8 ef f000 ffff 380000 597fffffff')), '[-8,15,-2048,2047,-262144,2147483647]')
})

test('any long keeps all its digits', () => {
  fc.assert(fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => json(long(value)) === String(value)))
})

test('a double is its shortest decimal and always recognisable as one', () => {
  const texts: [number, string][] = [
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [-1.5, '-1.5'],
    [0.25, '0.25'],
    [1e300, '1e300'],
    [-1e-300, '-1e-300'],
    [1e21, '1e21'],
    [123456789012345680000, '123456789012345680000.0'],
    [0.000001, '0.000001'],
    [0.0000001, '1e-7'],
    [0.1 + 0.2, '0.30000000000000004'],
    [999999999.999999, '999999999.999999'],
    [Number.MAX_VALUE, '1.7976931348623157e308'],
    [Number.MIN_VALUE, '5e-324'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity']
  ]
  for (const [value, text] of texts) assert.equal(json(double(value)), text)
})

test('the short forms of a double are doubles in JSON', () => {
  const hex = '5b 5c 5d80 5e7fff 5f00002fda 5f00000009 5fffffffff'
  assert.equal(json(wire('7f', hex)), '[0.0,1.0,-128.0,32767.0,12.25,0.009000000000000001,-0.001]')
})

const anyDouble = fc.oneof(
  fc.double(),
  fc.double({ min: -10, max: 10 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 }).map((value) => value / 1000),
  fc.integer({ min: -(2 ** 50), max: 2 ** 50 }).map((value) => value / 1e6),
  fc.integer().map(Math.fround),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 1, 1e21, 1e-7, 5e-324)
)

test('any double alone is the shortest decimal', () => {
  fc.assert(
    fc.property(anyDouble, (value) => json(double(value)) === doubleText(value)),
    { numRuns: 3000 }
  )
})

test('any list of doubles is the list of their texts, whatever is converted together', () => {
  fc.assert(
    fc.property(fc.array(anyDouble, { maxLength: 40 }), (values) => {
      const list = wire('58', int(values.length), ...values.map(double))
      assert.equal(json(list), `[${values.map(doubleText).join(',')}]`)
    }),
    { numRuns: 500 }
  )
})

test('a list of many doubles is complete', () => {
  const values = Array.from({ length: 1000 }, (_, i) => Math.sqrt(i + 2))
  assert.equal(json(wire('58', int(1000), ...values.map(double))), `[${values.map(doubleText).join(',')}]`)
})

test('doubles between other values keep their places', () => {
  const third = double(1 / 3)
  assert.equal(
    json(wire('7f', third, '90', third, third, '4e', double(0.5), third)),
    '[0.3333333333333333,0,0.3333333333333333,0.3333333333333333,null,0.5,0.3333333333333333]'
  )
})
