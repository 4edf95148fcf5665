import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { withSandbox } from './with-sandbox.ts'

/** A JSON text (with bare NaN and infinities) and what the identity function must make of it. */
interface Example {
  readonly text: string
  readonly result: string
}

const same = (text: string): Example => ({ text, result: text })
const number = fc.oneof(
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((n) => same(JSON.stringify(n)))
    .filter(({ text }) => !/^-?\d{16,}$/.test(text)),
  fc.maxSafeInteger().map((n) => same(`${n}`)),
  fc.constantFrom(
    { text: '1e3', result: '1000' },
    { text: '-0.0', result: '0' },
    { text: '9007199254740992.5', result: '9007199254740992' },
    { text: '0.12345678901234567890123', result: '0.12345678901234568' },
    { text: '1e999', result: 'Infinity' }
  )
)
const word = fc.constantFrom('NaN', 'Infinity', '-Infinity').map(same)
const long = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).filter((n) => n > 2n ** 53n - 1n || n < -(2n ** 53n) + 1n)
const text = fc
  .array(
    fc.oneof(fc.string(), fc.constantFrom('NaN', '-Infinity', '"', '\\', '1234567890123456789', '-0e999', '1e999'))
  )
  .map((parts) => same(JSON.stringify(parts.join(''))))

const json = (longs: fc.Arbitrary<Example>): fc.Arbitrary<Example> =>
  fc.letrec<{ value: Example; list: Example; object: Example }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, number, word, longs, text, fc.constant(same('null')), tie('list'), tie('object')),
    list: fc.tuple(fc.array(tie('value')), fc.constantFrom('', ' ', '\n\t')).map(([items, space]) => ({
      text: `[${items.map((item) => space + item.text + space).join()}]`,
      result: `[${items.map((item) => item.result).join()}]`
    })),
    object: fc.array(fc.tuple(text, tie('value'))).map((entries) => ({
      text: `{${entries.map(([key, value], i) => `"k${i}${key.text.slice(1)}: ${value.text}`).join(',\n')}}`,
      result: `{${entries.map(([key, value], i) => `"k${i}${key.text.slice(1)}:${value.result}`).join()}}`
    }))
  })).value

const IDENTITY = 'export const id = (x) => x;'

describe('sandbox numbers', () => {
  it('pass an identity function unharmed, long integers as strings', async () => {
    await withSandbox(IDENTITY, async (sandbox) => {
      assert.equal(sandbox.int64, 'string')
      const examples = json(long.map((n) => ({ text: `${n}`, result: `"${n}"` })))
      await fc.assert(
        fc.asyncProperty(examples, async ({ text, result }) => assert.equal(await sandbox.call('id', [text]), result)),
        { numRuns: 500 }
      )
    })
  })

  it('pass an identity function unharmed, long integers as BigInt when the module says so', async () => {
    await withSandbox(`${IDENTITY} export const int64 = 'bigint'`, async (sandbox) => {
      assert.equal(sandbox.int64, 'bigint')
      await fc.assert(
        fc.asyncProperty(json(long.map((n) => same(`${n}`))), async ({ text, result }) =>
          assert.equal(await sandbox.call('id', [text]), result)
        ),
        { numRuns: 500 }
      )
    })
  })

  it('beyond 2^53 arrive with all digits, also as the whole text and at the very edge', async () => {
    const source = 'export const typed = (x) => [typeof x, x]'
    await withSandbox(source, async (sandbox) => {
      const typed = (text: string) => sandbox.call('typed', [text])
      assert.equal(await typed('9007199254740991'), '["number",9007199254740991]')
      assert.equal(await typed('9007199254740993'), '["string","9007199254740993"]')
      assert.equal(await typed('-9223372036854775808'), '["string","-9223372036854775808"]')
      assert.equal(await typed('"9007199254740993"'), '["string","9007199254740993"]')
    })
    await withSandbox(`${source}; export const int64 = 'bigint'`, async (sandbox) => {
      assert.equal(await sandbox.call('typed', ['9007199254740992']), '["bigint",9007199254740992]')
      assert.equal(await sandbox.call('typed', ['1']), '["number",1]')
      const digits = '9'.repeat(2000)
      assert.equal(await sandbox.call('typed', [digits]), `["string","${digits}"]`)
    })
  })

  it('that are BigInt are returned as JSON integers', async () => {
    await withSandbox('export const f = (x) => ({ sum: BigInt(x) + 1n, small: 5n })', async (sandbox) => {
      assert.equal(await sandbox.call('f', ['9223372036854775807']), '{"sum":9223372036854775808,"small":5}')
    })
  })

  it('that are not finite arrive as numbers and are returned as bare words', async () => {
    const source =
      'export const f = (x) => [x[0] !== x[0], x[1] === Infinity, x[2] === -Infinity, "NaN", null, 0 / 0, -1 / 0]'
    await withSandbox(source, async (sandbox) => {
      const result = await sandbox.call('f', ['[NaN, Infinity, -Infinity]'])
      assert.equal(result, '[true,true,true,"NaN",null,NaN,-Infinity]')
    })
  })
})
