import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Limits } from '#contracts/common'
import type { Clock } from '#core/clock'
import { AboxError } from '#core/errors'
import { Call } from '../../../../src/apps/gateway/call.ts'
import { methodLimits, modelLimits, serviceLimits } from '../../../../src/apps/gateway/documents/compile-limits.ts'
import { createLimitKeeper, type LimitKeeper } from '../../../../src/apps/gateway/limits.ts'
import type { ModelEntry, Route, RoutingTable } from '../../../../src/apps/gateway/routing-table.ts'

const settable = (): Clock & { now: number } => ({
  now: 0,
  wallMs: () => 0,
  monotonicMs() {
    return this.now
  }
})

interface Documents {
  readonly service?: Limits
  readonly method?: Limits
  readonly model?: Limits
}

/** A table of one service a.B with one method score, and one model rank: as much of it as limits look at. */
function tableOf({ service, method, model }: Documents): { table: RoutingTable; route: Route; model: ModelEntry } {
  const route = {
    serviceLimits: serviceLimits('a.B', service),
    limits: methodLimits('a.B', { name: 'score', ...(method !== undefined && { limits: method }) })
  } as Partial<Route> as Route
  const entry = { name: 'rank', limits: modelLimits('rank', model) } as Partial<ModelEntry> as ModelEntry
  const methods = new Map([['score', [route]]])
  const services = new Map([['a.B', { methods } as never]])
  return { table: { services, models: new Map([['rank', entry]]) }, route, model: entry }
}

function callOf(caller: string): Call {
  const call = new Call({ connection: { remoteAddress: '10.0.0.1' } } as never, 0, 0)
  call.caller = caller
  return call
}

function setUp(documents: Documents) {
  const clock = settable()
  const keeper = createLimitKeeper(clock)
  let current = tableOf(documents)
  keeper.adopt(current.table)
  return {
    clock,
    keeper,
    publish(next: Documents) {
      current = tableOf(next)
      keeper.adopt(current.table)
    },
    /** Enters everything a call enters; the call, or the message of the refusal. */
    enter(caller = 'a'): Call | string {
      const call = callOf(caller)
      try {
        keeper.enterRoute(call, current.route, clock.now)
        keeper.enterModel(call, current.model, clock.now)
        return call
      } catch (error) {
        assert.ok(error instanceof AboxError)
        assert.equal(error.code, 'ABOX_LIMITED')
        return error.message
      }
    }
  }
}

const inUse = (keeper: LimitKeeper): Record<string, number> =>
  Object.fromEntries([...keeper.inUse()].map(([key, value]) => [key.replace('\n', ' '), value]))

