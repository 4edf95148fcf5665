import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { parseDescriptor } from '#lib/java-types'

test('a descriptor is read into Java source names', () => {
  assert.deepEqual(parseDescriptor('[[DLjava/lang/String;I'), ['double[][]', 'java.lang.String', 'int'])
  assert.deepEqual(parseDescriptor('ZBCDFIJSV'), [
    'boolean',
    'byte',
    'char',
    'double',
    'float',
    'int',
    'long',
    'short',
    'void'
  ])
  assert.deepEqual(parseDescriptor('Lcom/example/A$B;[Ljava/lang/Object;'), ['com.example.A$B', 'java.lang.Object[]'])
})

test('an empty descriptor means no parameter', () => {
  assert.deepEqual(parseDescriptor(''), [])
})

test('primitives are counted one by one', () => {
  assert.deepEqual(parseDescriptor('II'), ['int', 'int'])
})

test('what is no descriptor is refused with its place', () => {
  for (const text of ['X', 'L', 'Ljava/lang/String', '[', 'I;', 'L;', ' I', `${'['.repeat(256)}I`, 'I'.repeat(256)]) {
    assert.throws(() => parseDescriptor(text), { code: 'ABOX_TYPE_DESCRIPTOR' }, text)
  }
  assert.throws(() => parseDescriptor('IQ'), { message: /descriptor "IQ": at character 1: expected/ })
})

test('any list of types is read back from its descriptor', () => {
  const item = fc.tuple(
    fc.nat(3),
    fc.constantFrom(['I', 'int'], ['J', 'long'], ['Lcom/x/Y;', 'com.x.Y'], ['Z', 'boolean'])
  )
  fc.assert(
    fc.property(fc.array(item, { maxLength: 20 }), (items) => {
      const descriptor = items.map(([dimensions, [code]]) => '['.repeat(dimensions) + code).join('')
      const names = items.map(([dimensions, [, name]]) => name + '[]'.repeat(dimensions))
      assert.deepEqual(parseDescriptor(descriptor), names)
    })
  )
})

test('in random text only the coded error occurs', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'[L;IJVX/a') }), (text) => {
      try {
        parseDescriptor(text)
      } catch (error) {
        assert.ok(error instanceof AboxError)
      }
    })
  )
})
