import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cesu, decode, json, refused, str, uint16, wire } from './wire.ts'

test('a string has three lengths of head, each read at both its ends', () => {
  for (const length of [0, 1, 31, 32, 255, 256, 1023, 1024, 0x8000]) {
    const text = 'x'.repeat(length)
    assert.equal(decode(str(text)), text)
  }
})

test('a head longer than needed is read too', () => {
  assert.equal(decode('53 0001 61'), 'a')
  assert.equal(decode('30 01 61'), 'a')
  assert.equal(decode('52 0001 61 01 62'), 'ab')
})

test('chunks join, whatever the form of the last one', () => {
  for (const last of ['01 63', '30 01 63', '53 0001 63']) assert.equal(decode(`52 0001 61 52 0001 62 ${last}`), 'abc')
})

test('a string in pieces of any lengths is the pieces together', () => {
  const piece = fc
    .tuple(
      fc.constantFrom('a', 'é', '中', '\ud83d', '\ude00', '😀b'),
      fc.constantFrom(0, 1, 2, 3, 40, 1365, 1366, 4096, 5000)
    )
    .map(([unit, count]) => unit.repeat(count))
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
      const bytes = wire(...pieces.map((text) => wire('52', uint16(text.length), cesu(text))), '02 797a')
      assert.ok(decode(bytes) === `${pieces.join('')}yz`)
      assert.ok(JSON.parse(json(bytes)) === `${pieces.join('')}yz`)
    }),
    { numRuns: 200 }
  )
})

test('lengths count UTF-16 units, and an emoji is two of three bytes each', () => {
  assert.equal(decode('04 61 eda0bd edb880 62'), 'a😀b')
  assert.equal(decode('02 e4b8ad c3a9'), '中é')
  assert.equal(decode('01 00'), '\u0000')
})

test('surrogates without their other half are kept', () => {
  assert.equal(decode('01 eda0bd'), '\ud83d')
  assert.equal(decode('02 edb880 eda0bd'), '\ude00\ud83d')
})

test('four-byte UTF-8 is refused as Java refuses it', () => {
  refused('ABOX_HESSIAN_STRING', () => decode('02 f09f9880'))
})

test('overlong and broken characters are refused at the byte that is wrong', () => {
  const wrong: [string, number][] = [
    ['01 c080', 1],
    ['01 c1bf', 1],
    ['01 80', 1],
    ['01 c27f', 2],
    ['01 e09fbf', 2]
  ]
  for (const [hex, at] of [...wrong, ['01 e4b87f', 3], ['01 e47f80', 2], ['01 ff', 1]] as const) {
    const error = refused('ABOX_HESSIAN_STRING', () => decode(hex))
    assert.equal(error.offset, at, hex)
  }
})

test('a string that ends early is an error', () => {
  for (const hex of ['01', '02 61', '30', '31 00 61', '53 00', '53 0002 61', '52 0001 61', '01 e4b8', '01 c3']) {
    refused('ABOX_HESSIAN_TRUNCATED', () => decode(hex))
  }
})

test('a character that begins inside the stream and ends behind it is not read from behind', () => {
  const bytes = wire('01 e4b8ad')
  refused('ABOX_HESSIAN_TRUNCATED', () => decode(bytes.subarray(0, 3)))
})

test('a few empty chunks are read, a chain of them is refused at once', () => {
  assert.equal(decode(`${'52 0000'.repeat(8)} 01 61`), 'a')
  refused('ABOX_HESSIAN_TOO_MANY', () => decode(`${'520000'.repeat(100_000)} 01 61`))
})

test('any string survives, in any cutting, as value and as JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.integer({ min: 1, max: 90 }), (text, chunk) => {
      const bytes = str(text, chunk)
      assert.equal(decode(bytes), text)
      assert.equal(JSON.parse(json(bytes)), text)
    }),
    { numRuns: 1500 }
  )
})

test('in one piece, any string is written as JSON.stringify writes it', () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 700 })
  const mostlyAscii = fc.array(fc.oneof({ arbitrary: fc.integer({ min: 32, max: 126 }), weight: 40 }, fc.nat(0xffff)), {
    maxLength: 1500
  })
  fc.assert(
    fc.property(fc.oneof(units, mostlyAscii), (codes) => {
      const text = String.fromCharCode(...codes)
      assert.equal(json(str(text)), JSON.stringify(text))
    }),
    { numRuns: 600 }
  )
})

test('a long string of pairs is written as JSON.stringify writes it, wherever blocks of work end', () => {
  for (const shift of ['', 'a', 'ab', 'abc']) {
    const text = `${shift}${'😀'.repeat(3000)}"`
    assert.equal(json(str(text)), JSON.stringify(text))
  }
})

test('a pair that a peer cut in two chunks is two escapes of the same meaning', () => {
  const text = json(wire('52 0001 eda0bd 01 edb880'))
  assert.equal(text, '"\\ud83d\\ude00"')
  assert.equal(JSON.parse(text), '😀')
})

test('binary data has three lengths of head and chunks of any size', () => {
  for (const [head, length] of [
    ['20', 0],
    ['2f', 15],
    ['3410', 16],
    ['37ff', 1023],
    ['420400', 1024],
    ['42ffff', 65535]
  ]) {
    const data = Buffer.alloc(length as number, 7)
    assert.deepEqual(decode(head as string, data), data)
  }
  assert.deepEqual(decode('41 0001 61 41 0000 41 0002 6263 21 64'), Buffer.from('abcd'))
})

test('binary data that ends early is an error', () => {
  for (const hex of ['21', '34', '3402 00', '42 00', '42 0001', '41 0001 61', '41 ffff 61']) {
    refused('ABOX_HESSIAN_TRUNCATED', () => decode(hex))
  }
})

test('a chain of empty binary chunks is refused at once', () => {
  refused('ABOX_HESSIAN_TOO_MANY', () => decode(`${'410000'.repeat(100_000)} 20`))
})

test('binary data becomes Base64', () => {
  assert.equal(json(wire('23 fbff00')), '"+/8A"')
  assert.equal(json(wire('20')), '""')
  assert.equal(json(wire('41 0001 fb 22 ff00')), '"+/8A"')
})

test('a string of another length than its bytes leaves the rest to the next value', () => {
  assert.equal(json(wire('02 6162 01 63')), '"c"')
  assert.equal(json(wire('53', uint16(2), cesu('中文'), '90')), '0')
})
