import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { silentLogger } from '#core/logger'
import type { DubboConnection } from '#lib/dubbo'
import { createAdmission } from '../../../../src/apps/gateway/admission.ts'
import { Call } from '../../../../src/apps/gateway/call.ts'
import { createMemoryGuard } from '../../../../src/apps/gateway/memory-guard.ts'

const connectionFrom = (remoteAddress: string): DubboConnection => ({ remoteAddress, remotePort: 1, closed: false })

/** An instance with so many places; `rss` of 100 bytes sets its memory. */
function setUp(most: number) {
  const use = { rss: 0, objects: 0, heap: 0, heapLimit: 100 }
  const memory = createMemoryGuard({
    ...{ limitBytes: 100, read: () => ({ ...use }), collect: () => {}, everyMs: 0, log: silentLogger }
  })
  const admission = createAdmission({ inFlight: most, memory })
  let inFlight = 0
  return {
    admission,
    inFlight: () => inFlight,
    useMemory(rss: number) {
      use.rss = rss
      use.objects = rss
      memory.look()
    },
    /** What invoke.ts does with a call up to the invocation; the call, or the message of the refusal. */
    enter(connection: DubboConnection, caller: string, bodyBytes = 10): Call | string {
      const call = new Call({ connection, body: { length: bodyBytes } } as never, 0, 0)
      inFlight++
      try {
        admission.enter(call, inFlight)
        call.caller = caller
        admission.named(call, inFlight)
        return call
      } catch (error) {
        inFlight--
        admission.leave(call)
        assert.ok(error instanceof AboxError)
        assert.equal(error.code, 'ABOX_SHED')
        return error.message
      }
    },
    leave(call: Call) {
      inFlight--
      admission.leave(call)
    }
  }
}

/** Calls until one is refused; those that were admitted. */
function flood(enter: () => Call | string): Call[] {
  const calls: Call[] = []
  for (let call = enter(); call instanceof Call; call = enter()) calls.push(call)
  return calls
}

describe('admission', () => {
  test('a lone caller stops at four fifths, and what it was refused for is said and counted', () => {
    const { enter, admission } = setUp(100)
    const connection = connectionFrom('10.0.0.1')
    assert.equal(flood(() => enter(connection, 'flood')).length, 80)
    assert.match(
      String(enter(connection, 'flood')),
      /found 80 calls of flood among 80 in flight, expected below 50 of 1 callers while limits\.inFlight, 100, is nearly reached/
    )
    const counted = [...admission.shed()].filter(([, count]) => count > 0)
    assert.deepEqual(counted, [['share', 2]])
  })

  test('a flood that is always at its bound takes no place from a caller within its share', () => {
    const { enter, leave } = setUp(100)
    const flooding = connectionFrom('10.0.0.1')
    const calm = connectionFrom('10.0.0.2')
    const held = flood(() => enter(flooding, 'flood'))
    for (let round = 0; round < 200; round++) {
      // One of the flood's calls ends and it takes all the room it can get; then the calm caller has ten calls at once.
      leave(held.shift() as Call)
      held.push(...flood(() => enter(flooding, 'flood')))
      const calls = Array.from({ length: 10 }, () => enter(calm, 'calm'))
      for (const call of calls) {
        assert.ok(call instanceof Call, String(call))
        leave(call)
      }
    }
  })

  test('neither more connections nor other names on a connection give a caller more', () => {
    const { enter } = setUp(100)
    let next = 0
    const connections = Array.from({ length: 50 }, () => connectionFrom('10.0.0.1'))
    const calls = flood(() => enter(connections[next++ % 50] as DubboConnection, 'flood'))
    assert.equal(calls.length, 80)
    assert.match(String(enter(connections[0] as DubboConnection, `made-up-${next}`)), /calls of flood among/)
    assert.match(String(enter(connectionFrom('10.0.0.1'), 'flood')), /calls of flood among/, 'a connection that is new')
  })

  test('callers that all flood have at least their share each, and leave room for one more', () => {
    const { enter, leave } = setUp(120)
    const names = ['a', 'b', 'c']
    const connections = new Map(names.map((name) => [name, connectionFrom(name)]))
    const held = new Map(names.map((name) => [name, [] as Call[]]))
    const fill = (name: string) => {
      held.get(name)?.push(...flood(() => enter(connections.get(name) as DubboConnection, name)))
    }
    for (let round = 0; round < 400; round++) {
      for (const name of names) {
        const done = held.get(name)?.shift()
        if (done !== undefined) leave(done)
      }
      for (const name of names) fill(name)
    }
    for (const name of names) {
      const count = held.get(name)?.length ?? 0
      assert.ok(count >= 30, `${name} has ${count}`)
    }
    assert.ok(enter(connectionFrom('d'), 'd') instanceof Call, 'and a fourth one finds room')
  })

  test('whatever comes and goes, never more than the bound is in flight and each call is given back once', () => {
    const step = fc.record({ caller: fc.integer({ min: 0, max: 4 }), leaves: fc.boolean() })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 200 }), (most, steps) => {
        const { enter, leave, inFlight } = setUp(most)
        const connections = [0, 1, 2, 3, 4].map((at) => connectionFrom(`10.0.0.${at}`))
        const held: Call[] = []
        for (const { caller, leaves } of steps) {
          const call = leaves ? held.shift() : enter(connections[caller] as DubboConnection, `c${caller}`)
          if (!(call instanceof Call)) continue
          if (leaves) leave(call)
          else held.push(call)
          assert.ok(inFlight() <= most)
        }
        for (const call of held) leave(call)
        const alone = flood(() => enter(connections[0] as DubboConnection, 'c0'))
        assert.equal(alone.length, Math.ceil(most * 0.8), 'nothing is held any more')
      })
    )
  })

  test('at the soft memory level large bodies are refused, at the hard one everything, until enough is free again', () => {
    const { enter, useMemory, admission } = setUp(100)
    const connection = connectionFrom('10.0.0.1')
    useMemory(82)
    assert.ok(enter(connection, 'a', 65_536) instanceof Call)
    assert.match(String(enter(connection, 'a', 65_537)), /a body of 65537 bytes, expected at most 65536/)
    useMemory(91)
    assert.match(String(enter(connection, 'a')), /MiB of memory used of .*this call was not begun/)
    useMemory(60)
    assert.ok(enter(connection, 'a', 1_000_000) instanceof Call)
    const { memory_soft: soft, memory_hard: hard } = Object.fromEntries(admission.shed())
    assert.deepEqual([soft, hard], [1, 1])
  })
})
