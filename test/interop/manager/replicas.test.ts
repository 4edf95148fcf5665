import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { stringify } from 'yaml'
import { silentLogger } from '#core/logger'
import { createDubboClient, type DubboClient } from '#lib/dubbo'
import { placeOf, publishedText } from '../../../src/apps/manager/publish/published.ts'
import { openStore, type Store } from '../../../src/apps/manager/store/open-store.ts'
import { createAcknowledgedWrites } from '../../harness/acknowledged-writes.ts'
import { type GatewayProcess, startGatewayProcess } from '../../harness/gateway-process.ts'
import { type Client, clientOf, putAll, setUpAt, tokenOf } from '../../harness/manager.ts'
import { type ManagerProcess, startManagerProcess } from '../../harness/manager-process.ts'
import { type ModelServer, startModelServer } from '../../harness/model-server.ts'
import { describeWithPeers } from '../../harness/peers.ts'
import { until } from '../../harness/until.ts'
import { freeRun } from '../../peers/ports.ts'
import { type Postgres, startPostgres } from '../../peers/postgres.ts'
import { startZookeeper, type Zookeeper } from '../../peers/zookeeper.ts'
import { eventually } from '../lib/eventually.ts'

const SERVICE = 'com.example.rank.RankService'
const PROD = '/api/v1/environments/prod'
/** The shortest that the server agrees to. */
const SESSION_MS = 2000
const WRITERS = 10
const MODELS_OF_ONE = 5
const GENERATIONS = 10
const WRITES = WRITERS * MODELS_OF_ONE * GENERATIONS

/** A process, and somebody who may do everything there. */
interface Replica {
  readonly process: ManagerProcess
  readonly client: Client
}

/** What `GET …/receipts` says. */
interface Receipts {
  readonly leader: boolean
  readonly connected: boolean
  readonly published: Readonly<Record<string, number>>
  readonly instances: readonly { readonly applied?: Readonly<Record<string, number>>; readonly refused: object }[]
  readonly alarms: readonly object[]
}

