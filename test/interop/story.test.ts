import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { Gateway } from '../harness/gateway.ts'
import { describeWithPeers } from '../harness/peers.ts'
import { type CallResult, type JavaConsumer, type LoadResult, startConsumer } from '../peers/java-consumer.ts'
import { readLedger, worstSplit } from './story/ledger.ts'
import { eventually, startWorld } from './story/world.ts'

const ALL_KINDS = ['score', 'rank', 'echo', 'fire'] as const
const BIG = 2n ** 53n + 1n
/** The machine starts Java programs while calls flow: a call that takes its time is not one that is lost. */
const CALL_MS = 8000

// The story of the whole product: Java services that know nothing of models, two generations of models, and an operator in between.
describeWithPeers('the story of a call', ['zookeeper', 'java', 'nginx', 'seldon', 'kafka'], () => {
  test('Java calls are answered by models, the split moves while they flow, and every call is on record', async () => {
    const world = await startWorld()
    const consumers: JavaConsumer[] = []
    try {
      // Routes stand in ZooKeeper before the gateway is started. It serves them with two instances, and says so.
      const gateway = await world.startGateway()
      assert.equal((await world.providers()).length, 2)
      const first = await world.receipts()
      assert.deepEqual([...first.keys()], ['story-0', 'story-1'])
      for (const receipt of first.values()) {
        assert.deepEqual(receipt.refused, {})
        assert.equal(receipt.applied['models/rank'], 1)
      }

      // Two Java services with an ordinary reference find it there.
      const registry = world.zookeeper.address
      const order = await startConsumer({ dubbo: '27', registry, application: 'order-center', timeoutMs: CALL_MS })
      consumers.push(order)
      const search = await startConsumer({ dubbo: '33', registry, application: 'search-center', timeoutMs: CALL_MS })
      consumers.push(search)
      assert.deepEqual([order.dubboVersion, search.dubboVersion], ['2.7.23', '3.3.6'])

      let made = 0
      for (const java of [order, search]) {
        // Four calls each, so that the old and the new deployment both answer.
        for (const result of await java.callTimes(4, 'score', [[1, 0.25, 1e300], { os: 'ios' }])) {
          const { type, value, undeclared } = good(result)
          assert.deepEqual([type, value, undeclared], ['ArrayList<Double>', [2, 0.5, 2e300], []])
        }
        for (const result of await java.callTimes(4, 'rank', [{ $sample: 'request' }])) checkRank(good(result))
        assert.equal(good(await java.call('fire', ['opened'])).value, null)
        made += 9
      }

      // A model that fails becomes a Java exception that a person can read, whichever deployment it was.
      for (const java of [order, search]) {
        const failures = await java.callTimes(4, 'score', [[-500], {}])
        for (const result of failures) {
          assert.ok(!result.ok, inspect(result))
          assert.equal(result.exception, 'java.lang.RuntimeException')
          assert.match(result.message, /^ABOX_MODEL_STATUS.*the model does not take -500 <tag> & 中文/)
          assert.equal(result.frames, 1)
        }
        made += failures.length
      }

      // What the interface declares to go wrong arrives as the declared exception, with its fields.
      for (const java of [order, search]) {
        const refused = await java.call('strict', ['no stock'])
        assert.ok(!refused.ok, inspect(refused))
        assert.deepEqual(
          [refused.exception, refused.message, refused.code, refused.reason],
          ['com.example.rank.RankException', 'rank failed: no stock', 42, 'no stock']
        )
        made++
      }

      // Under load every answer is right.
      for (const java of [order, search]) {
        made += clean('soak', await java.soak({ threads: 4, calls: 100, kinds: ALL_KINDS }))
      }

      // The operator moves the split to 50/50 while calls flow.
      for (const java of [order, search]) await java.steadyStart({ threads: 3, kinds: ALL_KINDS, intervalMs: 20 })
      await eventually('calls flow', 30_000, async () => (await order.steadyStatus()).ok > 100)
      await world.publishSplit(2, { legacy: 500_000, seldon: 500_000 })
      const tookMs = await eventually('both instances have applied generation 2', 5000, async () => {
        const receipts = [...(await world.receipts()).values()]
        return receipts.length === 2 && receipts.every(({ applied }) => applied['models/rank'] === 2)
      })
      say(`split 75/25 to 50/50 applied by both instances after ${tookMs.toFixed(0)} ms`)
      assert.ok(tookMs < 1000, `${tookMs} ms`)
      const { ok } = await order.steadyStatus()
      await eventually('calls flow on', 30_000, async () => (await order.steadyStatus()).ok > ok + 200)
      for (const java of [order, search]) made += clean('steady calls', await java.steadyStop())

      // When everybody has gone, the records add up.
      await Promise.all(consumers.splice(0).map((java) => java.stop()))
      const legacyCalls = world.legacy.calls()
      await gateway.stop()
      assert.deepEqual(await world.providers(), [])
      const ledger = await readLedger(world.kafka.address)
      assert.equal(ledger.calls.length, made)
      assert.equal(ledger.count({ variant: 'legacy' }), legacyCalls)
      assert.equal(ledger.count({ outcome: 'ok' }), made - 8)
      assert.equal(ledger.count({ outcome: 'upstream_4xx' }) + ledger.count({ outcome: 'upstream_5xx' }), 8)
      assert.deepEqual(new Set(ledger.calls.map(({ caller }) => caller)), new Set(['order-center', 'search-center']))
      assert.deepEqual(new Set(ledger.calls.map(({ generation }) => generation)), new Set([1, 2]))
      const worst = worstSplit(ledger.calls, 'seldon', (generation) => (generation === 1 ? 250_000 : 500_000))
      say(
        `${made} calls on record; the split was never more than ${worst.toFixed(2)} calls off per instance, caller and method`
      )
      assert.ok(worst < 1, `${worst}`)
    } finally {
      await Promise.all(consumers.map((java) => java.stop()))
      await world.stop()
    }
  })

  test('ZooKeeper gone for 40 s, all sessions lost, an instance killed: consumers are served again each time', async () => {
    const world = await startWorld()
    const consumers: JavaConsumer[] = []
    try {
      const gateway = await world.startGateway()
      const registry = world.zookeeper.address
      for (const dubbo of ['27', '33'] as const) {
        consumers.push(
          await startConsumer({ dubbo, registry, application: `order-center-${dubbo}`, timeoutMs: CALL_MS })
        )
      }
      for (const java of consumers) await java.steadyStart({ threads: 4, kinds: ['score', 'rank'], intervalMs: 40 })
      const all = (): Promise<LoadResult[]> => Promise.all(consumers.map((java) => java.steadyStatus()))
      await eventually('calls flow', 30_000, async () => (await all()).every(({ ok }) => ok > 50))

      const sessionsBefore = new Set((await world.providers()).map(ownerOf))

      // ZooKeeper goes away for longer than any session lasts, and comes back knowing no session any more.
      await world.zookeeper.control('down')
      await sleep(40_000)
      await world.zookeeper.control('up')
      await world.zookeeper.control('expire all')
      const back = await eventually('both instances are registered again, by new sessions', 60_000, async () => {
        const owners = (await world.providers()).map(ownerOf)
        return owners.length === 2 && !owners.some((owner) => sessionsBefore.has(owner))
      })
      await eventually('their receipts are there again', 60_000, async () => (await world.receipts()).size === 2)
      const newcomer = await startConsumer({ dubbo: '33', registry, application: 'newcomer', timeoutMs: CALL_MS })
      consumers.push(newcomer)
      assert.deepEqual(good(await newcomer.call('score', [[1], {}])).value, [2])
      await newcomer.steadyStart({ threads: 1, kinds: ['score'], intervalMs: 40 })
      const afterOutage = await all()
      say(
        `ZooKeeper away for 40 s, sessions lost, registered again after ${back.toFixed(0)} ms: ${failures(afterOutage)}`
      )
      assert.equal(sum(afterOutage, 'failed'), 0, inspect(afterOutage))

      // One of two instances dies without a word. Another takes its place on the free index, and consumers find it.
      const victim = gateway.instance(0)
      const killedLife = await lifeInForce(gateway, 'story-0')
      assert.ok(victim !== undefined)
      const owner = ownerOf((await world.providers()).find((line) => line.includes(`%3A${victim.port}%2F`)) ?? '')
      assert.notEqual(owner, '')
      process.kill(victim.pid, 'SIGKILL')
      const started = await eventually('another process takes its place', 30_000, () => {
        return gateway.instance(2) !== undefined
      })
      const called = await eventually('consumers call the new one', 90_000, async () => {
        const { connections, nextSeq } = await stateOf(gateway, 'story-2')
        return connections === consumers.length && nextSeq > 20
      })
      say(
        `an instance killed: another there after ${started.toFixed(0)} ms, called by all ${called.toFixed(0)} ms later`
      )
      // The end of the dead one's session must not take the new entries away.
      await eventually('the session of the dead one is over', 60_000, async () => {
        return !(await world.zookeeper.control('sessions')).includes(owner.slice(1))
      })
      assert.equal((await world.providers()).length, 2)
      assert.equal((await world.receipts()).size, 2)
      const loads = await Promise.all(consumers.map((java) => java.steadyStop()))
      say(`meanwhile ${failures(loads)}`)
      assert.equal(sum(loads, 'wrong'), 0, inspect(loads))
      // Each calling thread may lose the call that it has on the dead connection and one more before the connection is known to be dead.
      assert.ok(sum(loads, 'failed') <= 2 * 9, inspect(loads))

      await Promise.all(consumers.splice(0).map((java) => java.stop()))
      await gateway.stop()
      const ledger = await readLedger(world.kafka.address, new Set([killedLife]))
      const lost = sum(loads, 'calls') + 1 - ledger.calls.length
      say(`${ledger.calls.length} calls on record, ${lost} missing at the end of the killed instance's sequence`)
      assert.ok(lost <= 100, `${lost}`)
    } finally {
      await Promise.all(consumers.map((java) => java.stop()))
      await world.stop()
    }
  })
})

