import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { type EmbeddedGateway, SERVICE, serviceDocument, startEmbeddedGateway } from '../harness/embedded-gateway.ts'
import { type ModelServer, startModelServer } from '../harness/model-server.ts'
import { describeWithPeers } from '../harness/peers.ts'
import { until } from '../harness/until.ts'
import { startZookeeper, type Zookeeper } from '../peers/zookeeper.ts'

const ROOT = '/abox/test'
const MODEL = {
  kind: 'Model',
  name: 'rank',
  variants: [{ name: 'legacy', cluster: 'legacy', protocol: 'raw', path: '/score', discover: 'workers' }]
}

describeWithPeers('workers of a model in a real ZooKeeper', ['zookeeper'], () => {
  const state = mkdtempSync(join(tmpdir(), 'abox-workers-'))
  const gateways: EmbeddedGateway[] = []
  const servers: ModelServer[] = []
  let zookeeper: Zookeeper
  let session: ZookeeperSession

  const start = async (): Promise<EmbeddedGateway> => {
    const gateway = await startEmbeddedGateway({
      documents: [],
      config: {
        documents: { kind: 'zookeeper', root: ROOT, address: zookeeper.address },
        endpoints: { slowStartMs: 0 },
        state: { dir: state }
      }
    })
    gateways.push(gateway)
    return gateway
  }
  const worker = async (): Promise<{ server: ModelServer; path: string }> => {
    const server = await startModelServer(() => ({ ok: true }))
    servers.push(server)
    return { server, path: `${ROOT}/instances/rank/${new URL(server.origin).host}` }
  }
  /** Calls one after the other, all of which must be answered; gives which of the servers had some. */
  const call = async (gateway: EmbeddedGateway, times = 12): Promise<ModelServer[]> => {
    const had = servers.map(({ bodies }) => bodies.length)
    for (let n = 0; n < times; n++) {
      const { exception } = await gateway.client.call({
        service: SERVICE,
        method: 'score',
        args: ['x'],
        parameterTypes: ['java.lang.String']
      })
      assert.equal(exception?.message, undefined)
    }
    return servers.filter(({ bodies }, index) => bodies.length > (had[index] ?? 0))
  }
  const metric = async (gateway: EmbeddedGateway, name: string): Promise<number> => {
    const line = (await gateway.instance.metricsText()).split('\n').find((each) => each.startsWith(`${name}{`))
    return Number(line?.split(' ').at(-1))
  }

  before(async () => {
    zookeeper = await startZookeeper()
    session = createZookeeper({ address: zookeeper.address, sessionTimeoutMs: 30_000, reconnectMaxMs: 200 })
    await session.start()
    const method = { name: 'score', model: 'rank', input: 'args[0]', returns: 'java.lang.Object' }
    await session.write(`${ROOT}/models/rank`, Buffer.from(JSON.stringify(MODEL)), { create: true })
    await session.write(`${ROOT}/services/${SERVICE}`, Buffer.from(JSON.stringify(serviceDocument([method]))), {
      create: true
    })
    await session.ensurePersistent(`${ROOT}/hooks`)
  })
  after(async () => {
    for (const gateway of gateways) await gateway.close()
    await session.close()
    await zookeeper.stop()
    for (const server of servers) await server.close()
    rmSync(state, { recursive: true, force: true })
  })

  test('a call of a model that never had a worker is told so', async () => {
    const gateway = await start()
    const { exception } = await gateway.client.call({
      service: SERVICE,
      method: 'score',
      args: ['x'],
      parameterTypes: ['java.lang.String']
    })
    assert.match(exception?.message ?? '', /^ABOX_NO_ENDPOINT: variant legacy: /)
  })

  test('workers are used while they are registered, the last ones also after that and while ZooKeeper is away', async () => {
    const gateway = gateways[0] as EmbeddedGateway
    const [a, b, c] = [await worker(), await worker(), await worker()]
    const [ofA, ofB] = [a, b].map(({ path }) => session.setEphemeral(path, Buffer.alloc(0)))
    await session.ensurePersistent(`${ROOT}/instances/rank/no-port`)
    await until('both workers', async () => (await call(gateway).catch(() => [])).length === 2)
    assert.deepEqual(await call(gateway), [a.server, b.server])
    await until('the wrong name', async () => (await metric(gateway, 'abox_discovery_bad_names')) === 1)

    await ofA?.remove()
    await until('one worker less', async () => (await call(gateway)).length === 1)
    assert.deepEqual(await call(gateway), [b.server])

    const kept = await metric(gateway, 'abox_discovery_kept_total')
    await ofB?.remove()
    await until('the empty list', async () => (await metric(gateway, 'abox_discovery_kept_total')) === kept + 1)
    assert.deepEqual(await call(gateway), [b.server])

    await zookeeper.control('down')
    await until('the loss of ZooKeeper', () => gateway.instance.state().zookeeper === 'disconnected')
    assert.deepEqual(await call(gateway), [b.server])
    const fresh = await start()
    assert.deepEqual(await call(fresh), [b.server], 'a start without ZooKeeper')

    await zookeeper.control('up')
    session.setEphemeral(c.path, Buffer.from('{"protocol":"raw"}'))
    for (const each of [gateway, fresh]) {
      await until('the new worker', async () => (await call(each)).includes(c.server))
      assert.deepEqual(await call(each), [c.server])
    }
  })
})
