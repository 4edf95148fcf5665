import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { describeLive, type LiveQuestion } from '../../../../../src/apps/manager/live/describe.ts'
import { BOUNDS, EnvironmentLive } from '../../../../../src/apps/manager/live/environment-live.ts'
import { callsOf, summaryOf } from '../../../../harness/live-summary.ts'

interface Item {
  readonly model: string
  readonly variant: string
  readonly service: string
  readonly calls: number
  readonly perSecond: number
  readonly errors: number
  readonly outcomes: object
  readonly share: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly inFlight: number
  readonly points: { readonly calls: number[]; readonly p99Ms: (number | null)[] }
}
interface Live {
  readonly items: readonly Item[]
  readonly hooks: readonly object[]
  readonly shadows: readonly object[]
  readonly instances: number
  readonly lost: number
  readonly leftOut: number
  readonly since: number
}

const START = 1_000_020
const ask = async (live: EnvironmentLive, second: number, more: Partial<LiveQuestion> = {}): Promise<Live> => {
  live.roll(second)
  const question: LiveQuestion = { environment: 'qa', seconds: 60, by: 'variant', isSeen: () => true, ...more }
  return (await describeLive(live, question, second)) as Live
}

describe('the live numbers of an environment', () => {
  test('add up what instances told within the same second, and divide it by variant', async () => {
    const live = new EnvironmentLive(START)
    live.add(summaryOf({ instance: 'a', calls: [callsOf(30), callsOf(10, { variant: 'new' })] }), START)
    live.add(summaryOf({ instance: 'b', calls: [callsOf(60, { outcomes: { ok: 50, timeout: 10 } })] }), START)
    const { items, instances } = await ask(live, START + 1, { seconds: 1 })
    assert.equal(instances, 2)
    const [old, fresh] = items
    assert.deepEqual([old?.variant, old?.calls, old?.perSecond, old?.errors, old?.share], ['old', 90, 90, 10, 0.9])
    assert.deepEqual(old?.outcomes, { ok: 80, timeout: 10 })
    assert.deepEqual([fresh?.variant, fresh?.calls, fresh?.share], ['new', 10, 0.1])
  })

  test('merge histograms before a quantile is taken: the p99 of all is not a mean of those of the instances', async () => {
    const live = new EnvironmentLive(START)
    live.add(summaryOf({ instance: 'a', calls: [callsOf(980)] }), START)
    live.add(summaryOf({ instance: 'b', calls: [callsOf(20, { total: [0, 0, 0, 0, 0, 0, 0, 0, 0, 20] })] }), START)
    const [item] = (await ask(live, START + 1)).items
    assert.ok(item !== undefined && item.p50Ms > 1 && item.p50Ms < 2, `p50 ${item?.p50Ms}`)
    assert.ok(item.p99Ms > 50 && item.p99Ms <= 100, `p99 ${item.p99Ms}`)
  })

  test('hold each second by itself, for an hour and no longer', async () => {
    const live = new EnvironmentLive(START)
    for (let second = START; second < START + 4000; second++) {
      live.add(summaryOf({ seq: second, calls: [callsOf(second % 10)] }), second)
    }
    const now = START + 4000
    const { items, since } = await ask(live, now, { seconds: 10, step: 1 })
    assert.deepEqual(
      items[0]?.points.calls,
      Array.from({ length: 10 }, (_, index) => (now - 10 + index) % 10)
    )
    assert.equal(since, (now - 10) * 1000)
    const hour = await ask(live, now, { seconds: 3600 })
    assert.equal(hour.items[0]?.calls, 3600 * 4.5)
    assert.ok(live.since > START && live.since <= now - 3600, `since ${live.since}`)
  })

  test('forget series that have not been seen for an hour, and use their room again', async () => {
    const live = new EnvironmentLive(START, { ...BOUNDS, mostSeries: 1 })
    live.add(summaryOf({ seq: 1, calls: [callsOf(1)] }), START)
    live.add(summaryOf({ seq: 2, calls: [callsOf(1, { model: 'late' })] }), START + 1)
    assert.equal(live.leftOut, 1)
    const later = START + 3700
    live.roll(later)
    live.add(summaryOf({ seq: 3, calls: [callsOf(5, { model: 'late' })] }), later)
    const { items } = await ask(live, later + 1, { seconds: 3600 })
    assert.deepEqual(
      items.map(({ model, calls }) => [model, calls]),
      [['late', 5]]
    )
  })

  test('give up the oldest minutes where an hour would need more memory than there is', async () => {
    const live = new EnvironmentLive(START, { ...BOUNDS, mostBytes: 8192 })
    for (let second = START; second < START + 1200; second++) {
      const calls = Array.from({ length: 5 }, (_, index) => callsOf(9, { method: `m${index}` }))
      live.add(summaryOf({ seq: second, calls }), second)
    }
    assert.ok(live.size() < 4 * 8192, `${live.size()} bytes`)
    assert.ok(live.since > START + 600, `since ${live.since - START}`)
    assert.equal((await ask(live, START + 1200, { seconds: 10 })).items[0]?.calls, 450)
  })

  test('never hold more series or instances than they may, whatever is sent', () => {
    const live = new EnvironmentLive(START, { ...BOUNDS, mostSeries: 100, mostInstances: 10 })
    for (let round = 0; round < 2500; round++) {
      const calls = Array.from({ length: 400 }, (_, index) => callsOf(1, { model: `m${round * 400 + index}` }))
      live.add(summaryOf({ seq: round, calls }), START)
    }
    assert.equal(live.ids, 100)
    assert.equal(live.leftOut, 999_900)
    for (let index = 0; index < 50; index++) live.add(summaryOf({ instance: `i${index}` }), START)
    assert.equal(live.instances().length, 10)
  })

  test('take each summary once, count those that are missing, and begin anew with a new epoch', async () => {
    const live = new EnvironmentLive(START)
    const add = (epoch: number, seq: number): boolean => live.add(summaryOf({ epoch, seq, calls: [callsOf(1)] }), START)
    assert.deepEqual(
      [add(5, 0), add(5, 0), add(5, 4), add(5, 3), add(4, 9), add(6, 0)],
      [true, false, true, false, false, true]
    )
    const { items, lost } = await ask(live, START + 1)
    assert.deepEqual([items[0]?.calls, lost], [3, 3])
  })

  test('an instance that is silent is gone after half a minute', async () => {
    const live = new EnvironmentLive(START)
    live.add(summaryOf({ variants: [{ model: 'rank', variant: 'old', inFlight: 7 }], calls: [callsOf(1)] }), START)
    assert.equal((await ask(live, START + 5)).items[0]?.inFlight, 7)
    const late = await ask(live, START + 40)
    assert.deepEqual([late.instances, late.items[0]?.inFlight], [0, 0])
  })

  test('show what belongs to a document only to those who may see it', async () => {
    const live = new EnvironmentLive(START)
    const hook = { hook: 'h', version: '1', calls: 1, strikes: 0, stoodIn: 0, disabled: false }
    const calls = [
      callsOf(1, { model: 'mine', service: 'theirs' }),
      callsOf(2, { model: 'theirs' }),
      callsOf(3, { model: '-', service: 'mine', outcomes: { no_route: 3 } }),
      callsOf(4, { model: '-', service: '-' })
    ]
    live.add(summaryOf({ calls, hooks: [hook, { ...hook, hook: 'mine' }] }), START)
    const isSeen = (place: string): boolean => place.endsWith('/mine')
    const seen = await ask(live, START + 1, { isSeen, by: 'method' })
    assert.deepEqual(
      seen.items.map(({ model, service, calls: count }) => [model, service, count]),
      [
        ['-', 'mine', 3],
        ['mine', '-', 1]
      ]
    )
    assert.deepEqual(seen.hooks, [{ hook: 'mine', version: '1', calls: 1, strikes: 0, stoodIn: 0 }])
  })

  test('of shadows tell how results compared', async () => {
    const live = new EnvironmentLive(START)
    const shadow = { hook: 'h', version: '1', equal: 5, within: 4, different: 3, error: 2, dropped: 1 }
    live.add(summaryOf({ instance: 'a', shadows: [shadow] }), START)
    live.add(summaryOf({ instance: 'b', shadows: [shadow] }), START)
    assert.deepEqual((await ask(live, START + 1)).shadows, [
      { hook: 'h', version: '1', equal: 10, within: 8, different: 6, error: 4, dropped: 2 }
    ])
  })
})
