import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTypes } from '#lib/java-types'

const types = createTypes({ 'a.Level': { enum: ['LOW'] }, 'a.Item': { fields: { level: 'a.Level' } } })
const refusal = (text: string, code: string): string => {
  try {
    types.resolve(text)
  } catch (error) {
    assert.equal((error as { code?: string }).code, code)
    return (error as Error).message
  }
  return assert.fail(`${text} was taken`)
}

test('classes that no consumer can receive are refused with the reason', () => {
  for (const [text, reason] of [
    ['java.util.Optional<java.lang.Long>', /not Serializable.*declare what is inside/],
    ['java.util.List<java.util.OptionalInt>', /not Serializable/],
    ['java.util.stream.Stream<java.lang.Long>', /declare a java\.util\.List/],
    ['java.util.EnumMap<a.Level, java.lang.Long>', /HashMap.*declare a java\.util\.Map/]
  ] as const) {
    assert.match(refusal(text, 'ABOX_TYPE_UNKNOWN'), reason)
  }
})

test('an EnumSet is one of a described enum', () => {
  const set = types.resolve('java.util.EnumSet<? extends a.Level>')
  assert.ok(set.kind === 'enumSet' && set.element === types.resolve('a.Level'))
  assert.match(refusal('java.util.EnumSet<a.Item>', 'ABOX_TYPE_SYNTAX'), /must be an enum under `types`, not a\.Item/)
  refusal('java.util.EnumSet', 'ABOX_TYPE_SYNTAX')
})

test('Properties are strings by strings and take no arguments', () => {
  const map = types.resolve('java.util.Properties')
  assert.deepEqual(map.kind === 'map' && [map.key.kind, map.value.kind], ['string', 'string'])
  refusal('java.util.Properties<java.lang.String, java.lang.String>', 'ABOX_TYPE_SYNTAX')
})

test('classes with a text take no arguments, except Class', () => {
  for (const text of ['java.lang.Class', 'java.lang.Class<?>', 'java.lang.Class<? extends java.lang.Number>']) {
    assert.equal(types.resolve(text).kind, 'textual', text)
  }
  refusal('java.time.Duration<java.lang.String>', 'ABOX_TYPE_SYNTAX')
})

test('a short name is answered with the full one', () => {
  assert.match(refusal('Duration', 'ABOX_TYPE_UNKNOWN'), /write java\.time\.Duration/)
  assert.match(refusal('AtomicLong', 'ABOX_TYPE_UNKNOWN'), /write java\.util\.concurrent\.atomic\.AtomicLong/)
  assert.match(refusal('TreeMap', 'ABOX_TYPE_UNKNOWN'), /write java\.util\.TreeMap/)
})
