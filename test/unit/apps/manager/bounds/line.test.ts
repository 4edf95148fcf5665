import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Line } from '../../../../../src/apps/manager/bounds/line.ts'

const what = 'questions'

describe('a line', () => {
  test('does so much at a time, in the order in which it came', async () => {
    const line = new Line({ what, running: 2, waiting: 10 })
    const done: string[] = []
    const work = (name: string) => async (): Promise<string> => {
      done.push(`${name} begins`)
      await new Promise(setImmediate)
      done.push(`${name} ends`)
      return name
    }
    const names = ['a', 'b', 'c', 'd']
    assert.deepEqual(await Promise.all(names.map((name) => line.run(work(name)))), names)
    assert.deepEqual(done.slice(0, 2), ['a begins', 'b begins'])
    assert.deepEqual(
      done.filter((text) => text.endsWith('begins')),
      names.map((name) => `${name} begins`)
    )
    assert.ok(done.indexOf('c begins') > done.indexOf('a ends'))
    assert.ok(done.indexOf('d begins') > done.indexOf('b ends'))
  })

  test('refuses what is too much, and takes more once that has had its turn', async () => {
    const line = new Line({ what, running: 1, waiting: 1 })
    const { promise, resolve } = Promise.withResolvers<string>()
    const first = line.run(() => promise)
    const second = line.run(async () => 'second')
    await assert.rejects(
      line.run(async () => 'third'),
      { code: 'ABOX_MANAGER_BUSY', message: /found 1 questions that wait, expected at most 1/ }
    )
    resolve('first')
    assert.deepEqual(await Promise.all([first, second]), ['first', 'second'])
    assert.equal(await line.run(async () => 'fourth'), 'fourth')
  })

  test('refuses a user who has as much waiting as one may, and nobody else', async () => {
    const line = new Line({ what, running: 1, waiting: 10, waitingOfOne: 2 })
    const { promise, resolve } = Promise.withResolvers<string>()
    const taken = [line.run(() => promise, 'ann'), line.run(async () => 'a', 'ann'), line.run(async () => 'b', 'ann')]
    await assert.rejects(
      line.run(async () => 'c', 'ann'),
      { code: 'ABOX_REQUESTS_LIMITED' }
    )
    const other = line.run(async () => 'd', 'bob')
    resolve('first')
    assert.deepEqual(await Promise.all([...taken, other]), ['first', 'a', 'b', 'd'])
    assert.equal(await line.run(async () => 'e', 'ann'), 'e')
  })

  test('goes on behind work that fails', async () => {
    const line = new Line({ what, running: 1, waiting: 1 })
    const failed = line.run(() => Promise.reject(new Error('x')))
    const next = line.run(async () => 'next')
    await assert.rejects(failed, /x/)
    assert.equal(await next, 'next')
  })
})
