import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Laggards, type Seen } from '../../../../../src/apps/manager/publish/laggards.ts'

const LIMIT_MS = 10_000
const nodes = (generation: number) => new Map([['models/a', { data: Buffer.alloc(0), generation }]])
const gateway = (applied: number | undefined, refused: Record<string, string> = {}): Seen => ({
  role: 'gateway',
  about: undefined,
  receipt:
    applied === undefined ? undefined : { instance: 'g', epoch: 1, at: 0, applied: { 'models/a': applied }, refused }
})

/** Connected at 0 with one instance, and generation 2 published at 1000. */
function fleet(state: Seen): Laggards {
  const laggards = new Laggards(LIMIT_MS)
  laggards.connected(true, 0)
  laggards.take(new Map([['g', state]]), 0)
  laggards.changed(['models/a'], 1000)
  return laggards
}
const whatAt = (laggards: Laggards, now: number, generation = 2): string[] =>
  laggards.alarms(nodes(generation), now).map(({ what }) => what)

test('who runs what is published is no laggard', () => {
  assert.deepEqual(whatAt(fleet(gateway(2)), 1_000_000), [])
})

test('who is behind for longer than the limit is one, and only then', () => {
  const laggards = fleet(gateway(1))
  assert.deepEqual(whatAt(laggards, 1000 + LIMIT_MS), [])
  assert.deepEqual(laggards.alarms(nodes(2), 1001 + LIMIT_MS), [
    {
      instance: 'g',
      what: 'behind',
      document: 'models/a',
      published: 2,
      applied: 1,
      reason: undefined,
      forMs: LIMIT_MS + 1
    }
  ])
})

test('who still runs what was removed is one', () => {
  assert.deepEqual(
    fleet(gateway(1))
      .alarms(new Map(), 20_000)
      .map(({ what, published, applied }) => [what, published, applied]),
    [['behind', undefined, 1]]
  )
})

test('a refusal is told at once and instead of being behind', () => {
  const laggards = fleet(gateway(1, { 'models/a': 'no cluster' }))
  assert.deepEqual(
    laggards.alarms(nodes(2), 50_000).map(({ what, reason, forMs }) => [what, reason, forMs]),
    [['refused', 'no cluster', 0]]
  )
})

test('who leaves no receipt is silent after the limit', () => {
  const laggards = fleet(gateway(undefined))
  assert.deepEqual(whatAt(laggards, LIMIT_MS), [])
  assert.deepEqual(whatAt(laggards, LIMIT_MS + 1), ['silent'])
})

test('who has something else in the place of a receipt is unreadable at once', () => {
  const laggards = fleet({ ...gateway(undefined), unreadable: true })
  assert.deepEqual(whatAt(laggards, 0), ['unreadable'])
})

test('an instance that came later has its own time', () => {
  const laggards = fleet(gateway(2))
  laggards.take(new Map([['new', gateway(1)]]), 50_000)
  assert.deepEqual(whatAt(laggards, 50_000 + LIMIT_MS), [])
  assert.deepEqual(whatAt(laggards, 50_001 + LIMIT_MS), ['behind'])
})

test('while ZooKeeper is away nobody is behind, and afterwards everybody has his time again', () => {
  const laggards = fleet(gateway(1))
  laggards.connected(false, 5000)
  assert.deepEqual(whatAt(laggards, 500_000), [])
  laggards.connected(true, 500_000)
  assert.deepEqual(whatAt(laggards, 500_000 + LIMIT_MS), [])
  assert.deepEqual(whatAt(laggards, 500_001 + LIMIT_MS), ['behind'])
})

test('who is gone drops out', () => {
  const laggards = fleet(gateway(1))
  laggards.take(new Map(), 2000)
  assert.deepEqual(whatAt(laggards, 50_000), [])
  assert.deepEqual(laggards.instances(), [])
})

test('a worker, which writes no receipts, is no laggard', () => {
  assert.deepEqual(whatAt(fleet({ role: 'worker', about: {}, receipt: undefined }), 50_000), [])
})

test('one instance that is behind in everything does not hide the others, and of each only some alarms are told', () => {
  const places = Array.from({ length: 1500 }, (_, index) => `models/m${index}`)
  const published = new Map(places.map((place) => [place, { data: Buffer.alloc(0), generation: 2 }]))
  const applied = Object.fromEntries(places.map((place) => [place, 1]))
  const laggards = new Laggards(LIMIT_MS)
  laggards.connected(true, 0)
  const state = (): Seen => ({
    role: 'gateway',
    about: undefined,
    receipt: { instance: 'g', epoch: 1, at: 0, applied, refused: {} }
  })
  laggards.take(new Map(['g1', 'g2', 'g3'].map((name) => [name, state()])), 0)
  const alarms = laggards.alarms(published, 1_000_000)
  assert.deepEqual([...new Set(alarms.map(({ instance }) => instance))], ['g1', 'g2', 'g3'])
  assert.equal(alarms.length, 30)
  const [seen] = laggards.alarms(published, 1_000_000, (place) => place === 'models/m1400')
  assert.equal(seen?.document, 'models/m1400')
})

test('who was found to agree is looked at again when something is published, and when he says something else', () => {
  const laggards = new Laggards(LIMIT_MS)
  laggards.connected(true, 0)
  laggards.take(new Map([['g', gateway(1)]]), 0)
  assert.deepEqual(whatAt(laggards, 1_000_000, 1), [])
  laggards.changed(['models/a'], 1_000_000)
  assert.deepEqual(whatAt(laggards, 2_000_000, 2), ['behind'])
  laggards.take(new Map([['g', gateway(2)]]), 2_000_000)
  assert.deepEqual(whatAt(laggards, 3_000_000, 2), [])
  laggards.take(new Map([['g', gateway(1)]]), 3_000_000)
  assert.deepEqual(whatAt(laggards, 4_000_000, 2), ['behind'])
})
