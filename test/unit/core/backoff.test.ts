import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createBackoff } from '#core/backoff'

test('the bound of the pauses doubles from the base to the maximum and stays there', () => {
  const backoff = createBackoff({ baseMs: 100, maxMs: 1000, random: () => 0.5 })
  assert.deepEqual(
    Array.from({ length: 7 }, () => backoff.next()),
    [50, 100, 200, 400, 500, 500, 500]
  )
})

test('after a reset the pauses are short again', () => {
  const backoff = createBackoff({ baseMs: 100, maxMs: 1000, random: () => 1 })
  for (let times = 0; times < 10; times++) backoff.next()
  backoff.reset()
  assert.equal(backoff.next(), 100)
})

test('every pause is between zero and the maximum, however many there are', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 100_000 }), (baseMs, maxMs) => {
      const backoff = createBackoff({ baseMs, maxMs })
      for (let times = 0; times < 100; times++) {
        const pause = backoff.next()
        assert.ok(pause >= 0 && pause <= maxMs)
      }
    })
  )
})
