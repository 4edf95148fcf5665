import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchesOf, changeOf, stepsTo } from '../../../../../src/apps/manager/publish/steps.ts'

const wanted = (text: string) => ({ generation: 1, data: Buffer.from(text), businessGroup: '', changedAt: 0 })
const node = (text: string) => ({ data: Buffer.from(text), generation: 1 })

test('what is as wanted needs no step', () => {
  assert.deepEqual(stepsTo(new Map([['models/a', wanted('1')]]), new Map([['models/a', node('1')]])), [])
})

test('additions go from hooks to services, then removals from services to hooks', () => {
  const steps = stepsTo(
    new Map(['services/a', 'models/a', 'hooks/a'].map((place) => [place, wanted('1')])),
    new Map(['hooks/b', 'models/b', 'services/b'].map((place) => [place, node('1')]))
  )
  assert.deepEqual(
    steps.map(({ place }) => place),
    ['hooks/a', 'models/a', 'services/a', 'services/b', 'models/b', 'hooks/b']
  )
})

test('a missing node is created, another one written, one too many removed', () => {
  const steps = stepsTo(
    new Map([
      ['models/new', wanted('1')],
      ['models/old', wanted('2')]
    ]),
    new Map([
      ['models/old', node('1')],
      ['models/gone', node('1')]
    ])
  )
  assert.deepEqual(
    steps.map((step) => changeOf(step, '/root')),
    [
      { kind: 'create', path: '/root/models/new', data: Buffer.from('1') },
      { kind: 'set', path: '/root/models/old', data: Buffer.from('2') },
      { kind: 'remove', path: '/root/models/gone' }
    ]
  )
})

test('no batch both puts and removes, and what is alone has a batch of its own', () => {
  const steps = stepsTo(
    new Map(['models/a', 'models/b', 'models/c'].map((place) => [place, wanted('1')])),
    new Map(['models/x', 'models/y'].map((place) => [place, node('1')]))
  )
  const places = (batches: Iterable<readonly { readonly place: string }[]>) =>
    [...batches].map((batch) => batch.map(({ place }) => place.slice(-1)).join(''))
  assert.deepEqual(places(batchesOf(steps)), ['abc', 'xy'])
  assert.deepEqual(places(batchesOf(steps, new Set(['models/b', 'models/x']))), ['a', 'b', 'c', 'x', 'y'])
})

test('batches keep the order, hold at most 50 steps and 256 KiB, and leave no step out', () => {
  const large = 'x'.repeat(200 * 1024)
  const documents = Array.from({ length: 120 }, (_, index) => [`models/${index}`, wanted('1')] as const)
  const steps = stepsTo(new Map([...documents, ['models/l1', wanted(large)], ['models/l2', wanted(large)]]), new Map())
  const batches = [...batchesOf(steps)]
  assert.deepEqual(batches.flat(), steps)
  assert.deepEqual(
    batches.map(({ length }) => length),
    [50, 50, 21, 1]
  )
})
