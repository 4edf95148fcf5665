import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Receipts } from '#contracts/api/receipts'
import { findingsOf } from '../../../../../src/apps/cli/manager/findings.ts'

const prod = {
  kind: 'Environment',
  name: 'prod',
  publish: { kind: 'zookeeper', address: 'zk:2181' }
} as const
const gateway = { instance: 'gw-1', role: 'gateway', applied: {}, refused: {}, disabled: {} } as const
const well: Receipts = {
  leader: true,
  connected: true,
  unwritten: {},
  published: {},
  instances: [gateway],
  alarms: [],
  repairs: 0
}
const wrong = (receipts: Receipts) =>
  findingsOf(prod, receipts)
    .filter(({ ok }) => !ok)
    .map(({ what, found }) => `${what}: ${found}`)

test('an environment that is well has nothing to do', () => {
  assert.deepEqual(wrong(well), [])
  assert.ok(findingsOf(prod, well).every(({ todo }) => todo === ''))
})

test('a manager that is no leader is well while ZooKeeper is reached and another one leads', () => {
  assert.deepEqual(wrong({ ...well, leader: false, leads: 'm2-0a-0000000001' }), [])
  assert.deepEqual(wrong({ ...well, leader: false }), ['prod: publisher: no manager publishes it'])
  assert.deepEqual(wrong({ ...well, leader: false, connected: false }), [
    'prod: ZooKeeper: zk:2181 is not reached',
    'prod: publisher: this manager does not publish it'
  ])
})

test('whatever is wrong is named with what it is about', () => {
  const alarm = { instance: 'gw-1', forMs: 12_000, document: 'models/rank', published: 4, applied: 3 }
  const receipts: Receipts = {
    ...well,
    refused: 'foreign owner',
    repairs: 2,
    unwritten: { 'models/odd': 'ABOX_ZK_DENIED: remove' },
    instances: [{ ...gateway, disabled: { 'shape@0123456789ab': 'since noon: it threw' } }],
    alarms: [
      { ...alarm, what: 'behind' },
      { ...alarm, what: 'refused', reason: 'no such hook' },
      { instance: 'gw-2', what: 'silent', document: '(all)', forMs: 20_000 },
      { instance: 'gw-3', what: 'unreadable', document: '(all)', forMs: 0, reason: 'it cannot be read' }
    ]
  }
  assert.deepEqual(wrong(receipts), [
    'prod: publisher: publishes nothing: foreign owner',
    'prod: models/odd: cannot be published: ABOX_ZK_DENIED: remove',
    'prod: repairs: 2 times somebody else has written where documents are published',
    'prod: gw-1: runs generation 3 of models/rank, published is 4, for 12 s',
    'prod: gw-1: refuses models/rank: no such hook',
    'prod: gw-2: has written no receipt for 20 s',
    'prod: gw-3: it cannot be read',
    'prod: gw-1: hook shape@0123456789ab is disabled: since noon: it threw'
  ])
})

test('an environment without a gateway is not well', () => {
  assert.deepEqual(wrong({ ...well, instances: [] }), ['prod: gateways: none is there'])
})

test('of many places that cannot be written ten are named and the others counted', () => {
  const unwritten = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`models/m${index}`, 'denied']))
  const found = wrong({ ...well, unwritten })
  assert.equal(found.length, 11)
  assert.equal(found[10], 'prod: publisher: 2 more cannot be published')
})
