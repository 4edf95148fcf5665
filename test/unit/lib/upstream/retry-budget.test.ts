import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createRetryBudget, type RetryBudget } from '#lib/upstream'

function budgetFor(ratio: number, minPerSecond: number): { budget: RetryBudget; pass: (ms: number) => void } {
  let now = 987_654.321
  // The wall clock jumps as it likes: it must not matter.
  const clock = { monotonicMs: () => now, wallMs: () => Math.random() * 1e13 }
  return {
    budget: createRetryBudget({ ratio, minPerSecond, clock }),
    pass(ms) {
      now += ms
    }
  }
}

const times = (n: number, act: () => void): void => {
  for (let i = 0; i < n; i++) act()
}

/** How many retries are allowed one after the other. */
function allowed(budget: RetryBudget): number {
  let n = 0
  while (budget.take()) n++
  return n
}

describe('upstream: retry budget', () => {
  it('allows retries for a share of the calls', () => {
    const { budget } = budgetFor(0.1, 0)
    times(1000, budget.deposit)
    assert.equal(allowed(budget), 100)
    times(100, budget.deposit)
    assert.equal(allowed(budget), 10)
  })

  it('allows none where there were no calls and no minimum is given', () => {
    assert.equal(allowed(budgetFor(0.1, 0).budget), 0)
  })

  it('allows a few for seldom calls, and these again when the window has passed', () => {
    const { budget, pass } = budgetFor(0.1, 0.5)
    assert.equal(allowed(budget), 5)
    pass(9000)
    assert.equal(allowed(budget), 0)
    pass(1000)
    assert.equal(allowed(budget), 5)
  })

  it('saves nothing up over a quiet time', () => {
    const { budget, pass } = budgetFor(0.1, 0)
    times(10_000, budget.deposit)
    pass(3_600_000)
    assert.equal(allowed(budget), 0)
  })

  it('forgets calls second by second', () => {
    const { budget, pass } = budgetFor(0.1, 0)
    times(100, budget.deposit)
    pass(5000)
    times(50, budget.deposit)
    pass(5000)
    assert.equal(allowed(budget), 5)
  })

  it('counts calls, retries and refusals', () => {
    const { budget } = budgetFor(0.5, 0)
    times(4, budget.deposit)
    times(5, budget.take)
    assert.deepEqual(budget.stats(), { calls: 4, retries: 2, refused: 3 })
  })

  it('never allows more in ten seconds than the share of their calls and the minimum', () => {
    const step = fc.record({ calls: fc.nat(50), tries: fc.nat(50), pass: fc.nat(3000) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const { budget, pass } = budgetFor(0.2, 1)
        const log: { at: number; calls: number; retries: number }[] = []
        let now = 0
        for (const { calls, tries, pass: ms } of steps) {
          times(calls, budget.deposit)
          let retries = 0
          times(tries, () => {
            if (budget.take()) retries++
          })
          log.push({ at: now, calls, retries })
          // Whole seconds are counted, so the window is nine to ten of them; calls of the last ten fund at most this.
          const recent = log.filter(({ at }) => at > now - 9000)
          const funding = log.filter(({ at }) => at > now - 10_000).reduce((sum, one) => sum + one.calls, 0)
          const made = recent.reduce((sum, one) => sum + one.retries, 0)
          assert.ok(retries === 0 || made <= 0.2 * funding + 10, `${made} retries for ${funding} calls`)
          pass(ms)
          now += ms
        }
      })
    )
  })
})
