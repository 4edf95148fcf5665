import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HDate, HDouble, type HessianValue, HInt, HLong } from '#lib/hessian2'
import { decode, plain, refused } from './wire.ts'

/** Asserts what each stream (in hexadecimal) means, and of what class it is. */
function assertMeanings<T>(kind: new (value: never) => HessianValue & { value: T }, meanings: Record<string, T>): void {
  for (const [hex, value] of Object.entries(meanings)) {
    const found = decode(hex)
    assert.ok(found instanceof kind, hex)
    assert.ok(Object.is(found.value, value), `${hex} is ${String(value)}, not ${String(found.value)}`)
  }
}

test('null and the booleans are one byte', () => {
  assert.equal(decode('4e'), null)
  assert.equal(decode('54'), true)
  assert.equal(decode('46'), false)
})

test('an int has four forms, each read at both its ends', () => {
  assertMeanings(HInt, { '80': -16, '8f': -1, '90': 0, bf: 47 })
  assertMeanings(HInt, { c000: -2048, c7ff: -1, c800: 0, c830: 48, cfff: 2047 })
  assertMeanings(HInt, { d00000: -262144, d3ffff: -1, d40000: 0, d40800: 2048, d7ffff: 262143 })
  assertMeanings(HInt, { '4900040000': 262144, '4980000000': -2147483648, '497fffffff': 2147483647, '49ffffffff': -1 })
})

test('a long has five forms, each read at both its ends', () => {
  assertMeanings(HLong, { d8: -8n, df: -1n, e0: 0n, ef: 15n })
  assertMeanings(HLong, { f000: -2048n, f810: 16n, f7ff: -1n, ffff: 2047n })
  assertMeanings(HLong, { '380000': -262144n, '3bffff': -1n, '3c0800': 2048n, '3fffff': 262143n })
  assertMeanings(HLong, { '597fffffff': 2147483647n, '5980000000': -2147483648n })
  assertMeanings(HLong, {
    '4c7fffffffffffffff': 9223372036854775807n,
    '4c8000000000000000': -9223372036854775808n,
    '4c0020000000000001': 9007199254740993n
  })
})

test('a double has six forms, each read at both its ends', () => {
  assertMeanings(HDouble, { '5b': 0, '5c': 1, '5d80': -128, '5d7f': 127, '5e8000': -32768, '5e7fff': 32767 })
  assertMeanings(HDouble, { '5f00002fda': 12.25, '5fffffffff': -0.001, '5f7fffffff': 2147483.647 })
  assertMeanings(HDouble, {
    '443ff19999a0000000': 1.100000023841858,
    '448000000000000000': -0,
    '447ff0000000000000': Number.POSITIVE_INFINITY,
    '44fff0000000000000': Number.NEGATIVE_INFINITY,
    '447ff8000000000000': Number.NaN
  })
})

test('a double in thousandths is multiplied as Java does, so that its last bit survives', () => {
  // 9 / 1000 is 0.009; Java sends this form for 0.009000000000000001 only.
  assertMeanings(HDouble, { '5f00000009': 0.009000000000000001 })
})

test('a date counts milliseconds or minutes', () => {
  assert.deepEqual(decode('4a 0000018bcfe5687b'), new HDate(1700000000123n))
  assert.deepEqual(decode('4a ffffffffffffffff'), new HDate(-1n))
  assert.deepEqual(decode('4b 00000001'), new HDate(60_000n))
  assert.deepEqual(decode('4b ffffffff'), new HDate(-60_000n))
})

test('a date reaches as far as Java dates do, which is further than those of JavaScript', () => {
  assert.deepEqual(decode('4a 001eb208c2dc0001'), new HDate(8_640_000_000_000_001n))
  assert.deepEqual(decode('4a 7fffffffffffffff'), new HDate(9_223_372_036_854_775_807n))
  assert.deepEqual(decode('4b 80000000'), new HDate(-128_849_018_880_000n))
})

test('every form that is cut short is an error at its first byte', () => {
  const whole = ['c000', 'd00000', '4900040000', 'f000', '380000', '597fffffff', '4c7fffffffffffffff', '5d80', '5e8000']
  for (const hex of [...whole, '5f00002fda', '443ff19999a0000000', '4a0000018bcfe5687b', '4b00000001']) {
    for (let length = 2; length < hex.length; length += 2) {
      const error = refused('ABOX_HESSIAN_TRUNCATED', () => decode(hex.slice(0, length)))
      assert.equal(error.offset, 0, hex)
    }
  }
})

test('bytes that begin no value are refused, with the byte in the message', () => {
  for (const hex of ['40', '45', '47', '50', '5a']) {
    const error = refused('ABOX_HESSIAN_TAG', () => decode(hex))
    assert.match(error.message, new RegExp(`at byte 0 .*found 0x${hex}`))
  }
})

test('every first byte is either a value or refused with a code', () => {
  for (let tag = 0; tag < 256; tag++) {
    const bytes = Buffer.alloc(64)
    bytes[0] = tag
    try {
      plain(decode(bytes.subarray(0, 1)))
    } catch (error) {
      assert.match(String((error as { code?: unknown }).code), /^ABOX_HESSIAN_/)
    }
  }
})
