import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hasKeySlices, type JsonPath, JsonReader, seek, seekSlices } from '#lib/json'

/** The result of work in slices, and how many there were. */
function finish<T>(slices: Generator<undefined, T>): [T, number] {
  for (let count = 1; ; count++) {
    const { done, value } = slices.next()
    if (done === true) return [value, count]
  }
}

const find = (bytes: Buffer, path: JsonPath, slice: number): string | undefined =>
  finish(seekSlices(bytes, path, slice))[0]?.toString()

function expected(bytes: Buffer, path: JsonPath): string | undefined {
  const reader = new JsonReader(bytes)
  if (!seek(reader, path)) return undefined
  const start = reader.pos
  reader.skip()
  return bytes.toString('utf8', start, reader.pos)
}

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 1, -0.5, '', 'a', '"', '\\', 'é', '[1,{'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '"', ''), tie('value'), { maxKeys: 3 })
  )
}))
const step = fc.constantFrom<string | number>('a', 'b', '"', '', 0, 1, 2)

test('a value is found where the reader of JSON finds it, or not at all, in slices of any size', () => {
  fc.assert(
    fc.property(value, fc.array(step, { maxLength: 4 }), fc.integer({ min: 1, max: 40 }), (json, path, slice) => {
      const bytes = Buffer.from(JSON.stringify(json))
      assert.equal(find(bytes, path, slice), expected(bytes, path))
    }),
    { numRuns: 3000 }
  )
})

test('an object has a key where JSON.parse has it', () => {
  fc.assert(
    fc.property(
      value,
      fc.constantFrom(['a'], ['b', '"'], ['c', '']),
      fc.integer({ min: 1, max: 40 }),
      (json, names, slice) => {
        const isObject = typeof json === 'object' && json !== null && !Array.isArray(json)
        const [found] = finish(hasKeySlices(Buffer.from(JSON.stringify(json)), names, slice))
        assert.equal(found, isObject && names.some((name) => Object.hasOwn(json, name)))
      }
    ),
    { numRuns: 2000 }
  )
})

test('of equal keys the first counts', () => {
  assert.equal(find(Buffer.from('{"a":1,"a":2}'), ['a'], 100), '1')
})

test('no slice is much longer than it is asked to be', () => {
  for (const part of ['"\\"",', '[{}],', '12345678901,', '"\\u0001",']) {
    const list = `[${part.repeat(Math.ceil(100_000 / part.length))}0]`
    const bytes = Buffer.from(`{"x":${list},"y":{"z":"here"}}`)
    const [found, slices] = finish(seekSlices(bytes, ['y', 'z'], 1000))
    assert.equal(found?.toString(), '"here"')
    assert.ok(slices > 90, `${slices} slices`)
    assert.ok(finish(seekSlices(bytes, ['x'], 1000))[1] > 90)
    assert.ok(finish(seekSlices(bytes, ['x', 20], 10))[1] > 1)
    assert.ok(finish(hasKeySlices(bytes, ['z'], 1000))[1] > 90)
  }
})
