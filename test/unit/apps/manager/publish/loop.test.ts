import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '#core/logger'
import { createLoop } from '../../../../../src/apps/manager/publish/loop.ts'
import { until } from '../../../../harness/until.ts'

const NEVER = 1_000_000

test('pokes during a run lead to one more run, never to two at a time', async () => {
  let runs = 0
  let busy = 0
  const gate = Promise.withResolvers<void>()
  const loop = createLoop('test', NEVER, silentLogger, async () => {
    assert.equal(++busy, 1)
    runs++
    await gate.promise
    busy--
  })
  for (let index = 0; index < 5; index++) loop.poke()
  gate.resolve()
  await until('second run', () => runs === 2 && busy === 0)
  await loop.close()
  assert.equal(runs, 2)
})

test('a failed run is repeated without a poke', async () => {
  let runs = 0
  const loop = createLoop('test', NEVER, silentLogger, async () => {
    if (++runs === 1) throw new Error('away')
  })
  loop.poke()
  await until('another run', () => runs === 2)
  await loop.close()
})

test('no poke shortens the pause after a failure', async () => {
  let runs = 0
  const loop = createLoop('test', NEVER, silentLogger, async () => {
    runs++
    throw new Error('away')
  })
  loop.poke()
  await until('first run', () => runs === 1)
  await new Promise((resolve) => setImmediate(resolve))
  const before = runs
  for (let index = 0; index < 100; index++) {
    loop.poke()
    await Promise.resolve()
  }
  assert.equal(runs, before)
  await loop.close()
})

test('nothing runs after it was closed', async () => {
  let runs = 0
  const loop = createLoop('test', NEVER, silentLogger, async () => void runs++)
  await loop.close()
  loop.poke()
  assert.equal(runs, 0)
})
