import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timeForModel } from '../../../../src/apps/gateway/model-time.ts'

test('a twentieth of the caller’s time is kept back, at most 50 ms', () => {
  assert.equal(timeForModel(400, 0), 380)
  assert.equal(timeForModel(1000, 0), 950)
  assert.equal(timeForModel(3000, 0), 2950)
  assert.equal(timeForModel(60_000, 0), 59_950)
})

test('the time that the call has taken already comes off, and nothing may be left', () => {
  assert.equal(timeForModel(1000, 100), 850)
  assert.equal(timeForModel(1000, 949.5), 0)
  assert.equal(timeForModel(1000, 990), -40)
})

test('parts of a millisecond are never given', () => {
  assert.equal(timeForModel(10, 0), 9)
  assert.equal(timeForModel(10, 0.6), 8)
  assert.equal(timeForModel(1, 0), 0)
})
