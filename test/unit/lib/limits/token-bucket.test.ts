import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { TokenBucket } from '../../../../src/lib/limits/token-bucket.ts'

const rates = fc.record({
  ratePerSecond: fc.oneof(
    fc.integer({ min: 1, max: 1_000_000 }).map((thousandths) => thousandths / 1000),
    fc.integer({ min: 1, max: 1_000_000 }),
    fc.constantFrom(0.001, 1, 3, 7, 1_000_000)
  ),
  burst: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constantFrom(1, 1_000_000))
})

/** Pauses between two attempts, µs: mostly about a token's time, sometimes nothing, sometimes days. */
const pauses = fc.array(
  fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 5000 }),
    fc.integer({ min: 0, max: 2_000_000 }),
    fc.constant(3e11)
  ),
  { minLength: 1, maxLength: 300 }
)

describe('a token bucket', () => {
  it('never gives more than burst + rate·t tokens in any time t', () => {
    fc.assert(
      fc.property(rates, pauses, fc.integer({ min: 0, max: 1e12 }), (rate, steps, start) => {
        const bucket = new TokenBucket(rate, start / 1000)
        const taken: number[] = []
        let now = start
        for (const step of steps) {
          now += step
          // Several at once, so that bursts are used up.
          for (let i = 0; i < 3; i++) if (bucket.take(now / 1000)) taken.push(now)
        }
        const perUs = BigInt(Math.round(rate.ratePerSecond * 1000))
        for (let from = 0; from < taken.length; from++) {
          for (let to = from; to < taken.length; to++) {
            // The floor to whole µs may count a window a µs shorter than it was.
            const windowUs = BigInt((taken[to] as number) - (taken[from] as number) + 1)
            const most = BigInt(rate.burst) * 1_000_000_000n + perUs * windowUs
            assert.ok(BigInt(to - from + 1) * 1_000_000_000n <= most, `${to - from + 1} in ${windowUs} µs`)
          }
        }
      }),
      { numRuns: 150 }
    )
  })

  it('gives exactly burst + rate·t to who always asks, however long', () => {
    for (const ratePerSecond of [0.7, 3, 333.333]) {
      const bucket = new TokenBucket({ ratePerSecond, burst: 2 }, 0)
      let taken = 0
      const hours = 30
      for (let ms = 0; ms <= hours * 3_600_000; ms += 250 / ratePerSecond) while (bucket.take(ms)) taken++
      while (bucket.take(hours * 3_600_000)) taken++
      assert.equal(taken, 2 + Math.floor((hours * 3600 * Math.round(ratePerSecond * 1000)) / 1000))
    }
  })

  it('lends nothing to a clock that goes back and forth', () => {
    fc.assert(
      fc.property(rates, fc.array(fc.integer({ min: -900_000, max: 900_000 }), { maxLength: 100 }), (rate, steps) => {
        const start = 1e9
        const bucket = new TokenBucket(rate, start / 1000)
        let now = start
        let latest = start
        let taken = 0
        for (const step of steps) {
          // Within a second of the latest reading: jitter.
          now = Math.max(latest - 1_000_000, now + step)
          latest = Math.max(latest, now)
          while (taken < rate.burst + 5000 && bucket.take(now / 1000)) taken++
          const most = rate.burst + (rate.ratePerSecond * (latest - start)) / 1_000_000
          assert.ok(taken <= most + 1e-6, `${taken} > ${most}`)
        }
      }),
      { numRuns: 200 }
    )
  })

  it('counts time anew where a clock was set back, without giving anything for that', () => {
    const bucket = new TokenBucket({ ratePerSecond: 1, burst: 1 }, 10_000_000)
    assert.equal(bucket.take(10_000_000), true)
    assert.equal(bucket.take(5000), false)
    assert.equal(bucket.take(5999), false)
    assert.equal(bucket.take(6000), true)
    assert.equal(bucket.take(6000), false)
  })

  it('fills up to its burst only, whether the clock passes a day or jumps ahead by years', () => {
    const bucket = new TokenBucket({ ratePerSecond: 1_000_000, burst: 3 }, 0)
    for (const now of [86_400_000, 3e12]) {
      assert.deepEqual(
        [1, 2, 3, 4].map(() => bucket.take(now)),
        [true, true, true, false]
      )
    }
  })

  it('keeps what lies in store when its numbers change, and is not filled up by that', () => {
    const bucket = new TokenBucket({ ratePerSecond: 1, burst: 10 }, 0)
    for (let i = 0; i < 8; i++) bucket.take(0)
    bucket.changeRate({ ratePerSecond: 2, burst: 100 }, 0)
    assert.deepEqual(
      [1, 2, 3].map(() => bucket.take(0)),
      [true, true, false]
    )
    assert.equal(bucket.take(500), true, 'the new rate counts from the change on')
    bucket.changeRate({ ratePerSecond: 2, burst: 1 }, 60_000)
    assert.deepEqual(
      [1, 2].map(() => bucket.take(60_000)),
      [true, false],
      'a smaller burst takes away what has no room'
    )
  })
})
