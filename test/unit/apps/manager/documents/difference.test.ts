import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { differences } from '../../../../../src/apps/manager/documents/difference.ts'

describe('difference', () => {
  test('one field in the depth is one line with its path', () => {
    const before = { a: { b: { c: 1, d: 2 } }, e: 3 }
    assert.deepEqual(differences(before, { a: { b: { c: 1, d: 4 } }, e: 3 }), [{ path: 'a.b.d', before: 2, after: 4 }])
    assert.deepEqual(differences(before, { a: { b: { c: 1 } }, e: 3, f: null }), [
      { path: 'a.b.d', before: 2 },
      { path: 'f', after: null }
    ])
  })

  test('a document that is made or deleted is one line', () => {
    assert.deepEqual(differences(undefined, { a: 1 }), [{ path: '', after: { a: 1 } }])
    assert.deepEqual(differences({ a: 1 }, undefined), [{ path: '', before: { a: 1 } }])
    assert.deepEqual(differences(undefined, undefined), [])
  })

  test('lists of named things are compared by name, others by place', () => {
    const variant = (name: string, weight: number) => ({ name, weight })
    const before = { variants: [variant('a', 1), variant('b', 2)], tags: ['x', 'y'] }
    const after = { variants: [variant('new', 0), variant('a', 1), variant('b', 3)], tags: ['y'] }
    assert.deepEqual(differences(before, after), [
      { path: 'variants[b].weight', before: 2, after: 3 },
      { path: 'variants[new]', after: variant('new', 0) },
      { path: 'tags[0]', before: 'x', after: 'y' },
      { path: 'tags[1]', before: 'y' }
    ])
  })

  test('names that are not all different do not hide a change', () => {
    const overloads = (second: string) => [
      { name: 'score', parameters: ['int'] },
      { name: 'score', parameters: [second] }
    ]
    assert.deepEqual(differences(overloads('long'), overloads('short')), [
      { path: '[1].parameters[0]', before: 'long', after: 'short' }
    ])
  })

  test('names of JavaScript itself are names like others', () => {
    const before = JSON.parse('{"weights":{"a":1}}') as unknown
    const after = JSON.parse('{"weights":{"a":1,"__proto__":2,"constructor":3}}') as unknown
    assert.deepEqual(
      differences(before, after).map(({ path, after }) => [path, after]),
      [
        ['weights.__proto__', 2],
        ['weights.constructor', 3]
      ]
    )
  })

  test('equal values have no difference, and others have one wherever they differ', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(differences(value, JSON.parse(JSON.stringify(value))), [])
      })
    )
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
        assert.equal(differences(one, other).length === 0, same)
      })
    )
  })
})

/** With the keys of every object in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return { entries: entries.map(([key, inner]) => ({ key, inner: sorted(inner) })) }
}
