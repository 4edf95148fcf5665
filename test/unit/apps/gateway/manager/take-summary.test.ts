import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import Type from 'typebox'
import { OUTCOMES, type Outcome } from '#contracts/call-record'
import { createChecker } from '#contracts/check'
import { LiveSummary, MAX_SUMMARY_BYTES } from '#contracts/live'
import { coreErrors } from '#core/errors'
import { Histogram } from '#lib/histogram'
import { createSummaries } from '../../../../../src/apps/gateway/manager/take-summary.ts'
import type { HookState } from '../../../../../src/apps/gateway/messages.ts'
import type { CallSeries } from '../../../../../src/apps/gateway/metrics.ts'

const checker = createChecker(Type.Intersect([LiveSummary]), coreErrors.ABOX_INTERNAL)

const newSeries = (model: string, service = 's.S'): CallSeries => ({
  labels: { service, method: 'm', model, variant: 'old' },
  outcomes: new Float64Array(OUTCOMES.length),
  total: new Histogram(),
  upstream: new Histogram()
})

function observe(series: CallSeries, outcome: Outcome, us: number, upstreamUs?: number): void {
  const index = OUTCOMES.indexOf(outcome)
  series.outcomes[index] = (series.outcomes[index] as number) + 1
  series.total.add(us)
  if (upstreamUs !== undefined) series.upstream.add(upstreamUs)
}

/** An instance whose counters a test moves; `next` gives its next summary, checked as the manager checks it. */
function startInstance() {
  const state = {
    series: [] as CallSeries[],
    endpoints: new Map<string, number>(),
    hooks: [] as HookState[],
    results: new Map<string, number>(),
    dropped: new Map<string, number>()
  }
  const take = createSummaries({
    source: { instance: 'gw-0', epoch: 5 },
    clock: { wallMs: () => 1234.5, monotonicMs: () => 0 },
    series: () => state.series,
    inFlight: () => 3,
    connections: () => 2,
    isOffline: () => false,
    endpointsInFlight: () => state.endpoints,
    hooks: () => state.hooks,
    shadows: { results: () => state.results, dropped: () => state.dropped }
  })
  const next = (): LiveSummary => {
    const text = take()
    assert.ok(Buffer.byteLength(text) <= MAX_SUMMARY_BYTES, `${text.length} bytes`)
    return checker.check(JSON.parse(text), 'summary') as LiveSummary
  }
  return { state, next }
}

describe('the summary of a second', () => {
  test('has what was counted since the one before, and nothing of series without a call', () => {
    const { state, next } = startInstance()
    const rank = newSeries('rank')
    state.series.push(rank, newSeries('idle'))
    observe(rank, 'ok', 1500, 900)
    observe(rank, 'timeout', 3000)
    const first = next()
    assert.deepEqual(first.calls, [
      {
        ...rank.labels,
        outcomes: { ok: 1, timeout: 1 },
        total: [0, 0, 0, 0, 1, 1],
        totalUs: 4500,
        upstream: [0, 0, 0, 1],
        upstreamUs: 900
      }
    ])
    observe(rank, 'ok', 50)
    const second = next()
    assert.deepEqual(
      [second.calls[0]?.outcomes, second.calls[0]?.total, second.calls[0]?.totalUs],
      [{ ok: 1 }, [1], 50]
    )
    const third = next()
    assert.deepEqual([third.calls, first.seq, second.seq, third.seq, third.at], [[], 0, 1, 2, 1235])
  })

  test('leaves out the series with fewest calls where there are too many, and says how many calls that were', () => {
    const { state, next } = startInstance()
    for (let index = 0; index < 1000; index++) {
      const series = newSeries(`m${index}`, `s.${'x'.repeat(500)}`)
      for (let call = 0; call < (index === 999 ? 9 : 1); call++) observe(series, 'ok', 100)
      state.series.push(series)
    }
    const { calls, leftOut } = next()
    assert.equal(calls[0]?.model, 'm999')
    assert.equal(calls.length + leftOut.entries, 1000)
    assert.equal(leftOut.calls, leftOut.entries)
    assert.ok(calls.length > 100, `${calls.length} entries`)
    assert.deepEqual(next().calls, [])
  })

  test('has at most so many entries as the manager takes, however short they are', () => {
    const { state, next } = startInstance()
    for (let index = 0; index < 500; index++) {
      const series = newSeries(`m${index}`)
      observe(series, 'ok', 100)
      state.series.push(series)
    }
    const { calls, leftOut } = next()
    assert.deepEqual([calls.length, leftOut], [400, { entries: 100, calls: 100 }])
  })

  test('adds up the calls at the endpoints of a variant', () => {
    const { state, next } = startInstance()
    state.endpoints = new Map([
      ['rank\nold\nhttp://a', 2],
      ['rank\nold\nhttp://b', 3],
      ['rank\nnew\nhttp://c', 0]
    ])
    assert.deepEqual(next().variants, [{ model: 'rank', variant: 'old', inFlight: 5 }])
  })

  test('follows a hook version that began anew, and the verdicts of its shadow', () => {
    const { state, next } = startInstance()
    const hook: HookState = {
      hook: 'h',
      version: 'abc',
      digest: 'sha256:abc',
      placement: 'sandbox',
      calls: 10,
      strikes: 0,
      strikesTotal: 0,
      stoodIn: 0
    }
    state.hooks = [hook]
    state.results = new Map([
      ['h\nabc\nequal', 4],
      ['h\nabc\ndifferent', 1]
    ])
    const first = next()
    assert.equal(first.hooks[0]?.calls, 10)
    assert.deepEqual(first.shadows[0], {
      hook: 'h',
      version: 'abc',
      equal: 4,
      within: 0,
      different: 1,
      error: 0,
      dropped: 0
    })
    state.hooks = [{ ...hook, calls: 2, strikesTotal: 1, disabled: { why: 'x', at: 1 } }]
    state.dropped = new Map([['h\nabc', 7]])
    const second = next()
    assert.deepEqual(second.hooks, [{ hook: 'h', version: 'abc', calls: 2, strikes: 1, stoodIn: 0, disabled: true }])
    assert.deepEqual([second.shadows[0]?.equal, second.shadows[0]?.dropped], [0, 7])
  })
})
