import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { createTimerWheel, TimerEntry, type TimerWheel } from '#core/timer-wheel'

class Limit extends TimerEntry {
  readonly expired: () => void

  constructor(expired: () => void) {
    super()
    this.expired = expired
  }

  expire(): void {
    this.expired()
  }
}

/** A wheel whose clock and whose timer of Node are moved by `pass`. */
function wheelFor(t: TestContext, tickMs = 4): { wheel: TimerWheel; now: () => number; pass: (ms: number) => void } {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  // Not 0, and with fractions, as the clock of a process is.
  let now = 1234.567
  const wheel = createTimerWheel({ tickMs, clock: { monotonicMs: () => now, wallMs: () => Math.random() * 1e12 } })
  return {
    wheel,
    now: () => now,
    pass(ms) {
      for (let left = ms; left > 0; left--) {
        now += Math.min(1, left)
        t.mock.timers.tick(1)
      }
    }
  }
}

describe('timer wheel', () => {
  it('never expires an entry early and at most a tick and a timer step late', (t) => {
    const { wheel, now, pass } = wheelFor(t)
    const begun = now()
    const late: number[] = []
    const limits = [0, 0.5, 1, 3.9, 4, 5, 99.5, 1000, 8191, 8192, 8193, 20_000]
    for (const ms of limits) wheel.add(ms, new Limit(() => late.push(now() - begun - ms)))
    pass(20_010)
    assert.equal(late.length, limits.length)
    for (const ms of late) assert.ok(ms >= 0 && ms <= 6, `${ms} ms late`)
    assert.equal(wheel.size(), 0)
  })

  it('expires nothing that was removed, and removes twice without harm', (t) => {
    const { wheel, pass } = wheelFor(t)
    const gone = new Limit(() => assert.fail('was removed'))
    wheel.add(10, gone)
    wheel.remove(gone)
    wheel.remove(gone)
    assert.equal(wheel.size(), 0)
    pass(50)
  })

  it('moves an entry that is added again', (t) => {
    const { wheel, now, pass } = wheelFor(t)
    const begun = now()
    const at: number[] = []
    const entry = new Limit(() => at.push(now() - begun))
    wheel.add(10, entry)
    wheel.add(100, entry)
    assert.equal(wheel.size(), 1)
    pass(200)
    assert.equal(at.length, 1)
    assert.ok((at[0] as number) >= 100)
  })

  it('sets its timer anew for an entry that is due before all others', (t) => {
    const { wheel, pass } = wheelFor(t)
    const order: string[] = []
    wheel.add(1000, new Limit(() => order.push('long')))
    wheel.add(20, new Limit(() => order.push('short')))
    pass(30)
    assert.deepEqual(order, ['short'])
    pass(1000)
    assert.deepEqual(order, ['short', 'long'])
  })

  it('lets an entry that expires add itself, add others and remove those that are due with it', (t) => {
    const { wheel, pass } = wheelFor(t)
    const told: string[] = []
    let again = 0
    const second = new Limit(() => assert.fail('was removed by the first'))
    const first = new Limit(() => {
      told.push('first')
      wheel.remove(second)
      if (again++ === 0) wheel.add(8, first)
      else wheel.add(0, new Limit(() => told.push('third')))
    })
    wheel.add(8, first)
    wheel.add(8, second)
    pass(100)
    assert.deepEqual(told, ['first', 'first', 'third'])
    assert.equal(wheel.size(), 0)
  })

  it('tells the other entries although one throws', (t) => {
    const { wheel, pass } = wheelFor(t)
    let told = 0
    wheel.add(
      4,
      new Limit(() => {
        throw new Error('mine')
      })
    )
    wheel.add(4, new Limit(() => told++))
    assert.throws(() => pass(20), /mine/)
    pass(20)
    assert.equal(told, 1)
  })

  it('expires everything at once after a pause of many rounds', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let now = 0
    const wheel = createTimerWheel({ tickMs: 4, clock: { monotonicMs: () => now, wallMs: () => 0 } })
    let told = 0
    for (let ms = 1; ms <= 60_000; ms += 7) wheel.add(ms, new Limit(() => told++))
    const added = wheel.size()
    // The process stood still: the clock has gone on, and the timer fires once.
    now = 3_600_000
    t.mock.timers.tick(4)
    assert.equal(told, added)
    assert.equal(wheel.size(), 0)
  })

  it('takes a limit that is negative or no number for none, and one without end for the longest', (t) => {
    const { wheel, pass } = wheelFor(t)
    let told = 0
    for (const ms of [-1, Number.NaN]) wheel.add(ms, new Limit(() => told++))
    wheel.add(Number.POSITIVE_INFINITY, new Limit(() => told++))
    pass(10)
    assert.equal(told, 2)
    assert.equal(wheel.size(), 1)
  })

  it('holds 100,000 entries on one timer of Node', (t) => {
    const set = t.mock.method(globalThis, 'setTimeout')
    const wheel = createTimerWheel({ tickMs: 4, clock: { monotonicMs: () => 0, wallMs: () => 0 } })
    const entries = Array.from({ length: 100_000 }, () => new Limit(() => {}))
    for (const [index, entry] of entries.entries()) wheel.add(3000 + (index % 5000), entry)
    assert.equal(wheel.size(), 100_000)
    assert.equal(set.mock.callCount(), 1)
    for (const entry of entries) wheel.remove(entry)
    assert.equal(wheel.size(), 0)
    wheel.close()
  })

  it('agrees with a list of limits, whatever is added and removed', (t) => {
    const step = fc.record({ add: fc.nat(12_000), removeOf: fc.nat(20), pass: fc.nat(40) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { wheel, now, pass } = wheelFor(t, 4)
        const open = new Map<Limit, number>()
        for (const { add, removeOf, pass: ms } of steps) {
          const entry: Limit = new Limit(() => {
            const at = open.get(entry)
            assert.ok(at !== undefined && now() >= at)
            open.delete(entry)
          })
          open.set(entry, now() + add)
          wheel.add(add, entry)
          const victim = [...open.keys()][removeOf]
          if (victim !== undefined) {
            wheel.remove(victim)
            open.delete(victim)
          }
          pass(ms)
          for (const at of open.values()) assert.ok(now() <= at + 6, `${now() - at} ms late`)
          assert.equal(wheel.size(), open.size)
        }
        wheel.close()
        t.mock.timers.reset()
      }),
      { numRuns: 50 }
    )
  })
})
