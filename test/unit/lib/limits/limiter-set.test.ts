import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Clock } from '#core/clock'
import { createLimiterSet } from '#lib/limits'

const settable = (): Clock & { now: number } => ({
  now: 0,
  wallMs: () => 0,
  monotonicMs() {
    return this.now
  }
})

describe('a set of limiters', () => {
  it('limits each key for itself', () => {
    const set = createLimiterSet({ concurrent: 1 }, { clock: settable() })
    assert.deepEqual(
      ['a', 'b', 'a'].map((key) => set.of(key).tryEnter()),
      ['ok', 'ok', 'concurrent']
    )
  })

  it('never holds more keys than its bound, and no key gets more than its limit by being forgotten', () => {
    const calls = fc.array(
      fc.record({ key: fc.integer({ min: 0, max: 12 }), waitMs: fc.integer({ min: 0, max: 300 }) }),
      {
        maxLength: 400
      }
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), calls, (maxKeys, todo) => {
        const clock = settable()
        const set = createLimiterSet({ ratePerSecond: 1, burst: 2 }, { clock, maxKeys })
        const entered = new Map<number, number>()
        for (const { key, waitMs } of todo) {
          clock.now += waitMs
          const limiter = set.of(String(key))
          if (limiter.tryEnter() === 'ok') {
            entered.set(key, (entered.get(key) ?? 0) + 1)
            limiter.leave()
          }
          assert.ok(set.stats().keys <= maxKeys)
          // Its own bucket and, while there was no room for it, a part of the shared one.
          assert.ok((entered.get(key) ?? 0) <= 2 * (2 + clock.now / 1000), `key ${key}`)
        }
      })
    )
  })

  it('gives all keys beyond the bound one limiter together while the others are in use', () => {
    const set = createLimiterSet({ concurrent: 1 }, { clock: settable(), maxKeys: 2 })
    const a = set.of('a')
    a.tryEnter()
    set.of('b').tryEnter()
    assert.equal(set.of('c').tryEnter(), 'ok')
    assert.equal(set.of('d').tryEnter(), 'concurrent', 'd shares with c')
    a.leave()
    assert.equal(set.of('e').tryEnter(), 'ok', 'a is idle and makes room')
    assert.equal(set.of('a').tryEnter(), 'concurrent', 'a has none of its own any more')
  })

  it('changes the numbers of all its keys', () => {
    const set = createLimiterSet({ concurrent: 1 }, { clock: settable() })
    set.of('a').tryEnter()
    set.update({ concurrent: 2 })
    assert.deepEqual(
      ['a', 'a', 'b', 'b', 'b'].map((key) => set.of(key).tryEnter()),
      ['ok', 'concurrent', 'ok', 'ok', 'concurrent']
    )
    assert.deepEqual(set.stats(), { keys: 2, mostInUse: 2 })
  })
})
