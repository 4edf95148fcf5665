import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Waiter, WaitingList } from '../../../../src/lib/upstream/waiting-list.ts'

const waiter = (): Waiter => ({ waitingIn: undefined, ahead: undefined, behind: undefined })

describe('upstream: waiting list', () => {
  it('agrees with an array, wherever somebody leaves it', () => {
    const step = fc.oneof(
      fc.constant({ kind: 'push' as const, at: 0 }),
      fc.constant({ kind: 'shift' as const, at: 0 }),
      fc.constant({ kind: 'pop' as const, at: 0 }),
      fc.record({ kind: fc.constant('remove' as const), at: fc.nat(30) })
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const list = new WaitingList()
        const model: Waiter[] = []
        for (const { kind, at } of steps) {
          if (kind === 'push') {
            const one = waiter()
            list.push(one)
            model.push(one)
          } else if (kind === 'shift') {
            assert.equal(list.shift(), model.shift())
          } else if (kind === 'pop') {
            assert.equal(list.pop(), model.pop())
          } else {
            const [one] = model.splice(at % Math.max(1, model.length), 1)
            if (one !== undefined) list.remove(one)
          }
          assert.equal(list.length, model.length)
        }
        while (model.length > 0) assert.equal(list.shift(), model.shift())
        assert.equal(list.shift(), undefined)
      })
    )
  })

  it('keeps nothing of those that have left', () => {
    const list = new WaitingList()
    const all = [waiter(), waiter(), waiter()]
    for (const one of all) list.push(one)
    const [first, second, third] = all as [Waiter, Waiter, Waiter]
    list.remove(second)
    assert.deepEqual(second, waiter())
    assert.equal(first.behind, third)
    assert.equal(third.ahead, first)
  })

  it('tells that the last one has left', () => {
    const list = new WaitingList()
    let told = 0
    list.onEmpty = () => told++
    const [first, second] = [waiter(), waiter()]
    list.push(first)
    list.push(second)
    list.shift()
    assert.equal(told, 0)
    list.remove(second)
    assert.equal(told, 1)
  })
})
