import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { stringify } from 'yaml'
import { renderTable } from '#core/table'
import { modelDocument, serviceDocument } from '../harness/embedded-gateway.ts'
import { type ConfigOverrides, type Gateway, startGateway } from '../harness/gateway.ts'
import { type ModelServer, startModelServer } from '../harness/model-server.ts'
import { describeWithPeers } from '../harness/peers.ts'
import { type JavaConsumer, type LoadResult, startConsumer } from '../peers/java-consumer.ts'
import { startZookeeper, type Zookeeper } from '../peers/zookeeper.ts'
import { eventually } from './lib/eventually.ts'

const VERSIONS = ['26', '27', '32', '33'] as const
const METHODS = [
  { name: 'score', model: 'rank', input: 'args[0]', returns: 'java.util.List<java.lang.Double>', timeoutMs: 3000 },
  { name: 'echo', model: 'rank', input: 'args[0]', returns: 'java.lang.String', timeoutMs: 3000 }
]
/** Of each consumer; a call that is lost shows, for there are no retries. */
const STEADY = { threads: 4, kinds: ['score', 'echo'], intervalMs: 40 } as const

/** The longest that the server agrees to. */
const SESSION_TIMEOUT_MS = 60_000

interface Status {
  readonly state: string
  readonly instances: readonly {
    readonly index: number
    readonly state: string
    readonly pid: number
    readonly port: number
  }[]
  readonly spare: { readonly state: string }
  readonly rollout: { readonly state: string; readonly error?: string }
}

/** Numbers times two, texts as they are: what the checked calls of the consumers demand. */
function answerOf(body: string): string {
  const input = JSON.parse(body) as string | number[]
  return typeof input === 'string' ? body : JSON.stringify(input.map((feature) => feature * 2))
}

