import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type JsonPath, JsonReader, seek } from '#lib/json'
import { valueAt } from '../../../../src/apps/gateway/arguments.ts'
import { seekLarge } from '../../../../src/apps/gateway/large-path.ts'

const noTurn = (): Promise<void> => Promise.reject(new Error('a small text needs no turn'))

function expected(bytes: Buffer, path: JsonPath): string | undefined {
  const reader = new JsonReader(bytes)
  return seek(reader, path) ? valueAt(reader, bytes).toString() : undefined
}

test('a value is found where the reader of JSON finds it, or not at all', async () => {
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, 1, -0.5, '', 'a', '"', '\\', 'é'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', '"', ''), tie('value'), { maxKeys: 3 })
    )
  }))
  const step = fc.constantFrom<string | number>('a', 'b', '"', '', 0, 1, 2)
  await fc.assert(
    fc.asyncProperty(value, fc.array(step, { maxLength: 4 }), async (json, path) => {
      const bytes = Buffer.from(JSON.stringify(json))
      assert.equal((await seekLarge(bytes, path, noTurn))?.toString(), expected(bytes, path))
    }),
    { numRuns: 2000 }
  )
})

test('of equal keys the first counts', async () => {
  assert.equal((await seekLarge(Buffer.from('{"a":1,"a":2}'), ['a'], noTurn))?.toString(), '1')
})

test('a megabyte before the value takes turns, wherever they cut it', async () => {
  for (const part of ['"\\"",', '[{}],', '12345678901,', '"\\u0001",']) {
    const bytes = Buffer.from(`{"x":[${part.repeat(Math.ceil(1_000_000 / part.length))}0],"y":{"z":"here"}}`)
    let turns = 0
    const found = await seekLarge(bytes, ['y', 'z'], () => {
      turns++
      return Promise.resolve()
    })
    assert.equal(found?.toString(), '"here"')
    assert.ok(turns >= 3, `${turns} turns`)
  }
})
