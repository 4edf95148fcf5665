import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createReconnectPauses, type ReconnectPauses } from '../../../../src/lib/zookeeper/reconnect-pause.ts'

interface Outage {
  readonly pauses: ReconnectPauses
  /** Waits and gives the pauses as long as they begin before this time, ms; an attempt takes no time. */
  until(ms: number): number[]
  /** Lets time go by without an attempt. */
  pass(ms: number): void
}

function outage(random: () => number, maxMs = 5000): Outage {
  let now = 1_000_000
  const from = now
  const pauses = createReconnectPauses({ maxMs, clock: { wallMs: () => 0, monotonicMs: () => now }, random })
  return {
    pauses,
    until(ms) {
      const taken: number[] = []
      while (now - from < ms) {
        const pause = pauses.next()
        taken.push(pause)
        now += Math.max(1, pause)
      }
      return taken
    },
    pass(ms) {
      now += ms
    }
  }
}

const longest = (): number => 1 - Number.EPSILON

describe('pauses between attempts to connect to ZooKeeper', () => {
  test('are at most 300 ms for a minute, and then grow to the maximum', () => {
    const { until } = outage(longest)
    const eager = until(60_000)
    assert.deepEqual(eager.slice(0, 4).map(Math.round), [100, 200, 300, 300])
    assert.ok(
      eager.every((pause) => pause <= 300),
      String(Math.max(...eager))
    )
    assert.deepEqual(until(90_000).map(Math.round), [600, 1200, 2400, 4800, 5000, 5000, 5000, 5000, 5000])
  })

  test('are spread from nothing to their bound, before and after the minute', () => {
    const { until } = outage(Math.random)
    const eager = until(60_000).slice(3)
    const patient = until(3_600_000).slice(5)
    for (const [pauses, bound] of [
      [eager, 300],
      [patient, 5000]
    ] as const) {
      for (let part = 0; part < 4; part++) {
        const here = pauses.filter((pause) => pause >= (part * bound) / 4 && pause < ((part + 1) * bound) / 4)
        assert.ok(here.length > pauses.length / 10, `${here.length} of ${pauses.length} in quarter ${part} of ${bound}`)
      }
    }
  })

  test('are short for a minute again after a reset, whenever the next outage comes', () => {
    const { pauses, until, pass } = outage(longest)
    until(300_000)
    pauses.reset()
    pass(86_400_000)
    assert.deepEqual([pauses.next(), pauses.next(), pauses.next()].map(Math.round), [100, 200, 300])
    pass(59_999)
    assert.equal(Math.round(pauses.next()), 300)
    pass(1)
    assert.equal(Math.round(pauses.next()), 600)
  })

  test('never exceed the maximum, however small it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (maxMs) => {
        const { until } = outage(longest, maxMs)
        for (const pause of until(60_000)) assert.ok(pause <= Math.min(maxMs, 300))
        for (const pause of until(120_000)) assert.ok(pause <= maxMs)
      }),
      { numRuns: 20 }
    )
  })
})
