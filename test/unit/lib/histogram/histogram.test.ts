import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Histogram, LATENCY_BOUNDS_US } from '#lib/histogram'

test('a value is counted under the first bound that is not below it', () => {
  const histogram = new Histogram()
  for (const us of [0, 100, 101, 60_000_000, 60_000_001]) histogram.add(us)
  assert.equal(histogram.counts[0], 2)
  assert.equal(histogram.counts[1], 1)
  assert.equal(histogram.counts[LATENCY_BOUNDS_US.length - 1], 1)
  assert.equal(histogram.counts[LATENCY_BOUNDS_US.length], 1)
  assert.equal(histogram.total(), 5)
  assert.equal(histogram.sumUs, 120_000_202)
})
