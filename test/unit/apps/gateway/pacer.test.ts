import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPacer } from '../../../../src/apps/gateway/pacer.ts'

/** Counts turns of the event loop while `done` has not resolved. */
async function turnsUntil(done: Promise<unknown>): Promise<number> {
  let turns = 0
  let over = false
  void done.then(() => {
    over = true
  })
  while (!over) {
    await new Promise((resolve) => setImmediate(resolve))
    turns++
  }
  return turns
}

test('what is let go waits for a later turn of the event loop, in the order of asking', async () => {
  const pacer = createPacer(() => 0)
  const seen: string[] = []
  const all = Promise.all(['a', 'b', 'c'].map((name) => pacer.pace().then(() => seen.push(name))))
  await Promise.resolve()
  assert.deepEqual(seen, [])
  await all
  assert.deepEqual(seen, ['a', 'b', 'c'])
})

test('short work shares a turn, long work has a turn of its own', async () => {
  const work = async (ms: number): Promise<number> => {
    let now = 0
    const pacer = createPacer(() => now)
    const each = async (): Promise<void> => {
      await pacer.pace()
      now += ms
    }
    return turnsUntil(Promise.all(Array.from({ length: 20 }, each)))
  }
  assert.ok((await work(0.01)) <= 2)
  assert.ok((await work(5)) >= 20)
})

test('who asks again while he is served has his turn later', async () => {
  let now = 0
  const pacer = createPacer(() => now)
  const seen: string[] = []
  const work = async (name: string): Promise<void> => {
    for (let i = 0; i < 3; i++) {
      await pacer.pace()
      now += 0.6
      seen.push(name)
    }
  }
  await Promise.all([work('a'), work('b')])
  assert.deepEqual(seen, ['a', 'b', 'a', 'b', 'a', 'b'])
})
