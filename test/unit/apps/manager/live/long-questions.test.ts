import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WIDTHS } from '../../../../../src/apps/manager/live/columns.ts'
import { describeLive, type LiveQuestion } from '../../../../../src/apps/manager/live/describe.ts'
import { EnvironmentLive } from '../../../../../src/apps/manager/live/environment-live.ts'
import { callsOf, summaryOf } from '../../../../harness/live-summary.ts'

interface Live {
  readonly items: readonly {
    readonly model: string
    readonly calls: number
    readonly points: { readonly calls: number[]; readonly errors: number[]; readonly p99Ms: (number | null)[] }
  }[]
  readonly leftOut: number
}

const START = 1_000_020
/** More than an answer has items. */
const SERIES = 2000

/** Each series with a call in each of so many seconds, one behind the other. */
function filled(seconds: number, series = SERIES): EnvironmentLive {
  const live = new EnvironmentLive(START)
  const calls = Array.from({ length: series }, (_, index) => callsOf(1, { method: `m${index}` }))
  for (let second = 0; second < seconds; second++) live.add(summaryOf({ seq: second, calls }), START + second)
  return live
}

const ask = async (live: EnvironmentLive, second: number, more: Partial<LiveQuestion>): Promise<Live> => {
  live.roll(second)
  const question: LiveQuestion = { environment: 'qa', seconds: 3600, by: 'method', isSeen: () => true, ...more }
  return (await describeLive(live, question, second)) as Live
}

/** How many numbers were made room for in typed arrays. */
async function columnsMade(work: () => Promise<void>): Promise<number> {
  const { Float64Array: plain } = globalThis
  let columns = 0
  globalThis.Float64Array = new Proxy(plain, {
    construct(target, args: [number], made) {
      // Views of what is there already are given a buffer.
      if (typeof args[0] === 'number') columns += args[0]
      return Reflect.construct(target, args, made) as Float64Array
    }
  })
  try {
    await work()
  } finally {
    globalThis.Float64Array = plain
  }
  return columns
}

/** How many turns others have while `work` runs. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0
  let isDone = false
  const turn = (): void => {
    if (isDone) return
    turns++
    setImmediate(turn)
  }
  setImmediate(turn)
  await work.finally(() => {
    isDone = true
  })
  return turns
}

describe('questions about a long time', () => {
  test('with more points than an answer has room for are refused with what would help', async () => {
    const live = filled(1)
    await assert.rejects(ask(live, START + 1, { step: 6 }), {
      code: 'ABOX_REQUEST_INVALID',
      message: /found 600 points of 500 items, expected at most 100000 points together: ask for one model, longer steps/
    })
    const { items } = await ask(live, START + 1, { step: 6, by: 'model' })
    assert.equal(items[0]?.points.calls.length, 600)
  })

  test('hold the counts of one point per item that is answered, however many groups and points there are', async () => {
    const live = filled(2)
    let answer: Live | undefined
    const columns = await columnsMade(async () => {
      answer = await ask(live, START + 2, { step: 20 })
    })
    assert.deepEqual([answer?.items.length, answer?.leftOut], [500, 1500])
    assert.equal(answer?.items[0]?.points.calls.length, 180)
    // A sum for each group and a point for each item; a point for each group and step would be 360 000.
    assert.ok(columns / WIDTHS.calls <= SERIES + 500, `${columns / WIDTHS.calls} rows`)
  })

  test('give others their turn within a minute, too', async () => {
    const live = filled(20)
    // 40 000 rows, 10 000 a turn; the last turn is ours.
    assert.equal(await turnsDuring(ask(live, START + 20, { seconds: 60 })), 3)
  })

  test('tell every point as if it were asked for by itself', async () => {
    const live = new EnvironmentLive(START)
    for (let second = 0; second < 130; second += 3) {
      const outcomes = { ok: second + 1, timeout: second % 2 }
      live.add(summaryOf({ seq: second, calls: [callsOf(1, { outcomes, total: [0, 0, second] })] }), START + second)
    }
    const end = START + 130
    const { items } = await ask(live, end, { seconds: 130, step: 7 })
    const points = items[0]?.points
    assert.equal(points?.calls.length, 19)
    for (const [index, calls] of (points?.calls ?? []).entries()) {
      const from = index * 7
      const until = Math.min(130, from + 7)
      const alone = [...Array(130).keys()].filter((second) => second % 3 === 0 && second >= from && second < until)
      const errors = alone.reduce((sum, second) => sum + (second % 2), 0)
      assert.equal(calls, alone.reduce((sum, second) => sum + second + 1, 0) + errors)
      assert.equal(points?.errors[index], errors)
    }
    assert.equal(points?.p99Ms[0], 0.497)
  })
})
