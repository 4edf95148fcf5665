import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Histogram, LATENCY_BOUNDS_US, quantileUs } from '#lib/histogram'

const countsOf = (...times: readonly number[]): Float64Array => {
  const histogram = new Histogram()
  for (const us of times) histogram.add(us)
  return histogram.counts
}

describe('a quantile of counts', () => {
  test('lies in the bucket of the time that it stands for, for every part and any times', () => {
    let state = 7
    const random = (): number => {
      state = (state * 48_271) % 2_147_483_647
      return state / 2_147_483_647
    }
    for (let round = 0; round < 200; round++) {
      const times = Array.from({ length: 1 + Math.floor(random() * 50) }, () => Math.floor(10 ** (1 + random() * 6)))
      times.sort((a, b) => a - b)
      for (const part of [0.01, 0.5, 0.9, 0.99, 1]) {
        const exact = times[Math.ceil(part * times.length) - 1] as number
        const found = quantileUs(countsOf(...times), part) as number
        const upper = LATENCY_BOUNDS_US.findIndex((bound) => bound >= exact)
        const lower = upper === 0 ? 0 : (LATENCY_BOUNDS_US[upper - 1] as number)
        assert.ok(
          found >= lower && found <= (LATENCY_BOUNDS_US[upper] as number),
          `${part} of ${times.join()}: ${found}`
        )
      }
    }
  })

  test('divides a bucket in a straight line', () => {
    assert.equal(quantileUs(countsOf(1500, 1500, 1500, 1500), 0.5), 1500)
    assert.equal(quantileUs(countsOf(1500), 1), 2000)
  })

  test('is the greatest bound for what is above all, and nothing where there is nothing', () => {
    assert.equal(quantileUs(countsOf(1e9), 0.5), LATENCY_BOUNDS_US.at(-1))
    assert.equal(quantileUs(countsOf(), 0.5), undefined)
  })
})