describeWithPeers('two manager processes on one PostgreSQL and one ZooKeeper', ['zookeeper', 'postgres'], () => {
  const folder = mkdtempSync(join(tmpdir(), 'abox-replicas-'))
  let postgres: Postgres
  let zookeeper: Zookeeper
  let model: ModelServer
  let store: Store
  let gateway: GatewayProcess
  let consumer: DubboClient
  let headers: Client['headers']
  let replicas: Replica[] = []

  const startManager = (): Promise<ManagerProcess> => startManagerProcess(join(folder, 'manager.yaml'))
  const replicaOf = (process: ManagerProcess): Replica => ({ process, client: clientOf(process.url, headers) })
  const modelAt = (name: string, path: string): object => ({
    kind: 'Model',
    name,
    variants: [{ name: 'only', cluster: 'legacy', protocol: 'raw', path, endpoints: [model.origin] }]
  })
  const writes = createAcknowledgedWrites(() => replicas.map(({ client }) => client), `${PROD}/models/`, modelAt)

  before(async () => {
    model = await startModelServer(() => ({ ok: true }))
    await Promise.all([
      startZookeeper().then((started) => {
        zookeeper = started
      }),
      startPostgres().then((started) => {
        postgres = started
      })
    ])
    const url = await postgres.createDatabase()
    const ofManager = {
      http: { port: 0 },
      database: { url },
      publish: { sessionTimeoutMs: SESSION_MS },
      outbound: { internalRanges: ['127.0.0.0/8'] }
    }
    writeFileSync(join(folder, 'manager.yaml'), stringify(ofManager))
    const first = await startManager()
    await until('the set-up token', () => first.setupToken() !== undefined)
    const root = await setUpAt(first.url, first.setupToken())
    headers = (await tokenOf(root, first.url)).headers
    replicas = [replicaOf(first), replicaOf(await startManager())]
    store = await openStore({ url, log: silentLogger })
    const publish = { kind: 'zookeeper', address: zookeeper.address }
    const score = { name: 'score', model: 'rank', input: 'args[0]', returns: 'java.lang.Object' }
    await putAll(root, {
      'environments/prod': { kind: 'Environment', name: 'prod', publish },
      'environments/prod/clusters/legacy': { kind: 'Cluster', name: 'legacy', type: 'legacy' },
      'environments/prod/models/rank': modelAt('rank', '/rank'),
      [`environments/prod/services/${SERVICE}`]: { kind: 'Service', interface: SERVICE, methods: [score] }
    })
    const port = await freeRun(2)
    const ofGateway = {
      name: 'gw',
      instances: 1,
      dubbo: { host: '127.0.0.1', port, advertise: '127.0.0.1' },
      registry: { kind: 'zookeeper', address: zookeeper.address, sessionTimeoutMs: SESSION_MS },
      documents: { kind: 'zookeeper', root: '/abox/prod' },
      records: { kind: 'none' },
      supervisor: { spare: false },
      observability: { host: '127.0.0.1' }
    }
    writeFileSync(join(folder, 'gateway.yaml'), stringify(ofGateway))
    gateway = await startGatewayProcess(join(folder, 'gateway.yaml'))
    consumer = createDubboClient({ host: '127.0.0.1', port, timeoutMs: 30_000 })
    await until('the gateway serves', async () => (await call()) === 'ok')
  })
  after(async () => {
    await consumer?.close()
    await gateway?.stop()
    for (const { process } of replicas) await process.stop()
    await store?.close()
    await model?.close()
    await zookeeper?.stop()
    await postgres?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const call = async (): Promise<string> => {
    const asked = { service: SERVICE, method: 'score', args: ['x'], parameterTypes: ['java.lang.String'] }
    return (await consumer.call(asked)).exception?.message ?? 'ok'
  }
  /** A consumer that calls until `work` is done; not one call of his may fail. */
  const whileCalled = async (work: () => Promise<void>): Promise<void> => {
    const answers = new Map<string, number>()
    let over = false
    const callAllTheTime = async (): Promise<void> => {
      while (!over) {
        const answer = await call().catch(String)
        answers.set(answer, (answers.get(answer) ?? 0) + 1)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
    const calls = callAllTheTime()
    await work().finally(() => {
      over = true
    })
    await calls
    assert.deepEqual([...answers.keys()], ['ok'], JSON.stringify([...answers]))
  }

  const receipts = async ({ client }: Replica): Promise<Receipts> => {
    const answer = await client.ask('GET', `${PROD}/receipts`)
    assert.equal(answer.status, 200, answer.text)
    return answer.body as unknown as Receipts
  }
  const allReceipts = (): Promise<Receipts[]> => Promise.all(replicas.map(receipts))
  const theLeader = (): Promise<Replica> =>
    eventually(async () => {
      const all = await allReceipts()
      const [found, ...others] = replicas.filter((_, index) => all[index]?.leader)
      assert.ok(found !== undefined && others.length === 0, 'exactly one leads')
      return found
    })

  /** All that stands in ZooKeeper where documents are, by place. */
  const published = async (): Promise<Record<string, string>> => {
    const tree = await zookeeper.control('tree /abox/prod')
    const nodes = [...tree.matchAll(/^\/abox\/prod\/((?:hooks|models|services)\/\S+)(?: = (.*))?$/gm)]
    return Object.fromEntries(nodes.map(([, place = '', text = '']) => [place, text]))
  }
  const wanted = async (): Promise<Record<string, string>> => {
    const rows = await store.read((db) => db.selectFrom('documents').selectAll().where('scope', '=', 'prod').execute())
    const texts = rows
      .filter(({ kind }) => kind !== 'Cluster')
      .map((row): [string, string | undefined] => [placeOf(row.kind, row.key), publishedText(row)])
    return Object.fromEntries(texts.filter((entry): entry is [string, string] => entry[1] !== undefined))
  }
  /** From the store through ZooKeeper to what the gateway runs; and nobody had to put anything right. */
  const allIsPublished = async (): Promise<void> => {
    const texts = await wanted()
    await eventually(async () => assert.deepEqual(await published(), texts))
    const generations = Object.fromEntries(
      Object.entries(texts).map(([place, text]) => [place, (JSON.parse(text) as { generation: number }).generation])
    )
    const expected = { published: generations, instances: [{ applied: generations, refused: {} }], alarms: [] }
    await eventually(async () => {
      for (const { published, instances, alarms } of await allReceipts()) {
        const short = instances.map(({ applied, refused }) => ({ applied, refused }))
        assert.deepEqual({ published, instances: short, alarms }, expected)
      }
    })
    const repairs = store.read((db) => db.selectFrom('audit').selectAll().where('action', '=', 'repair').execute())
    assert.deepEqual(await repairs, [])
  }

  test(`kill -9 of the one that leads in the middle of ${WRITES} writes loses nothing and does nothing twice`, async () => {
    const killed = await theLeader()
    const other = replicas.find((replica) => replica !== killed)
    let acknowledged = 0
    let sentAgain = 0
    const writeAll = async (writer: number): Promise<void> => {
      for (let left = GENERATIONS * MODELS_OF_ONE; left > 0; left--) {
        if ((await writes.write(writer, `m${writer}-${left % MODELS_OF_ONE}`)) > 1) sentAgain++
        acknowledged++
      }
    }
    await whileCalled(async () => {
      const all = Promise.all(Array.from({ length: WRITERS }, (_, writer) => writeAll(writer)))
      await Promise.race([all, until('some are written', () => acknowledged > WRITES / 4)])
      await killed.process.kill()
      assert.ok(acknowledged < WRITES, 'it was killed in the middle')
      await all
      assert.ok(sentAgain > 0, 'nobody has missed it')
      replicas = replicas.filter((replica) => replica !== killed)
      // The one that is gone has acknowledged half of these.
      for (let writer = 0; writer < WRITERS; writer++) await writes.repeat(0, `m${writer}-0`, 1)
      assert.equal(acknowledged, WRITES)
      await writes.checkStore(store)
      assert.equal(await theLeader(), other)
      await allIsPublished()
    })
    assert.equal(gateway.child.exitCode, null, gateway.log())
  })

  const away: [what: string, leave: () => Promise<unknown>, comeBack: () => Promise<unknown>][] = [
    ['down', () => zookeeper.control('down'), () => zookeeper.control('up')],
    // Its port takes connections meanwhile, and its clock goes on: when it wakes up sessions are over.
    ['frozen', async () => zookeeper.signal('SIGSTOP'), async () => zookeeper.signal('SIGCONT')]
  ]
  for (const [what, leave, comeBack] of away) {
    test(`while ZooKeeper is ${what} for several session time-outs changes are taken and calls served; then all is published`, async () => {
      while (replicas.length < 2) replicas.push(replicaOf(await startManager()))
      for (const key of ['changed', 'deleted']) await writes.write(0, `${what}-${key}`)
      await theLeader()
      await allIsPublished()
      const isKnown = async (): Promise<boolean> =>
        (await allReceipts()).every(({ connected, leader }) => !connected && !leader)
      await whileCalled(async () => {
        await leave()
        try {
          await until('all replicas say that it is away', isKnown)
          const since = performance.now()
          assert.equal(await writes.write(0, `${what}-deleted`, 'delete'), 1)
          assert.equal(await writes.write(1, `${what}-made`), 1)
          let turns = 0
          await until('several session time-outs', async () => {
            assert.equal(await writes.write(++turns, `${what}-changed`), 1)
            assert.ok(await isKnown())
            return performance.now() - since > 3 * SESSION_MS
          })
        } finally {
          await comeBack()
        }
        await allIsPublished()
        await theLeader()
        assert.deepEqual(
          (await allReceipts()).map(({ connected }) => connected),
          [true, true]
        )
        for (const from of [0, 1]) assert.equal(await writes.write(from, `${what}-made`), 1)
        await allIsPublished()
        await writes.checkStore(store)
      })
      for (const { process } of replicas) assert.ok(process.isRunning(), process.output())
      assert.equal(gateway.child.exitCode, null, gateway.log())
    })
  }
})
