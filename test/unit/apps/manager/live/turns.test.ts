import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createTurns } from '../../../../../src/apps/manager/live/turns.ts'

describe('turns', () => {
  test('go to one at a time, in the order in which they were asked for', async () => {
    const turns = createTurns(10)
    const done: string[] = []
    const work = (name: string) => async (): Promise<string> => {
      done.push(`${name} begins`)
      await new Promise(setImmediate)
      done.push(`${name} ends`)
      return name
    }
    const names = ['a', 'b', 'c']
    assert.deepEqual(await Promise.all(names.map((name) => turns.run(work(name)))), names)
    assert.deepEqual(done, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })

  test('are refused where too many wait, and there are some again once those had theirs', async () => {
    const turns = createTurns(1)
    const { promise, resolve } = Promise.withResolvers<string>()
    const first = turns.run(() => promise)
    const second = turns.run(async () => 'second')
    await assert.rejects(
      turns.run(async () => 'third'),
      { code: 'ABOX_MANAGER_BUSY' }
    )
    resolve('first')
    assert.deepEqual(await Promise.all([first, second]), ['first', 'second'])
    assert.equal(await turns.run(async () => 'fourth'), 'fourth')
  })

  test('are handed on by work that fails', async () => {
    const turns = createTurns(1)
    const failed = turns.run(() => Promise.reject(new Error('x')))
    const next = turns.run(async () => 'next')
    await assert.rejects(failed, /x/)
    assert.equal(await next, 'next')
  })
})