/** The ZooKeeper session that keeps a provider node. */
const ownerOf = (line: string): string => / (E0x\S+)/.exec(line)?.[1] ?? ''

interface InstanceState {
  readonly id: string
  readonly epoch: number
  readonly connections: number
  readonly nextSeq: number
}

/** What the admin API says of an instance; nothing but zeros while it does not run. */
async function stateOf(gateway: Gateway, id: string): Promise<InstanceState> {
  const answer = await fetch(`${gateway.admin}/instances`)
  const states = (await answer.json()) as InstanceState[]
  return states.find((state) => state.id === id) ?? { id, epoch: 0, connections: 0, nextSeq: 0 }
}

const lifeInForce = async (gateway: Gateway, id: string): Promise<string> =>
  `${id} ${(await stateOf(gateway, id)).epoch}`

const sum = (loads: readonly LoadResult[], field: 'calls' | 'failed' | 'wrong'): number =>
  loads.reduce((total, load) => total + load[field], 0)

const failures = (loads: readonly LoadResult[]): string =>
  `${sum(loads, 'failed')} of ${sum(loads, 'calls')} calls failed, the slowest took ${Math.max(...loads.map(({ slowestMs }) => slowestMs))} ms ${inspect(
    loads.map(({ exceptions }) => exceptions).filter((exceptions) => Object.keys(exceptions).length > 0)
  )}`

