import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { JsonReader, NumberRow } from '#lib/json'

/** All numbers of an array, by rows as far as they go. */
function numbers(text: string): number[] {
  const reader = new JsonReader(Buffer.from(text))
  const row = new NumberRow()
  const all: number[] = []
  if (!reader.enterArray()) return all
  do {
    reader.readRow(row)
    all.push(...row.values.subarray(0, row.count), reader.readNumber())
  } while (reader.nextElement())
  reader.assertEnd()
  return all
}

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 24 })
const numberText = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.integer().map(String),
  fc
    .tuple(fc.constantFrom('', '-'), digits, fc.option(digits, { nil: undefined }))
    .map(([sign, whole, part]) => `${sign}${whole.replace(/^0+(?=\d)/, '')}${part === undefined ? '' : `.${part}`}`)
)

test('a row of numbers is the same doubles as Number makes of their texts', () => {
  fc.assert(
    fc.property(fc.array(numberText, { minLength: 1, maxLength: 40 }), fc.constantFrom(',', ', '), (texts, comma) => {
      const read = numbers(`[${texts.join(comma)}]`)
      assert.equal(read.length, texts.length)
      for (const [i, text] of texts.entries()) assert.ok(Object.is(read[i], Number(text)), text)
    }),
    { numRuns: 3000 }
  )
})

test('more numbers than a row holds are read by several', () => {
  const values = Array.from({ length: 1000 }, (_, i) => i / 7)
  assert.deepEqual(numbers(JSON.stringify(values)), values)
})

test('a row ends before what is no ordinary number', () => {
  for (const odd of [
    '1e5',
    'null',
    '"1"',
    '1.',
    '-',
    '01',
    '.5',
    '1 ',
    '12345678901234567890',
    'NaN',
    '[1]',
    '1..2',
    ''
  ]) {
    const reader = new JsonReader(Buffer.from(`[0.5,${odd},${'0.25,'.repeat(20)}1]`))
    const row = new NumberRow()
    reader.enterArray()
    reader.readRow(row)
    assert.deepEqual([row.count, reader.pos], [1, 5], odd)
  }
})

test('a row of numbers that are alike ends where one is written with a point and another without', () => {
  const tokens = fc.array(
    fc.oneof(
      fc.integer({ min: -999_999_999, max: 999_999_999 }).map(String),
      fc.constantFrom('0', '-0', '-0.0', '1.5', '12.0', '0.1234567890123456')
    ),
    {
      minLength: 1,
      maxLength: 40
    }
  )
  fc.assert(
    fc.property(tokens, (texts) => {
      const reader = new JsonReader(Buffer.from(`[${texts.join(',')},${'7,'.repeat(20)}7]`))
      const row = new NumberRow()
      reader.enterArray()
      for (let from = 0; from < texts.length; ) {
        reader.readRow(row, true)
        const read = texts.slice(from, from + row.count)
        assert.ok(row.count > 0)
        for (const [i, text] of read.entries()) {
          assert.equal(!text.includes('.'), row.whole, text)
          assert.ok(Object.is(row.values[i], Number(text)), text)
        }
        from += row.count
      }
    })
  )
})

test('leading zeros of a fraction near the end of the text do not become its head', () => {
  for (const small of ['0.00000000296', '0.00000000176', '0.000000000000123456789']) {
    for (let after = 0; after < 80; after++) {
      const reader = new JsonReader(Buffer.from(`[0.5,${small},${'1'.repeat(after)}0]`))
      const row = new NumberRow()
      reader.enterArray()
      reader.readRow(row)
      for (let i = 0; i < row.count; i++) assert.equal(row.values[i], [0.5, Number(small)][i])
    }
  }
})
