import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { compilePathRules, JsonReader, JsonSink } from '#lib/json'
import { compareJson } from '#lib/numeric-diff'
import { createHashMasker } from '../../../../../src/apps/gateway/recordings/hash-masker.ts'
import { copyMasked, type Masker, plainMasker } from '../../../../../src/apps/gateway/recordings/mask.ts'

function mask(json: string, rules: readonly string[], masker: Masker = plainMasker): { text: string; masked: number } {
  const sink = new JsonSink()
  const masked = copyMasked(new JsonReader(Buffer.from(json)), sink, compilePathRules(rules), masker)
  return { text: sink.take().toString(), masked }
}

test('masked values keep their kind: text, number, boolean, null', () => {
  const { text, masked } = mask('{"a":"x","b":1.5,"c":true,"d":null,"e":"kept"}', ['a', 'b', 'c', 'd'])
  assert.equal(text, '{"a":"***","b":0,"c":false,"d":null,"e":"kept"}')
  assert.equal(masked, 3)
})

test('of a masked object or list everything inside is masked; keys and lengths stay', () => {
  assert.equal(mask('{"a":{"b":["x",{"c":NaN}],"d":{}}}', ['a']).text, '{"a":{"b":["***",{"c":0}],"d":{}}}')
})

test('rules reach into lists and to any depth, and nowhere else', () => {
  const json = '{"args":[{"userId":"1","x":1},{"userId":2}],"userId":"kept","deep":[{"phone":"1"}],"phone":["a"]}'
  assert.equal(
    mask(json, ['args[*].userId', '**.phone']).text,
    '{"args":[{"userId":"***","x":1},{"userId":0}],"userId":"kept","deep":[{"phone":"***"}],"phone":["***"]}'
  )
})

test('what no rule names is copied byte for byte: long integers, escapes, bare words', () => {
  const json = '{"a":[9007199254740993,1.0,-0.0,"\\u00e9\\ud800",NaN,-Infinity,1e400],"é":{}}'
  assert.deepEqual(mask(json, ['b']), { text: json, masked: 0 })
})

test('by hash equal values stay equal in a file, others differ, and another file has other values', () => {
  const masker = (): Masker => createHashMasker(createSecretKey(randomBytes(32)))
  const json = '["13800000000","13800000001","13800000000",7,8,7,7.0]'
  const first = JSON.parse(mask(json, ['[*]'], masker()).text) as (string | number)[]
  const [a, b, c, x, y, z, w] = first
  assert.deepEqual([a, x, x], [c, z, w])
  assert.notEqual(a, b)
  assert.notEqual(x, y)
  assert.match(String(a), /^\*\*\*[0-9a-f]{16}$/)
  assert.ok(Number.isSafeInteger(x))
  const second = JSON.parse(mask(json, ['[*]'], masker()).text) as (string | number)[]
  assert.ok(first.every((value, index) => value !== second[index]))
})

test('of any value, masked whole, nothing is left of any text or number', () => {
  const leaf = fc.oneof(fc.integer({ min: 1_000_000 }), fc.uuid())
  const tree = fc.object({ key: fc.constantFrom('a', 'b'), values: [leaf], withNullPrototype: false })
  fc.assert(
    fc.property(tree, leaf, (value, secret) => {
      const json = JSON.stringify({ value, secret })
      const { text } = mask(json, ['**'])
      for (const found of json.matchAll(/[0-9a-f-]{7,}/g)) assert.ok(!text.includes(found[0]))
      assert.doesNotThrow(() => JSON.parse(text))
    })
  )
})

test('without rules any value is copied as it is, and of damaged ones only coded errors escape', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.nat(255), (json, place, byte) => {
      assert.equal(mask(json, []).text, json)
      const bytes = Buffer.from(json)
      bytes[place % bytes.length] = byte
      try {
        copyMasked(new JsonReader(bytes), new JsonSink(), compilePathRules(['**.a', '[*].b', '*.c']), plainMasker)
      } catch (error) {
        assert.ok(error instanceof AboxError && error.code.startsWith('ABOX_JSON_'), String(error))
      }
    }),
    { numRuns: 1000 }
  )
})

test('what is copied with some values masked differs from the value in these places alone', () => {
  const tree = fc.object({
    key: fc.constantFrom('a', 'b', 'c'),
    values: [fc.integer({ min: 1 }), fc.constant('x')],
    withNullPrototype: false
  })
  fc.assert(
    fc.property(tree, (value) => {
      const json = JSON.stringify(value)
      const { text } = mask(json, ['**.a'])
      const { equal, ...others } = compareJson(json, text, { ignore: ['**.a'] })
      assert.equal(others.different + others.missing + others.extra, 0)
    })
  )
})
