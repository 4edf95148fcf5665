import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Receipts } from '#contracts/api/receipts'
import { progressOf, targetOf, waitOf } from '../../../../../src/apps/cli/manager/wait.ts'

const input = (options: Readonly<Record<string, string>>) => ({ positionals: [], options })
/** Gateways by name, with the generation of models/rank that each runs; `null`: it has written no receipt. */
const receipts = (runs: Readonly<Record<string, number | undefined | null>>, connected = true): Receipts => ({
  leader: true,
  connected,
  unwritten: {},
  published: {},
  alarms: [],
  repairs: 0,
  instances: [
    { instance: 'w', role: 'worker', refused: {}, disabled: {} },
    ...Object.entries(runs).map(([instance, generation]) => ({
      instance,
      role: 'gateway' as const,
      about: { address: '10.0.0.1:20880' },
      refused: {},
      disabled: {},
      ...(generation !== null && { applied: generation === undefined ? {} : { 'models/rank': generation } })
    }))
  ]
})
const target = { place: 'models/rank', generation: 5 }
const wait = (text: string) => {
  const found = waitOf(input({ wait: text }))
  assert.ok(found !== undefined)
  return found
}

test('without --wait nothing is waited for', () => {
  assert.equal(waitOf(input({})), undefined)
})

test('--wait takes all, a number, or a part of a number', () => {
  assert.deepEqual(wait('all'), { enough: undefined, among: 1, limitMs: 30_000 })
  assert.deepEqual(wait('7'), { enough: 7, among: 7, limitMs: 30_000 })
  assert.deepEqual(wait('6/7'), { enough: 6, among: 7, limitMs: 30_000 })
})

for (const bad of ['', '0', '8/7', '1/0', 'some', '1/2/3', '-1']) {
  test(`--wait "${bad}" is refused`, () => {
    assert.throws(() => waitOf(input({ wait: bad })), { code: 'ABOX_CLI_USAGE' })
  })
}

test('a wrong --wait-timeout is refused, even where nothing is waited for', () => {
  assert.throws(() => waitOf(input({ 'wait-timeout': '1.5' })), { code: 'ABOX_CLI_USAGE' })
})

test('all means every gateway that is there, workers left out, and at least one', () => {
  assert.equal(progressOf(receipts({ a: 5, b: 6 }), [target], wait('all')).done, true)
  assert.equal(progressOf(receipts({ a: 5, b: 4 }), [target], wait('all')).done, false)
  assert.equal(progressOf(receipts({}), [target], wait('all')).done, false)
})

test('a gateway without a receipt does not count', () => {
  assert.equal(progressOf(receipts({ a: 5, b: null }), [target], wait('all')).done, false)
})

test('a node of a stranger among the receipts is no gateway', () => {
  const found = receipts({ a: 5 })
  const ghost = { instance: 'ghost', role: 'gateway' as const, refused: {}, disabled: {} }
  const { done, line } = progressOf({ ...found, instances: [...found.instances, ghost] }, [target], wait('all'))
  assert.deepEqual([done, line], [true, '1 of 1 gateways run it'])
})

test('6 of 7 is done with one behind, but not where fewer are there', () => {
  assert.equal(progressOf(receipts({ a: 5, b: 5, c: 4 }), [target], wait('2/3')).done, true)
  const { done, line } = progressOf(receipts({ a: 5, b: 5 }), [target], wait('2/3'))
  assert.deepEqual([done, line], [false, '2 of 2 gateways run it, expected 3 to be there'])
})

test('what is no longer published has to be gone', () => {
  const gone = { place: 'models/rank', generation: undefined }
  assert.equal(progressOf(receipts({ a: 5 }), [gone], wait('all')).done, false)
  assert.equal(progressOf(receipts({ a: undefined }), [gone], wait('all')).done, true)
})

test('that ZooKeeper is away is said', () => {
  assert.match(progressOf(receipts({ a: 4 }, false), [target], wait('all')).line, /does not reach ZooKeeper/)
})

test('a model of which nothing is online is waited for to be gone, and what gateways do not read is not', () => {
  const model = (state: string) => ({ kind: 'Model', variants: [{ name: 'a', state }] })
  assert.deepEqual(targetOf('Model', 'rank', model('online'), 3), { place: 'models/rank', generation: 3 })
  assert.deepEqual(targetOf('Model', 'rank', model('offline'), 3), { place: 'models/rank', generation: undefined })
  assert.deepEqual(targetOf('Hook', 'shape', undefined, 3), { place: 'hooks/shape', generation: undefined })
  assert.equal(targetOf('Cluster', 'legacy', { kind: 'Cluster' }, 3), undefined)
})
