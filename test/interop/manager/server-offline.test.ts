import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { stringify } from 'yaml'
import { renderTable } from '#core/table'
import { modelDocument, serviceDocument } from '../../harness/embedded-gateway.ts'
import { type Gateway, startGateway } from '../../harness/gateway.ts'
import { type Answer, landscape, putAll, type RunningManager, startManager } from '../../harness/manager.ts'
import { type ModelServer, startModelServer } from '../../harness/model-server.ts'
import { describeWithPeers } from '../../harness/peers.ts'
import { until } from '../../harness/until.ts'
import { type JavaConsumer, startConsumer } from '../../peers/java-consumer.ts'
import { startZookeeper, type Zookeeper } from '../../peers/zookeeper.ts'

const SERVERS = '/api/v1/environments/qa/servers'
const METHODS = [{ name: 'echo', model: 'rank', input: 'args[0]', returns: 'java.lang.String', timeoutMs: 3000 }]

interface Server {
  readonly instance: string
  readonly state: string
  readonly load?: { readonly callsPerSecond: number; readonly connections: number }
}

describeWithPeers('an instance that the manager takes offline under calls', ['zookeeper', 'java'], () => {
  const folder = mkdtempSync(join(tmpdir(), 'abox-offline-'))
  let zookeeper: Zookeeper
  let model: ModelServer
  let manager: RunningManager
  let gateway: Gateway
  let consumers: JavaConsumer[] = []

  before(async () => {
    zookeeper = await startZookeeper()
    model = await startModelServer(({ body }) => body)
    manager = await startManager()
    await putAll(manager.root, landscape({ rank: [], fraud: [] }))
    const body = { title: 'gateways', role: 'gateway', businessGroup: '*', environment: 'qa', days: 1 }
    writeFileSync(join(folder, 'token'), (await manager.root.ask('POST', '/api/v1/tokens', { body })).body.token)
    const variant = { origin: model.origin, percent: 100, protocol: 'raw', path: '/rank' }
    const documents = [serviceDocument(METHODS), modelDocument({ legacy: variant })]
    writeFileSync(join(folder, 'documents.yaml'), documents.map((document) => stringify(document)).join('---\n'))
    gateway = await startGateway({
      name: 'gw',
      instances: 2,
      registry: { kind: 'zookeeper', address: zookeeper.address },
      documents: { kind: 'file', path: join(folder, 'documents.yaml') },
      records: { kind: 'none' },
      manager: { url: manager.manager.url, tokenFile: join(folder, 'token'), environment: 'qa' }
    })
    consumers = await Promise.all(
      (['27', '33'] as const).map((dubbo) =>
        startConsumer({ dubbo, registry: zookeeper.address, application: `consumer-${dubbo}`, timeoutMs: 20_000 })
      )
    )
    for (const consumer of consumers) await consumer.steadyStart({ threads: 4, kinds: ['echo'], intervalMs: 40 })
  })
  after(async () => {
    await Promise.all(consumers.map((consumer) => consumer.stop()))
    await gateway?.stop()
    await manager?.close()
    await model?.close()
    await zookeeper?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const serverOf = async (id: string): Promise<Server | undefined> =>
    (await manager.root.ask('GET', SERVERS)).body.items.find((one) => one.instance === id) as unknown as
      | Server
      | undefined
  const callsOf = async (id: string): Promise<number> => (await serverOf(id))?.load?.callsPerSecond ?? 0
  const order = (id: string, what: string): Promise<Answer> =>
    manager.root.ask('POST', `${SERVERS}/${id}/${what}`, { body: {} })

  test('has no consumer and no call after a while, and gets both again when it is back; no call is lost', async () => {
    await until('both have calls', async () => (await callsOf('gw-0')) > 0 && (await callsOf('gw-1')) > 0)
    assert.equal((await order('gw-0', 'offline')).status, 200)
    const startedAt = performance.now()
    await until('it is empty', async () => (await serverOf('gw-0'))?.state === 'drained', 60_000)
    const emptyAfter = performance.now() - startedAt
    assert.ok((await callsOf('gw-1')) > 0)
    assert.equal((await order('gw-0', 'online')).status, 200)
    await until('it has calls again', async () => (await callsOf('gw-0')) > 0, 60_000)
    const loads = await Promise.all(consumers.map((consumer) => consumer.steadyStop()))
    const rows = loads.map(({ calls, failed, wrong }, index) => ({
      consumer: consumers[index]?.dubboVersion,
      calls,
      failed,
      wrong
    }))
    console.log(`offline: empty after ${Math.round(emptyAfter)} ms\n${renderTable(rows)}`)
    for (const { failed, wrong } of rows) assert.deepEqual([failed, wrong], [0, 0])
  })
})