describeWithPeers('restarts under calls of Java consumers', ['zookeeper', 'java'], () => {
  const folder = mkdtempSync(join(tmpdir(), 'abox-restart-'))
  let zookeeper: Zookeeper
  let model: ModelServer
  let gateway: Gateway
  let consumers: JavaConsumer[] = []

  const configuration = (instances: number, more: object = {}): ConfigOverrides => ({
    instances,
    registry: { kind: 'zookeeper', address: zookeeper.address, sessionTimeoutMs: SESSION_TIMEOUT_MS },
    documents: { kind: 'file', path: join(folder, 'documents.yaml') },
    records: { kind: 'file', path: join(folder, 'calls.jsonl') },
    ...more
  })
  before(async () => {
    zookeeper = await startZookeeper()
    model = await startModelServer(({ body }) => answerOf(body))
    const variant = { origin: model.origin, percent: 100, protocol: 'raw', path: '/rank' }
    const documents = [serviceDocument(METHODS), modelDocument({ legacy: variant })]
    writeFileSync(join(folder, 'documents.yaml'), documents.map((document) => stringify(document)).join('---\n'))
    gateway = await startGateway(configuration(2))
    consumers = await Promise.all(
      VERSIONS.map((dubbo) =>
        startConsumer({ dubbo, registry: zookeeper.address, application: `consumer-${dubbo}`, timeoutMs: 8000 })
      )
    )
    for (const consumer of consumers) await consumer.steadyStart(STEADY)
    await more(50)
  })
  after(async () => {
    await Promise.all(consumers.map((consumer) => consumer.stop()))
    await gateway.stop()
    await model.close()
    await zookeeper.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const all = (): Promise<LoadResult[]> => Promise.all(consumers.map((consumer) => consumer.steadyStatus()))
  /** Resolves when each consumer has made so many calls more. */
  const more = async (count: number): Promise<void> => {
    const before = await all()
    await eventually(async () => {
      for (const [index, { ok }] of (await all()).entries()) assert.ok(ok >= (before[index]?.ok ?? 0) + count)
    })
  }
  const status = async (): Promise<Status> => (await (await fetch(`${gateway.admin}/state`)).json()) as Status
  const restart = (): Promise<Response> =>
    fetch(`${gateway.admin}/restart`, { method: 'POST', headers: { 'x-abox-admin': '1' } })
  const rolled = (): Promise<void> =>
    eventually(async () => assert.equal((await status()).rollout.state, 'done', gateway.output()), 90_000)
  /** Whatever `act` does while calls flow, none is lost; prints how many there were. */
  const losesNothing = async (what: string, act: () => Promise<void>): Promise<void> => {
    const before = await all()
    const startedAt = performance.now()
    await act()
    await more(50)
    const loads = await all()
    const rows = loads.map((load, index) => ({
      consumer: consumers[index]?.dubboVersion,
      calls: load.calls - (before[index]?.calls ?? 0),
      failed: load.failed - (before[index]?.failed ?? 0),
      wrong: load.wrong - (before[index]?.wrong ?? 0)
    }))
    console.log(`restart: ${what}, ${Math.round(performance.now() - startedAt)} ms\n${renderTable(rows)}`)
    for (const { consumer, failed, wrong } of rows)
      assert.deepEqual({ consumer, failed, wrong }, { consumer, failed: 0, wrong: 0 })
  }
  const pidsOf = ({ instances }: Status): number[] => instances.map(({ pid }) => pid)

  test('a rolling restart replaces every process and loses no call', async () => {
    const before = await status()
    await losesNothing('rolling restart of 2', async () => {
      assert.equal((await restart()).status, 202)
      const second = await restart()
      assert.equal(second.status, 409)
      assert.match(((await second.json()) as { error: string }).error, /ABOX_ROLLOUT: one runs already/)
      await rolled()
    })
    const now = await status()
    assert.equal(now.instances.length, 2)
    for (const pid of pidsOf(now)) assert.ok(!pidsOf(before).includes(pid))
  })

  test('a changed configuration with fewer and then more instances is taken over without a lost call', async () => {
    await losesNothing('reload: from 2 instances to 1, another limit', async () => {
      gateway.rewrite(configuration(1, { limits: { inFlight: 5000 } }))
      assert.equal((await restart()).status, 202)
      await rolled()
    })
    assert.equal((await status()).instances.length, 1)
    await losesNothing('rolling restart of 1', async () => {
      assert.equal((await restart()).status, 202)
      await rolled()
    })
    await losesNothing('reload: from 1 instance to 2', async () => {
      gateway.rewrite(configuration(2, { limits: { inFlight: 5000 } }))
      assert.equal((await restart()).status, 202)
      await rolled()
    })
    assert.equal((await status()).instances.length, 2)
  })

  test('a killed instance costs what it had in flight, and every consumer is back at once', async () => {
    await eventually(async () => assert.equal((await status()).spare.state, 'waiting'))
    const victim = (await status()).instances[0]
    assert.ok(victim !== undefined)
    // All consumers have to have found the youngest instances.
    await eventually(async () => {
      const states = (await (await fetch(`${gateway.admin}/instances`)).json()) as { connections: number }[]
      assert.deepEqual(
        states.map(({ connections }) => connections),
        [4, 4]
      )
    })
    const before = await all()
    const killedAt = Date.now()
    process.kill(victim.pid, 'SIGKILL')
    const gaps = await eventually(() => {
      const found = firstCalls(killedAt)
      assert.equal(found.size, VERSIONS.length, `${[...found.keys()].join()} ${gateway.output()}`)
      return found
    })
    // Long before its session would have ended, and nothing of its successor with it.
    await eventually(async () => {
      const folders = ['/dubbo/com.example.rank.RankService/providers', '/services/abox-gateway']
      for (const path of folders) {
        const owners = (await zookeeper.control(`tree ${path}`)).split('\n').filter((line) => / E0x/.test(line))
        assert.equal(owners.length, 2, owners.join('\n'))
        assert.ok(!owners.some((line) => line.includes(`:${victim.port}`) || line.includes(`%3A${victim.port}`)))
      }
    }, SESSION_TIMEOUT_MS / 2)
    await more(50)
    const loads = await all()
    const rows = VERSIONS.map((version, index) => ({
      consumer: consumers[index]?.dubboVersion,
      'back after ms': (gaps.get(version) ?? 0) - killedAt,
      failed: (loads[index]?.failed ?? 0) - (before[index]?.failed ?? 0)
    }))
    console.log(`restart: SIGKILL of one instance of 2\n${renderTable(rows)}`)
    // Each calling thread may lose the call that it has on the dead connection and one more before the connection is known to be dead.
    for (const { consumer, failed } of rows) assert.ok(failed <= 2 * STEADY.threads, `${consumer} lost ${failed}`)
  })

  /** When each consumer called a process that was started after `since` for the first time, by version. */
  function firstCalls(since: number): Map<string, number> {
    const first = new Map<string, number>()
    const files = readdirSync(folder).filter((name) => /-\d+\.jsonl$/.test(name))
    const lines = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    // The last line of a file may still be half.
    for (const line of lines.filter((text) => text.endsWith('}'))) {
      const { epoch, ts, caller } = JSON.parse(line) as { epoch: number; ts: number; caller: string }
      // 2.6 does not say its application.
      const version = /^consumer-(\d+)$/.exec(caller)?.[1] ?? '26'
      if (epoch > since && !first.has(version)) first.set(version, ts)
    }
    return first
  }
})
