import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBytes, HDate, HDouble, HInt, HLong } from '#lib/hessian2'
import { hexOf } from './written.ts'

function plain(hex: string): unknown {
  const value = decodeBytes(Buffer.from(hex, 'hex'))[0]
  return value instanceof HInt || value instanceof HLong || value instanceof HDouble ? value.value : value
}

test('null and booleans are one byte', () => {
  assert.equal(
    hexOf((w) => w.null()),
    '4e'
  )
  assert.equal(
    hexOf((w) => w.boolean(true)),
    '54'
  )
  assert.equal(
    hexOf((w) => w.boolean(false)),
    '46'
  )
})

test('ints have the bytes that Java gives them, at the edges of every form', () => {
  const cases: [number, string][] = [
    [0, '90'],
    [-16, '80'],
    [47, 'bf'],
    [48, 'c830'],
    [-17, 'c7ef'],
    [-2048, 'c000'],
    [2047, 'cfff'],
    [2048, 'd40800'],
    [-2049, 'd3f7ff'],
    [-262144, 'd00000'],
    [262143, 'd7ffff'],
    [262144, '4900040000'],
    [-262145, '49fffbffff'],
    [2147483647, '497fffffff'],
    [-2147483648, '4980000000']
  ]
  for (const [value, hex] of cases)
    assert.equal(
      hexOf((w) => w.int(value)),
      hex,
      String(value)
    )
})

test('longs have the bytes that Java gives them, at the edges of every form', () => {
  const cases: [number | bigint, string][] = [
    [0, 'e0'],
    [-8, 'd8'],
    [15, 'ef'],
    [16, 'f810'],
    [-9, 'f7f7'],
    [-2048, 'f000'],
    [2047, 'ffff'],
    [2048, '3c0800'],
    [-262144, '380000'],
    [262143, '3fffff'],
    [262144, '5900040000'],
    [2147483647, '597fffffff'],
    [-2147483648, '5980000000'],
    [2147483648, '4c0000000080000000'],
    [-2147483649, '4cffffffff7fffffff'],
    [9007199254740991, '4c001fffffffffffff'],
    [-9007199254740991, '4cffe0000000000001'],
    [9007199254740993n, '4c0020000000000001'],
    [2n ** 63n - 1n, '4c7fffffffffffffff'],
    [-(2n ** 63n), '4c8000000000000000'],
    [16n, 'f810']
  ]
  for (const [value, hex] of cases)
    assert.equal(
      hexOf((w) => w.long(value)),
      hex,
      String(value)
    )
})

test('doubles have the bytes that Java gives them, in every form', () => {
  const cases: [number, string][] = [
    [0, '5b'],
    [1, '5c'],
    [-128, '5d80'],
    [127, '5d7f'],
    [-1, '5dff'],
    [128, '5e0080'],
    [-32768, '5e8000'],
    [32767, '5e7fff'],
    [32768, '5f01f40000'],
    [12.25, '5f00002fda'],
    [-0.001, '5fffffffff'],
    [2147483.647, '5f7fffffff'],
    [0.1 + 0.2, '443fd3333333333334'],
    [Number.NaN, '447ff8000000000000'],
    [Number.POSITIVE_INFINITY, '447ff0000000000000'],
    [Number.NEGATIVE_INFINITY, '44fff0000000000000'],
    [1e300, '447e37e43c8800759c']
  ]
  for (const [value, hex] of cases)
    assert.equal(
      hexOf((w) => w.double(value)),
      hex,
      String(value)
    )
})

test('minus zero keeps its sign', () => {
  assert.equal(
    hexOf((w) => w.double(-0)),
    '448000000000000000'
  )
})

test('the form of thousandths is only used where 0.001·n and n/1000 are the same double', () => {
  fc.assert(
    fc.property(fc.integer(), (n) => {
      for (const value of [n * 0.001, n / 1000]) {
        const hex = hexOf((w) => w.double(value))
        if (hex.startsWith('5f')) {
          const thousandths = Buffer.from(hex, 'hex').readInt32BE(1)
          assert.equal(thousandths * 0.001, value)
          assert.equal(thousandths / 1000, value)
        }
        assert.equal(plain(hex), value)
      }
    }),
    { numRuns: 5000 }
  )
})

test('numbers come back as they were', () => {
  fc.assert(fc.property(fc.integer(), (value) => assert.equal(plain(hexOf((w) => w.int(value))), value)))
  fc.assert(
    fc.property(fc.integer({ min: -3000, max: 3000 }), (value) =>
      assert.equal(plain(hexOf((w) => w.int(value))), value)
    )
  )
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => assert.equal(plain(hexOf((w) => w.long(value))), BigInt(value)))
  )
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      assert.equal(plain(hexOf((w) => w.long(value))), value)
    })
  )
  fc.assert(fc.property(fc.double(), (value) => assert.ok(Object.is(plain(hexOf((w) => w.double(value))), value))))
})

test('dates are minutes where they can be, else milliseconds', () => {
  assert.equal(
    hexOf((w) => w.date(0)),
    '4b00000000'
  )
  assert.equal(
    hexOf((w) => w.date(-60000)),
    '4bffffffff'
  )
  assert.equal(
    hexOf((w) => w.date(1700000000123)),
    '4a0000018bcfe5687b'
  )
  assert.equal(
    hexOf((w) => w.date(-1)),
    '4affffffffffffffff'
  )
  assert.equal(
    hexOf((w) => w.date(2147483648 * 60000)),
    `4a0000${(2147483648n * 60000n).toString(16)}`
  )
  assert.equal(
    hexOf((w) => w.date(-60000n)),
    '4bffffffff'
  )
  assert.equal(
    hexOf((w) => w.date(-(2n ** 63n))),
    '4a8000000000000000'
  )
})

test('any date comes back, those that are none in JavaScript too', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (ms) => {
      assert.deepEqual(plain(hexOf((w) => w.date(ms))), new HDate(BigInt(ms)))
    })
  )
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (ms) => {
      assert.deepEqual(plain(hexOf((w) => w.date(ms))), new HDate(ms))
    })
  )
})
