import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTask } from '../../../../src/lib/zookeeper/task.ts'
import { until } from '../../../harness/until.ts'
import { FakeConnection, hostOf } from './fake-connection.ts'

test('a poke during a run leads to another run after it, never beside it', async () => {
  let running = 0
  let runs = 0
  const task = createTask(hostOf(new FakeConnection()), 'test', async () => {
    assert.equal(++running, 1)
    runs++
    await new Promise((resolve) => setImmediate(resolve))
    running--
    return undefined
  })
  task.poke()
  task.poke()
  task.poke()
  await until('two runs', () => runs === 2 && running === 0)
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(runs, 2)
})

test('the first run is full, later ones only when it is asked for', async () => {
  const full: boolean[] = []
  const task = createTask(hostOf(new FakeConnection()), 'test', async (_connection, isFull) => {
    full.push(isFull)
    return undefined
  })
  for (const asked of [false, false, true]) {
    const before = full.length
    task.poke(asked)
    await until('a run', () => full.length > before)
  }
  assert.deepEqual(full, [true, false, true])
})

test('a failed run is repeated, and the run after a failure is full whatever asked for it', async () => {
  const full: boolean[] = []
  const task = createTask(hostOf(new FakeConnection()), 'test', async (_connection, isFull) => {
    full.push(isFull)
    if (full.length === 2) {
      task.poke()
      throw new Error('fails once')
    }
    return undefined
  })
  task.poke()
  await until('a run', () => full.length === 1)
  task.poke()
  await until('the repetition', () => full.length >= 3)
  assert.deepEqual(full.slice(0, 3), [true, false, true])
})

test('without a connection nothing runs, and a run that lost its connection is repeated on the next one', async () => {
  const fake = new FakeConnection()
  let runs = 0
  const task = createTask(hostOf(fake), 'test', async () => {
    if (++runs > 1) return undefined
    fake.over = true
    throw new Error('the connection was lost')
  })
  task.poke()
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(runs, 1)
  fake.over = false
  task.poke()
  await until('the next run', () => runs === 2)
})

test('a step can ask for another run later, and a stopped task runs no more', async () => {
  let runs = 0
  const task = createTask(hostOf(new FakeConnection()), 'test', async () => (++runs < 3 ? 1 : 60_000))
  task.poke()
  await until('three runs', () => runs === 3)
  task.stop()
  task.poke()
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(runs, 3)
})