/** A RankResult as the hook of the story makes it of the fixed request, with every declared Java class. */
function checkRank({ type, value, undeclared }: CallResult & { ok: true }): void {
  assert.deepEqual(undeclared, [])
  assert.match(type, /^RankResult\{.*items:ArrayList<ItemScore\{.*parts:ArrayList<Double>.*\}>/)
  for (const part of [
    'scores:double[]',
    'embedding:float[]',
    'matrix:double[][]',
    'at:Date',
    'local:LocalDateTime',
    'cost:BigDecimal',
    'level:Level',
    'blob:byte[]'
  ]) {
    assert.ok(type.includes(part), `${part} in ${type}`)
  }
  const result = value as Record<string, unknown>
  assert.ok(result['model'] === 'legacy' || result['model'] === 'seldon')
  assert.deepEqual(
    [
      result['requestId'],
      result['scene'],
      result['at'],
      result['local'],
      result['cost'],
      result['total'],
      result['level']
    ],
    [
      BIG,
      'home 中文 😀',
      '2023-11-14T22:13:20.123Z',
      '2024-02-29T23:59:58.123456789',
      '1234567.25',
      '123456789.98765432100',
      'MIDDLE'
    ]
  )
  assert.deepEqual(result['scores'], [2, 0.5, -7])
  assert.deepEqual(new Set(result['ids'] as unknown[]), new Set([1, 2147483648, BIG]))
  assert.deepEqual(Object.keys(result['byId'] as object).sort(), ['1', '2147483648', BIG.toString()])
  assert.equal((result['items'] as { id: unknown }[])[2]?.id, BIG)
  assert.deepEqual([result['blob'], result['levels'], result['previous']], ['AAcO+g==', ['HIGH', 'MIDDLE'], null])
}

function good(result: CallResult): CallResult & { ok: true } {
  assert.ok(result.ok, inspect(result))
  return result
}

/** Asserts that nothing failed and nothing was wrong, and gives the number of calls. */
function clean(what: string, load: LoadResult): number {
  say(`${what}: ${load.calls} calls, p50 ${load.p50Us} µs, p99 ${load.p99Us} µs, slowest ${load.slowestMs} ms`)
  assert.deepEqual([load.failed, load.wrong], [0, 0], `${what}: ${inspect(load)}`)
  return load.calls
}

const say = (text: string): void => console.log(`story: ${text}`)
