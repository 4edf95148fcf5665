import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Clock } from '#core/clock'
import { createLimiter, type LimiterNumbers } from '#lib/limits'

/** A clock that stands until it is set. */
const settable = (): Clock & { now: number } => ({
  now: 0,
  wallMs: () => 0,
  monotonicMs() {
    return this.now
  }
})

const numbers: fc.Arbitrary<LimiterNumbers> = fc.record({
  ratePerSecond: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
  burst: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
  concurrent: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined })
})

describe('a limiter', () => {
  it('never lets more in at once than its bound, whatever is entered, left and cancelled, too often included', () => {
    const steps = fc.array(fc.constantFrom('enter', 'leave', 'cancel', 'wait'), { maxLength: 300 })
    fc.assert(
      fc.property(numbers, steps, (limits, todo) => {
        const clock = settable()
        const limiter = createLimiter(limits, clock)
        let inside = 0
        for (const step of todo) {
          if (step === 'enter' && limiter.tryEnter() === 'ok') inside++
          else if (step === 'wait') clock.now += 20
          else if (step === 'leave' || step === 'cancel') {
            limiter[step]()
            inside = Math.max(0, inside - 1)
          }
          assert.ok(inside <= (limits.concurrent ?? Number.POSITIVE_INFINITY))
          assert.equal(limiter.stats().inUse, inside)
        }
      })
    )
  })

  it('never lets more in than burst + rate·t, calls cancelled before the next one not counted', () => {
    const steps = fc.array(fc.constantFrom('enter', 'enter and cancel', 'wait'), { maxLength: 300 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 10 }), steps, (rate, burst, todo) => {
        const clock = settable()
        const limiter = createLimiter({ ratePerSecond: rate, burst }, clock)
        let entered = 0
        for (const step of todo) {
          if (step === 'wait') clock.now += 10
          else if (limiter.tryEnter() === 'ok') {
            if (step === 'enter') entered++
            else limiter.cancel()
          }
          assert.ok(entered <= burst + (rate * clock.now) / 1000)
        }
      })
    )
  })

  it('says which number is used up, and takes no token from who finds no room', () => {
    const clock = settable()
    const limiter = createLimiter({ ratePerSecond: 1, burst: 2, concurrent: 1 }, clock)
    assert.deepEqual([limiter.tryEnter(), limiter.tryEnter(), limiter.tryEnter()], ['ok', 'concurrent', 'concurrent'])
    limiter.leave()
    assert.equal(limiter.tryEnter(), 'ok')
    limiter.leave()
    assert.equal(limiter.tryEnter(), 'rate')
  })

  it('lets the calls of one second in at once when no burst is given', () => {
    const limiter = createLimiter({ ratePerSecond: 2.5 }, settable())
    assert.deepEqual(
      [1, 2, 3, 4].map(() => limiter.tryEnter()),
      ['ok', 'ok', 'ok', 'rate']
    )
  })

  it('keeps who is inside over a change of its numbers', () => {
    const limiter = createLimiter({ concurrent: 3 }, settable())
    for (let i = 0; i < 3; i++) limiter.tryEnter()
    limiter.update({ concurrent: 2 })
    limiter.leave()
    assert.equal(limiter.tryEnter(), 'concurrent', 'two are still inside')
    limiter.leave()
    assert.equal(limiter.tryEnter(), 'ok')
    limiter.update({})
    assert.equal(limiter.tryEnter(), 'ok', 'no numbers, no limit')
    assert.equal(limiter.stats().inUse, 3)
  })
})
