import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  documentAt,
  placeOf,
  publishedKinds,
  publishedText
} from '../../../../../src/apps/manager/publish/published.ts'

const variant = { cluster: 'legacy', protocol: 'raw', path: '/', endpoints: ['http://10.0.0.1:1'] }
const row = (body: object, more: object = {}) => ({
  body: JSON.stringify(body),
  deleted: 0,
  generation: 3,
  changed_by: 'anna',
  reason: 'why',
  ...more
})
const published = (body: object, more: object = {}): unknown => {
  const text = publishedText(row(body, more))
  return text === undefined ? undefined : JSON.parse(text)
}

test('a document is published with its generation, who changed it and why', () => {
  const hook = { kind: 'Hook', name: 'h', versions: [] }
  assert.deepEqual(published(hook), { ...hook, generation: 3, changedBy: 'anna', reason: 'why' })
})

test('a reason that nobody gave is left out', () => {
  assert.deepEqual(published({ kind: 'Hook', name: 'h' }, { reason: '' }), {
    kind: 'Hook',
    name: 'h',
    generation: 3,
    changedBy: 'anna'
  })
})

test('a tombstone is not published', () => {
  assert.equal(published({ kind: 'Hook', name: 'h' }, { deleted: 1 }), undefined)
})

test("a model is published without the manager's own fields and variants that are offline, third parties by name", () => {
  const model = {
    kind: 'Model',
    name: 'm',
    algorithm: 'a',
    sample: { x: 1 },
    variants: [
      { ...variant, name: 'on', state: 'online', endpoint: 'third' },
      { ...variant, name: 'off', state: 'offline' }
    ],
    split: { weights: { on: 1_000_000, off: 0 }, allowForced: true }
  }
  assert.deepEqual(published(model), {
    kind: 'Model',
    name: 'm',
    variants: [{ ...variant, name: 'on', endpoint: 'third' }],
    split: { weights: { on: 1_000_000 }, allowForced: true },
    generation: 3,
    changedBy: 'anna',
    reason: 'why'
  })
})

test('a model without a variant that is online is not published', () => {
  assert.equal(
    published({ kind: 'Model', name: 'm', variants: [{ ...variant, name: 'off', state: 'offline' }] }),
    undefined
  )
})

test('kinds are published hooks first and services last, each in its own folder', () => {
  assert.deepEqual(publishedKinds, [
    { kind: 'Hook', folder: 'hooks' },
    { kind: 'Model', folder: 'models' },
    { kind: 'Service', folder: 'services' }
  ])
})

test('a place and its document name each other', () => {
  const place = placeOf('Service', 'com.example.A:1.0@group')
  assert.equal(place, 'services/com.example.A:1.0@group')
  assert.deepEqual(documentAt(place), { kind: 'Service', key: 'com.example.A:1.0@group' })
})
