import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import type { Receipt } from '#contracts/receipt'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { openConnection } from '../../src/lib/zookeeper/connection.ts'
import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../harness/embedded-gateway.ts'
import { type ModelServer, startModelServer } from '../harness/model-server.ts'
import { describeWithPeers } from '../harness/peers.ts'
import { until } from '../harness/until.ts'
import { startZookeeper, type Zookeeper } from '../peers/zookeeper.ts'

const ROOT = '/abox/faults'
const KEYS = { service: `services/${SERVICE}`, model: 'models/rank', workers: 'models/workers' }
const SESSION_MS = 2000
/** A node that is no document: what is written, and what the receipt says of it. ZooKeeper itself takes at most 1 MiB. */
const WRONG: readonly [string, Buffer, RegExp][] = [
  ['binary garbage', Buffer.from(Array.from({ length: 4096 }, (_, n) => (n * 167 + 13) % 256)), /not JSON/],
  ['nothing', Buffer.alloc(0), /not JSON/],
  ['a huge text', Buffer.from(JSON.stringify('x'.repeat(1_000_000))), /found 1000002 bytes, expected at most 524288/],
  ['JSON that is cut off', Buffer.from('{"kind":"Model","name":'), /not JSON/],
  ['null', Buffer.from('null'), /expected/],
  ['a list', Buffer.from('[]'), /expected/],
  ['lists inside lists', Buffer.from('['.repeat(200_000)), /not JSON/],
  ['another kind', Buffer.from('{"kind":"Hook","name":"rank","versions":[]}'), /is missing|fewer than 1/],
  ['no kind at all', Buffer.from('{"__proto__":{"kind":"Model"},"name":"rank"}'), /is missing|__proto__/]
]

