import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReceiptReader } from '../../../../../src/apps/manager/publish/receipts.ts'

const receipt = { v: 1, instance: 'gateway-0', epoch: 1, at: 2, applied: { 'models/rank': 3 }, refused: {} }

test('a receipt that has not changed is read once, another one with the same text again', () => {
  const read = createReceiptReader()
  const data = Buffer.from(JSON.stringify(receipt))
  const first = read(data)
  assert.deepEqual(first, receipt)
  assert.equal(read(data), first)
  assert.notEqual(read(Buffer.from(data)), first)
})

test('what a stranger wrote is no receipt, however often it is read', () => {
  const read = createReceiptReader()
  for (const text of ['', 'null', '{"v":1}', JSON.stringify({ ...receipt, applied: { 'models/rank': 'x' } })]) {
    const data = Buffer.from(text)
    assert.equal(read(data), undefined)
    assert.equal(read(data), undefined)
  }
})
