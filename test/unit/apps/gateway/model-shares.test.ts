import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { CallerShare } from '../../../../src/apps/gateway/caller-shares.ts'
import { ModelShares } from '../../../../src/apps/gateway/model-shares.ts'

const caller = (name: string): CallerShare => ({ caller: name, known: true, inFlight: 0, forgotten: false })

/** How many calls of a caller are let in, one after the other. */
function fill(shares: ModelShares, holder: CallerShare, capacity: number): number {
  let count = 0
  while (count < 10_000 && shares.enter(holder, capacity)) count++
  return count
}

describe('shares of a model', () => {
  it('leave a fifth to others, however hard one caller floods', () => {
    const shares = new ModelShares()
    assert.equal(fill(shares, caller('flooder'), 1000), 800)
    assert.equal(shares.enter(caller('shop'), 1000), true)
  })

  it('are the same for all who come', () => {
    const shares = new ModelShares()
    fill(shares, caller('a'), 900)
    assert.equal(fill(shares, caller('b'), 900), 300)
  })

  it('say who holds what', () => {
    const shares = new ModelShares()
    const flooder = caller('flooder')
    fill(shares, flooder, 10)
    assert.equal(
      shares.describe(flooder, 10),
      'found 8 of 8 calls there of flooder, expected below 5 of 10, which are nearly taken'
    )
  })

  it('remember nobody whose calls have ended, and never give more than there is', () => {
    const steps = fc.array(fc.tuple(fc.nat({ max: 5 }), fc.boolean()), { maxLength: 400 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 10, max: 60 }), (list, capacity) => {
        const callers = Array.from({ length: 6 }, (_, i) => caller(`c${i}`))
        const held = callers.map(() => 0)
        const shares = new ModelShares()
        for (const [who, enters] of list) {
          const holder = callers[who] as CallerShare
          if (enters && shares.enter(holder, capacity)) held[who] = (held[who] as number) + 1
          else if (!enters && (held[who] as number) > 0) {
            shares.leave(holder)
            held[who] = (held[who] as number) - 1
          }
          assert.ok(held.reduce((sum, one) => sum + one, 0) <= capacity)
        }
        for (const [who, count] of held.entries())
          for (let i = 0; i < count; i++) shares.leave(callers[who] as CallerShare)
        assert.equal(fill(shares, caller('new'), capacity), Math.ceil(capacity * 0.8))
      })
    )
  })
})
