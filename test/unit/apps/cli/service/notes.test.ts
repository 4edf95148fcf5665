import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createTypes } from '#lib/java-types'
import { consumerNotes, mergeNotes } from '../../../../../src/apps/cli/service/notes.ts'

const types = createTypes({
  'a.Flat': { fields: { weight: 'float', boxed: 'java.lang.Float', list: 'float[]' } },
  'a.Nest': { fields: { one: 'a.Flat' } },
  'a.Deep': { fields: { many: 'java.util.Map<java.lang.Long, a.Nest>' } },
  'a.Self': { fields: { next: 'a.Self', ok: 'double' } }
})
const notes = (returns: string) =>
  mergeNotes(consumerNotes({ name: 'go', returns }, types)).map(({ place, consumers }) => `${place}: ${consumers}`)

describe('notes about consumers', () => {
  test('a primitive float field of a result harms typed 3.3 consumers; a boxed one and an array do not', () => {
    assert.deepEqual(notes('a.Flat'), ['a.Flat.weight: typed 3.3'])
    assert.deepEqual(notes('a.Nest'), ['a.Flat.weight: typed 3.3'])
    assert.deepEqual(notes('java.util.List<a.Flat>'), ['a.Flat.weight: typed 3.3'])
  })

  test('below a List or Map field of a bean every 3.3 consumer is harmed, in any depth', () => {
    assert.deepEqual(notes('a.Deep'), ['a.Flat.weight: 3.3, typed or not'])
  })

  test('lists of Float arrive as Double in typed consumers', () => {
    assert.deepEqual(notes('java.util.List<java.lang.Float>'), ['go result: typed'])
    assert.deepEqual(notes('float[]'), [])
  })

  test('beans that contain themselves end', () => {
    assert.deepEqual(notes('a.Self'), [])
  })

  test('futures, missing types and exceptions that 3.x refuses are named', () => {
    const found = consumerNotes(
      { name: 'go', later: true, throws: ['java.util.NoSuchElementException', 'a.Other'] },
      types
    )
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ['future', 'untyped', 'exception']
    )
  })
})