describe('the limits of documents', () => {
  const cases: readonly [Documents, string, string][] = [
    [{ service: { concurrent: 1 } }, 'ABOX_LIMITED: service a.B: concurrent 1 is used up', 'services/a.B concurrent'],
    [
      { service: { ratePerSecond: 0.5, burst: 1 } },
      'ABOX_LIMITED: service a.B: ratePerSecond 0.5 is used up',
      'services/a.B ratePerSecond'
    ],
    [
      { method: { concurrent: 1 } },
      'ABOX_LIMITED: service a.B: method score: concurrent 1 is used up',
      'services/a.B methods.score.concurrent'
    ],
    [{ model: { concurrent: 1 } }, 'ABOX_LIMITED: model rank: concurrent 1 is used up', 'models/rank concurrent'],
    [
      { service: { callers: { a: { concurrent: 1 } } } },
      'ABOX_LIMITED: service a.B: callers.a.concurrent 1 is used up',
      'services/a.B callers.a.concurrent'
    ],
    [
      { model: { callers: { '*': { ratePerSecond: 1 } } } },
      'ABOX_LIMITED: model rank: callers.*.ratePerSecond 1 is used up by a',
      'models/rank callers.*.ratePerSecond'
    ],
    [
      { method: { callers: { '*': { concurrent: 1 } } } },
      'ABOX_LIMITED: service a.B: method score: callers.*.concurrent 1 is used up by a',
      'services/a.B methods.score.callers.*.concurrent'
    ]
  ]
  for (const [documents, text, label] of cases) {
    test(`${label}: one call passes, the next is refused and counted by document and number`, () => {
      const { enter, keeper } = setUp(documents)
      assert.ok(enter() instanceof Call)
      assert.equal(enter(), text)
      assert.deepEqual([...keeper.refused()], [[label.replace(' ', '\n'), 1]])
    })
  }

  test('a refused call has used up nothing of the limits that it had passed', () => {
    const { enter, keeper, clock } = setUp({
      service: { ratePerSecond: 1, burst: 4, concurrent: 4 },
      method: { ratePerSecond: 1, burst: 4 },
      model: { callers: { flood: { ratePerSecond: 0.001, burst: 1 } } }
    })
    assert.ok(enter('flood') instanceof Call)
    for (let i = 0; i < 50; i++) assert.match(String(enter('flood')), /callers\.flood\.ratePerSecond 0\.001 is used up/)
    assert.deepEqual(inUse(keeper), { 'services/a.B concurrent': 1 })
    const others = [1, 2, 3, 4].map(() => enter('other') instanceof Call)
    assert.deepEqual(others, [true, true, true, false], 'three of four were left for the others')
    clock.now = 1000
  })

  test('each caller without numbers of its own has those of *, and one with {} has none', () => {
    const { enter } = setUp({ service: { callers: { '*': { concurrent: 1 }, free: {}, big: { concurrent: 2 } } } })
    const passes = (caller: string): boolean => enter(caller) instanceof Call
    assert.deepEqual(['x', 'x', 'y', 'y'].map(passes), [true, false, true, false])
    assert.deepEqual(['free', 'free', 'free', 'big', 'big', 'big'].map(passes), [true, true, true, true, true, false])
  })

  test('leaving gives the places back once, and only once', () => {
    const { enter, keeper } = setUp({ service: { concurrent: 2, callers: { '*': { concurrent: 2 } } } })
    const [first, second] = [enter(), enter()]
    assert.ok(first instanceof Call && second instanceof Call)
    for (let i = 0; i < 3; i++) keeper.leave(first)
    assert.deepEqual(inUse(keeper), { 'services/a.B concurrent': 1, 'services/a.B callers.*.concurrent': 1 })
    keeper.leave(second)
    keeper.leave(callOf('never entered'))
    assert.deepEqual(inUse(keeper), { 'services/a.B concurrent': 0, 'services/a.B callers.*.concurrent': 0 })
  })

  test('a new generation changes the numbers, fills no bucket and forgets no call', () => {
    const { enter, keeper, publish, clock } = setUp({ model: { ratePerSecond: 1, burst: 5, concurrent: 9 } })
    const calls = [1, 2, 3, 4, 5].map(() => enter())
    assert.match(String(enter()), /ratePerSecond 1 is used up/)
    publish({ model: { ratePerSecond: 2, burst: 100, concurrent: 9 } })
    assert.match(String(enter()), /ratePerSecond 2 is used up/)
    clock.now = 500
    assert.ok(enter() instanceof Call, 'filled at the new rate')
    publish({ model: { concurrent: 6 } })
    assert.match(String(enter()), /concurrent 6 is used up/, 'the calls of the older generations count')
    keeper.leave(calls[0] as Call)
    assert.ok(enter() instanceof Call)
    publish({})
    for (let i = 0; i < 20; i++) assert.ok(enter() instanceof Call)
    assert.deepEqual(inUse(keeper), {})
    keeper.leave(calls[1] as Call)
  })

  test('however documents change, a bound on calls that stays is never exceeded', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('enter'), caller: fc.constantFrom('a', 'b') }),
      fc.record({ kind: fc.constant('leave'), caller: fc.constantFrom('a', 'b') }),
      fc.record({ kind: fc.constant('publish'), rate: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }) })
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const limits = (rate?: number): Documents => ({
          service: {
            ...(rate !== undefined && { ratePerSecond: rate }),
            concurrent: 3,
            callers: { '*': { concurrent: 2 } }
          }
        })
        const { enter, keeper, publish } = setUp(limits())
        const inside: Record<string, Call[]> = { a: [], b: [] }
        for (const one of steps) {
          if (one.kind === 'publish') publish(limits('rate' in one ? one.rate : undefined))
          else if ('caller' in one) {
            const calls = inside[one.caller] ?? []
            const call = one.kind === 'enter' ? enter(one.caller) : calls.pop()
            if (one.kind === 'leave' && call instanceof Call) keeper.leave(call)
            if (one.kind === 'enter' && call instanceof Call) calls.push(call)
            assert.ok(calls.length <= 2)
          }
          assert.ok((inside['a']?.length ?? 0) + (inside['b']?.length ?? 0) <= 3)
        }
      })
    )
  })
})
