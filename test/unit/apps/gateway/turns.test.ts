import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from '../../../../src/apps/gateway/turns.ts'

/** Ends with the current turn of the event loop. */
const loopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('of those who wait, one works in each turn of the event loop, in the order in which they came', async () => {
  const nextTurn = createTurns()
  const worked: string[] = []
  const work = async (name: string): Promise<void> => {
    for (let i = 0; i < 2; i++) {
      await nextTurn()
      worked.push(name)
    }
  }
  const all = Promise.all([work('a'), work('b'), work('c')])
  for (let turn = 1; turn <= 6; turn++) {
    await loopTurn()
    assert.equal(worked.length, turn, `${turn} turns`)
  }
  await all
  assert.deepEqual(worked, ['a', 'b', 'c', 'a', 'b', 'c'])
})

test('turns are given again after nobody waited for a while', async () => {
  const nextTurn = createTurns()
  await nextTurn()
  await loopTurn()
  await nextTurn()
})