describeWithPeers('a gateway and a real ZooKeeper that is away or holds wrong data', ['zookeeper'], () => {
  let zookeeper: Zookeeper
  let session: ZookeeperSession
  let model: ModelServer
  const state = mkdtempSync(join(tmpdir(), 'abox-zk-faults-'))
  const gateways: EmbeddedGateway[] = []
  let worker: ReturnType<ZookeeperSession['setEphemeral']>
  let generation = 0

  const start = async (dir = state): Promise<EmbeddedGateway> => {
    const gateway = await startEmbeddedGateway({
      documents: [],
      config: {
        documents: { kind: 'zookeeper', root: ROOT, address: zookeeper.address },
        registry: { kind: 'zookeeper', address: zookeeper.address, sessionTimeoutMs: SESSION_MS },
        endpoints: { slowStartMs: 0 },
        state: { dir }
      }
    })
    gateways.push(gateway)
    return gateway
  }
  /** The session of this test comes back from an outage by itself, maybe after those of the gateways. */
  const connected = (): Promise<void> => until('the session of the test', () => session.state() === 'connected')
  const write = async (key: string, data: Buffer): Promise<void> => {
    if (data.length <= 500_000) {
      await connected()
      return session.write(`${ROOT}/${key}`, data, { create: true })
    }
    // By a client that knows no bound of ours. The node is there already.
    const limits = { operationTimeoutMs: 15_000, handshakeTimeoutMs: 15_000 }
    const opened = await openConnection({ server: zookeeper.address, sessionTimeoutMs: 30_000, ...limits }).opened
    assert.ok(opened.kind === 'open')
    assert.ok(await opened.connection.setData(`${ROOT}/${key}`, data))
    await opened.connection.closeSession(2000)
  }
  const texts = (): Record<string, object> => {
    generation++
    const score = { name: 'score', model: 'rank', input: 'args[0]', returns: 'java.lang.Object' }
    const work = { ...score, name: 'work', model: 'workers' }
    const workers = {
      ...{ kind: 'Model', name: 'workers', generation },
      variants: [{ name: 'only', cluster: 'only', protocol: 'raw', path: '/', discover: 'workers' }]
    }
    return {
      [KEYS.model]: modelDocument({ legacy: { origin: model.origin, percent: 100, protocol: 'raw' } }, generation),
      [KEYS.workers]: workers,
      [KEYS.service]: serviceDocument([score, work], {}, generation)
    }
  }
  /** Writes good documents of the next generation and waits until they are in force. */
  const mend = async (...running: EmbeddedGateway[]): Promise<void> => {
    for (const [key, document] of Object.entries(texts())) await write(key, Buffer.from(JSON.stringify(document)))
    for (const gateway of running) {
      await until(`generation ${generation}`, () => {
        const { applied, refused } = gateway.instance.state()
        return Object.keys(refused).length === 0 && Object.values(KEYS).every((key) => applied[key] === generation)
      })
    }
  }
  const call = async (gateway: EmbeddedGateway, method = 'score'): Promise<string> => {
    const parameterTypes = ['java.lang.String']
    const result = await gateway.client.call({ service: SERVICE, method, args: ['x'], parameterTypes })
    return result.exception?.message ?? 'ok'
  }
  const failed = async (gateway: EmbeddedGateway, times = 10): Promise<string[]> => {
    const answers: string[] = []
    for (let n = 0; n < times; n++) answers.push(await call(gateway), await call(gateway, 'work'))
    return answers.filter((answer) => answer !== 'ok')
  }
  /** Sum over all labels. */
  const metric = async (gateway: EmbeddedGateway, name: string): Promise<number> => {
    const lines = (await gateway.instance.metricsText()).split('\n').filter((each) => each.startsWith(`${name}{`))
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
  }
  const receiptOf = async ({ instance }: EmbeddedGateway): Promise<Receipt | undefined> => {
    const data = await session.read(`${ROOT}/receipts/${instance.id}`)
    return data === undefined ? undefined : (JSON.parse(data.toString('utf8')) as Receipt)
  }

  before(async () => {
    zookeeper = await startZookeeper()
    session = createZookeeper({ address: zookeeper.address, sessionTimeoutMs: 30_000, reconnectMaxMs: 200 })
    await session.start()
    model = await startModelServer(() => ({ ok: true }))
    await session.ensurePersistent(`${ROOT}/hooks`)
    worker = session.setEphemeral(`${ROOT}/instances/workers/${new URL(model.origin).host}`, Buffer.alloc(0))
  })
  beforeEach(async () => {
    await connected()
    for (const key of ['hooks/none', 'services/stray']) await session.remove(`${ROOT}/${key}`)
    await mend()
  })
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.close()
  })
  after(async () => {
    await session.close()
    await zookeeper.stop()
    await model.close()
    rmSync(state, { recursive: true, force: true })
  })

  test('wrong data in every node: calls go on with the last good set, and receipt and counter say what is refused', async () => {
    const gateway = await start()
    await until('all to be served', async () => (await failed(gateway, 1)).length === 0)
    const good = generation
    for (const [name, data, why] of WRONG) {
      for (const key of Object.values(KEYS)) await write(key, data)
      await write('hooks/none', data)
      await write('services/stray', data)
      await until(`${name}: all five refused`, async () => {
        const { refused = {} } = (await receiptOf(gateway)) ?? {}
        return Object.keys(refused).length === 5 && Object.values(refused).every((reason) => why.test(reason))
      })
      assert.deepEqual(await failed(gateway), [], name)
      const { applied } = gateway.instance.state()
      assert.deepEqual(
        Object.values(KEYS).map((key) => applied[key]),
        [good, good, good]
      )
      assert.equal(await metric(gateway, 'abox_documents_refused'), 5)
    }
    for (const key of ['hooks/none', 'services/stray']) await session.remove(`${ROOT}/${key}`)
    await mend(gateway)
    assert.equal(await metric(gateway, 'abox_documents_refused'), 0)
    assert.deepEqual(await failed(gateway), [])
  })

  test('a start while every node is wrong serves the last good set from disk', async () => {
    for (const key of Object.values(KEYS)) await write(key, Buffer.from('{'))
    const gateway = await start()
    assert.deepEqual(await failed(gateway), [])
    assert.equal(Object.keys(gateway.instance.state().refused).length, 3)
    await mend(gateway)
    assert.deepEqual(await failed(gateway), [])
  })

  test('all documents deleted at once: the last good set stays, and the receipt says why', async () => {
    const gateway = await start()
    for (const key of Object.values(KEYS)) await session.remove(`${ROOT}/${key}`)
    await until('the receipt', async () =>
      /no (services|models) any more/.test((await receiptOf(gateway))?.refused['(all)'] ?? '')
    )
    assert.deepEqual(await failed(gateway), [])
    assert.equal(await metric(gateway, 'abox_documents_refused'), 1)
    await mend(gateway)
  })

  test('endpoints that vanish, from the document and from instances/: the last good ones stay, strangers are counted', async () => {
    const gateway = await start()
    await until('all to be served', async () => (await failed(gateway, 1)).length === 0)
    const without = modelDocument({ legacy: { origin: model.origin, percent: 100, protocol: 'raw' } }, generation + 1)
    const text = JSON.stringify(without).replace(/"endpoints":\[[^\]]*\]/, '"endpoints":[]')
    await write(KEYS.model, Buffer.from(text))
    await until('the refusal', () => /endpoints/.test(gateway.instance.state().refused[KEYS.model] ?? ''))
    assert.deepEqual(await failed(gateway), [])
    const path = `${ROOT}/instances/workers`
    await write('instances/workers', Buffer.from([0, 255, 254]))
    for (const name of ['garbage', 'a:0', 'a:99999', '[::1', 'http:80:80'])
      await session.ensurePersistent(`${path}/${name}`)
    await until('the strangers', async () => (await metric(gateway, 'abox_discovery_bad_names')) === 5)
    await worker.remove()
    await until('the empty list', async () => (await metric(gateway, 'abox_discovery_kept_total')) >= 1)
    assert.deepEqual(await failed(gateway), [])
    for (const name of await session.children(path)) await session.remove(`${path}/${name}`)
    worker = session.setEphemeral(`${path}/${new URL(model.origin).host}`, Buffer.from('{'))
    await mend(gateway)
    assert.deepEqual(await failed(gateway), [])
  })

  test('away for several session time-outs: no call fails, and entry and receipt are there again afterwards', async () => {
    const gateway = await start()
    await mend(gateway)
    const entries = async (): Promise<number> => (await session.children(`/dubbo/${SERVICE}/providers`)).length
    await until('the entry', async () => (await entries()) === 1)
    let back = false
    const outage = zookeeper.control(`restart ${3 * SESSION_MS}`).then(() => {
      back = true
    })
    await until('the loss of ZooKeeper', () => gateway.instance.state().zookeeper === 'disconnected')
    let calls = 0
    while (!back) {
      assert.deepEqual(await failed(gateway, 1), [])
      calls += 2
    }
    await outage
    await until('the session', () => gateway.instance.state().zookeeper === 'connected')
    await until('the receipt', async () => (await receiptOf(gateway).catch(() => undefined)) !== undefined)
    await until('the entry again, once', async () => (await entries().catch(() => 0)) === 1)
    assert.deepEqual(await failed(gateway), [])
    await mend(gateway)
    assert.ok(calls > 20, `${calls} calls`)
  })

  test('away at the start: the last good set from disk is served; without one calls are told so until ZooKeeper comes', async (t) => {
    const nothing = mkdtempSync(join(tmpdir(), 'abox-zk-nothing-'))
    t.after(() => rmSync(nothing, { recursive: true, force: true }))
    const first = await start()
    await mend(first)
    await first.close()
    gateways.length = 0
    await zookeeper.control('down')
    const [kept, empty] = await Promise.all([start(), start(nothing)])
    assert.equal(kept.instance.state().zookeeper, 'disconnected')
    assert.deepEqual(await failed(kept), [])
    assert.deepEqual(empty.instance.state().applied, {})
    await assert.rejects(call(empty), /ABOX_NO_ROUTE/)
    assert.deepEqual(await failed(kept), [])
    await zookeeper.control('up')
    for (const gateway of [kept, empty]) {
      await until('all to be served', async () => (await failed(gateway, 1).catch(() => ['']))[0] === undefined)
    }
    await mend(kept, empty)
  })
})
