import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KINDS, keyOf, publishedPlace } from '#contracts/kinds'
import { kinds } from '../../../src/apps/manager/documents/kinds.ts'

test('the manager manages each kind that there is', () => {
  const managed = kinds.map(({ kind }) => kind)
  assert.deepEqual(managed.toSorted(), KINDS.map(({ kind }) => kind).toSorted())
})

test('the schema of a kind is that of the documents which say so', () => {
  for (const { kind, schema } of kinds) {
    const { properties } = schema as unknown as { readonly properties: { readonly kind: { readonly const: string } } }
    assert.equal(properties.kind.const, kind)
  }
})

test('only hooks, models and services stand where gateways read, in the order in which they name each other', () => {
  const places = KINDS.map(({ kind }) => publishedPlace(kind, 'x')).filter((place) => place !== undefined)
  assert.deepEqual(places, ['hooks/x', 'models/x', 'services/x'])
  assert.equal(publishedPlace('Strange', 'x'), undefined)
})

test('a document is named by its name, a service as consumers ask for it, and nothing by what is no text', () => {
  assert.equal(keyOf({ kind: 'Model', name: 'rank', interface: 'a.B' }), 'rank')
  assert.equal(keyOf({ kind: 'Service', name: 'rank', interface: 'a.B' }), 'a.B')
  assert.equal(keyOf({ kind: 'Service', interface: 'a.B', version: '1.0', group: 'blue' }), 'a.B:1.0@blue')
  for (const document of [{ kind: 'Model', name: 3 }, { kind: 'Service', name: 'rank' }, { kind: 'Cluster' }]) {
    assert.equal(keyOf(document), undefined)
  }
})
