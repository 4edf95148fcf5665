import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReceiptReader, unreadableOf } from '../../../../../src/apps/manager/publish/receipts.ts'

const part = {
  v: 2,
  instance: 'gateway-0',
  epoch: 1,
  at: 2,
  part: 0,
  parts: 1,
  applied: { 'models/rank': 3 },
  refused: {}
}
const nodesOf = (nodes: Readonly<Record<string, object>>): Map<string, Buffer> =>
  new Map(Object.entries(nodes).map(([name, node]) => [name, Buffer.from(JSON.stringify(node))]))

test('a receipt that has not changed is the same, another one with the same text is read again', () => {
  const read = createReceiptReader()
  const nodes = nodesOf({ 'gateway-0': part })
  const first = read(nodes).get('gateway-0')
  assert.deepEqual(first?.applied, { 'models/rank': 3 })
  assert.deepEqual([first?.epoch, first?.at, first?.refused, first?.disabled], [1, 2, {}, {}])
  assert.equal(read(new Map(nodes)).get('gateway-0'), first)
  assert.notEqual(read(nodesOf({ 'gateway-0': part })).get('gateway-0'), first)
})

test('what a stranger wrote is no receipt, however often it is read', () => {
  const read = createReceiptReader()
  const others = [
    { ...part, applied: { 'models/rank': 'x' } },
    { ...part, v: 1 },
    { ...part, part: 1, parts: 2 }
  ]
  for (const text of ['', 'null', '{"v":2}', '['.repeat(100_000), ...others.map((other) => JSON.stringify(other))]) {
    const nodes = new Map([['gateway-0', Buffer.from(text)]])
    assert.deepEqual([...read(nodes)], [['gateway-0', undefined]])
    assert.deepEqual([...read(nodes)], [['gateway-0', undefined]])
    assert.deepEqual([...unreadableOf(nodes, read(nodes))], ['gateway-0'])
  }
})

test('a receipt in parts is one when all of them are there, of the same process and of the same division', () => {
  const read = createReceiptReader()
  const two = (index: number, more: object = {}): object => ({
    ...part,
    at: 10 - index,
    part: index,
    parts: 2,
    applied: { [`models/m${index}`]: 1 },
    refused: { [`models/n${index}`]: 'why' },
    ...more
  })
  const disabled = { 'h@1': 'why' }
  const head = two(0, { disabled })
  const keys = (nodes: Readonly<Record<string, object>>): string[] | undefined => {
    const receipt = read(nodesOf(nodes)).get('gw')
    return receipt && Object.keys(receipt.applied)
  }
  assert.equal(keys({ gw: head }), undefined)
  assert.deepEqual([...unreadableOf(nodesOf({ gw: head }), read(nodesOf({ gw: head })))], [])
  assert.equal(keys({ gw: head, 'gw~1': two(1, { epoch: 2 }) }), undefined)
  assert.equal(keys({ gw: head, 'gw~1': two(1, { parts: 4 }) }), undefined)
  assert.equal(keys({ gw: head, 'gw~2': two(1) }), undefined)
  assert.equal(keys({ gw: head, 'gw~1': { junk: true } }), undefined)
  assert.deepEqual([...read(nodesOf({ 'gw~1': two(1) }))], [], 'part 0 says that there is one')
  const whole = read(nodesOf({ gw: head, 'gw~1': two(1), 'gw~2': two(2) })).get('gw')
  assert.deepEqual(whole?.applied, { 'models/m0': 1, 'models/m1': 1 })
  assert.deepEqual(whole?.refused, { 'models/n0': 'why', 'models/n1': 'why' })
  assert.deepEqual([whole?.at, whole?.disabled], [10, disabled])

  assert.deepEqual(keys({ gw: part, 'gw~1': two(1) }), ['models/rank'], 'what is left of an older division')
  assert.deepEqual(keys({ gw: head }), ['models/rank'], 'what it said last holds until it says all of what it says now')
  assert.deepEqual(keys({}), undefined)
  assert.equal(keys({ gw: head }), undefined, 'it has been away')
})

test('a process that was started again does not speak with what the one before it has said', () => {
  const read = createReceiptReader()
  const of = (epoch: number, index: number, generation: number): object => ({
    ...part,
    epoch,
    part: index,
    parts: 2,
    applied: { [`models/m${index}`]: generation }
  })
  const receipt = (first: object, second: object) => read(nodesOf({ gw: first, 'gw~1': second })).get('gw')
  assert.deepEqual(receipt(of(1, 0, 9), of(1, 1, 9))?.applied, { 'models/m0': 9, 'models/m1': 9 })
  assert.equal(receipt(of(2, 0, 1), of(1, 1, 9)), undefined)
  assert.equal(receipt(of(2, 0, 1), of(2, 1, 1))?.epoch, 2)
})
