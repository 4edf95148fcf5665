import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCrashBudget } from '../../../../../src/apps/gateway/supervisor/crash-budget.ts'

const times = (count: number, one: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => one(i))

test('the first death is answered at once and the next four after growing fractions of a second', () => {
  const budget = createCrashBudget()
  assert.deepEqual(
    times(5, (index) => budget.died(index * 1000, 1000)),
    [0, 100, 200, 400, 800]
  )
  assert.equal(budget.looping(), false)
})

test('a sixth death within a minute is a crash loop, whose pauses double up to a minute and stay there', () => {
  const budget = createCrashBudget()
  for (let index = 0; index < 5; index++) budget.died(index, 1)
  assert.deepEqual(
    times(6, (index) => budget.died(5 + index * 100_000, 1)),
    [5000, 10_000, 20_000, 40_000, 60_000, 60_000]
  )
  assert.equal(budget.looping(), true)
})

test('deaths further apart than the window are no loop', () => {
  const budget = createCrashBudget()
  for (let index = 0; index < 20; index++) budget.died(index * 13_000, 12_000)
  assert.equal(budget.looping(), false)
})

test('a healthy minute makes everything good', () => {
  const budget = createCrashBudget()
  for (let index = 0; index < 8; index++) budget.died(index, 1)
  assert.equal(budget.died(100, 60_000), 0)
  assert.equal(budget.looping(), false)
})
