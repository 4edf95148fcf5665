import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { JsonReader } from '#lib/json'

const number = (text: string): number => new JsonReader(Buffer.from(text)).readNumber()
const integer = (text: string): number | bigint | undefined => {
  const reader = new JsonReader(Buffer.from(text))
  return reader.integerAs(reader.scanNumber())
}
const digits = (min: number, max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max })

test('a double written by JSON.stringify is read back exactly', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.equal(number(JSON.stringify(value)), value === 0 ? 0 : value)
    }),
    { numRuns: 20_000 }
  )
})

test('any decimal text is read as Number reads it', () => {
  const whole = digits(0, 22).map((text) => text.replace(/^0+/, '') || '0')
  fc.assert(
    fc.property(
      fc.constantFrom('', '-'),
      whole,
      digits(0, 30),
      fc.option(fc.integer({ min: -340, max: 320 })),
      (sign, head, fraction, exponent) => {
        const text = `${sign}${head}${fraction === '' ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent}`}`
        assert.ok(Object.is(number(text), Number(text)), text)
      }
    ),
    { numRuns: 50_000 }
  )
})

test('decimals halfway between two doubles are read as Number reads them', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 62n }),
      fc.integer({ min: -1, max: 1 }),
      fc.integer({ min: 0, max: 30 }),
      (odd, off, scale) => {
        const shift = BigInt(odd.toString(2).length - 53)
        const half = shift === 0n ? odd : ((odd >> shift) << shift) + (1n << (shift - 1n)) + BigInt(off)
        const text = `${half}e-${scale}`
        assert.ok(Object.is(number(text), Number(text)), text)
      }
    ),
    { numRuns: 20_000 }
  )
})

test('minus zero keeps its sign', () => {
  assert.ok(Object.is(number('-0'), -0))
  assert.ok(Object.is(number('-0.0'), -0))
})

test('numbers beyond the range become infinite or zero as with JSON.parse', () => {
  assert.equal(number('1e999999999999'), Number.POSITIVE_INFINITY)
  assert.equal(number('-1e-999999999999'), -0)
})

test('whole numbers are exact at any size', () => {
  fc.assert(
    fc.property(fc.bigInt(), (value) => {
      const read = integer(value.toString())
      assert.equal(BigInt(read as number), value)
      assert.equal(
        typeof read,
        value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? 'number' : 'bigint'
      )
    })
  )
})

test('a decimal without fraction is whole, one with a fraction is not', () => {
  assert.equal(integer('12.0'), 12)
  assert.equal(integer('-12.000'), -12)
  assert.equal(integer('1.2e1'), 12)
  assert.equal(integer('120e-1'), 12)
  assert.equal(integer('0.00e500'), 0)
  assert.equal(integer('9007199254740993.0'), 9007199254740993n)
  assert.equal(integer('12.5'), undefined)
  assert.equal(integer('0.99999999999999999999999'), undefined)
  assert.equal(integer('1e-1'), undefined)
  assert.equal(integer('NaN'), undefined)
})

test('a whole number of unreasonable size is refused instead of made', () => {
  assert.equal(integer('1e100000000'), undefined)
  assert.equal(integer('1'.repeat(5000)), undefined)
})

test('the text of a number is kept', () => {
  const reader = new JsonReader(Buffer.from(' 0.10 '))
  assert.equal(reader.scanNumber(), 'decimal')
  assert.equal(reader.numberText(), '0.10')
})
