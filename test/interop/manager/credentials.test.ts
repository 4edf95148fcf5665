import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { composeInstance, type GatewayInstance, resolveGatewayConfig } from '#apps/gateway'
import type { Logger } from '#core/logger'
import { createDubboClient, type DubboClient } from '#lib/dubbo'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { landscape, putAll, type RunningManager, startManager } from '../../harness/manager.ts'
import { type ModelServer, startModelServer } from '../../harness/model-server.ts'
import { describeWithPeers } from '../../harness/peers.ts'
import { until } from '../../harness/until.ts'
import { startZookeeper, type Zookeeper } from '../../peers/zookeeper.ts'

const SERVICE = 'com.example.rank.RankService'
/** Of one piece in JSON, in logs and in files, so that a search for it finds it anywhere. */
const SECRET = 'KeyOfThePartner0123456789'
const QA = '/api/v1/environments/qa'

/** What every request to the API may say; `{…}` of a path is filled in. */
const PATHS = [
  ...['services', 'models', 'hooks', 'clusters', 'endpoints', 'receipts', 'endpoint-health'].map(
    (end) => `${QA}/${end}`
  ),
  ...['', '/revisions', '/split'].map((end) => `${QA}/models/far${end}`),
  ...['', '/revisions', '/health'].map((end) => `${QA}/endpoints/partner${end}`),
  ...['/api/v1/environments', '/api/v1/groups', '/api/v1/audit?limit=1000', '/api/v1/openapi.json', '/metrics']
]

describeWithPeers('credentials of third parties', ['zookeeper'], () => {
  let folder = ''
  let zookeeper: Zookeeper
  let reader: ZookeeperSession
  let partner: ModelServer
  let running: RunningManager
  let gateway: GatewayInstance
  let client: DubboClient
  let refuses = false
  const keys: string[] = []
  const logged: string[] = []
  const note = (fields: object, text: string): void => void logged.push(`${text} ${JSON.stringify(fields)}`)
  const log: Logger = { debug: note, info: note, warn: note, error: note }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abox-credentials-'))
    await mkdir(join(folder, 'secrets'))
    await writeFile(join(folder, 'secrets', 'partner-key'), `${SECRET}\n`)
    zookeeper = await startZookeeper()
    reader = createZookeeper({ address: zookeeper.address, sessionTimeoutMs: 30_000 })
    await reader.start()
    partner = await startModelServer(({ headers, path }, response) => {
      const key = String(headers['x-api-key'])
      keys.push(key)
      if (key === SECRET && path !== '/refused' && !refuses) return { ok: true }
      // What a careless third party may do.
      response.writeHead(403).end(JSON.stringify({ error: `refused ${key}` }))
      return undefined
    })
    const { port } = new URL(partner.origin)
    const local = ['127.0.0.0/8']
    const outbound = {
      secretsDir: join(folder, 'secrets'),
      thirdPartySchemes: ['http:'],
      thirdPartyPorts: [Number(port)],
      thirdPartyRanges: local,
      healthMs: 1000
    }
    running = await startManager({ raw: { outbound }, url: `sqlite:${join(folder, 'manager.db')}`, log })
    const documents = { ...landscape({ rank: [], fraud: [] }) }
    const publish = { kind: 'zookeeper', address: zookeeper.address }
    documents['environments/qa'] = { kind: 'Environment', name: 'qa', publish }
    await putAll(running.root, {
      ...documents,
      'environments/qa/clusters/partners': { kind: 'Cluster', name: 'partners', type: 'third-party' },
      'environments/qa/endpoints/partner': endpoint(partner.origin, { secret: 'partner-key' }),
      'environments/qa/models/far': {
        kind: 'Model',
        name: 'far',
        businessGroup: 'rank',
        sample: { x: 1 },
        variants: [{ name: 'a', cluster: 'partners', endpoint: 'partner', protocol: 'raw', path: '/score' }]
      },
      [`environments/qa/services/${SERVICE}`]: {
        kind: 'Service',
        interface: SERVICE,
        businessGroup: 'rank',
        methods: [{ name: 'score', model: 'far', input: 'args[0]', returns: 'java.lang.Object' }]
      }
    })
    const config = resolveGatewayConfig({
      raw: {
        name: 'test',
        dubbo: { host: '127.0.0.1', port: 0, advertise: '127.0.0.1' },
        registry: { kind: 'zookeeper', address: zookeeper.address },
        documents: { kind: 'zookeeper', root: '/abox/qa' },
        secrets: { dir: 'secrets' },
        records: { kind: 'file', path: 'state/calls.jsonl' },
        state: { dir: 'state' },
        endpoints: { thirdPartyRanges: local, probeIntervalMs: 100 }
      },
      source: 'test',
      folder
    })
    gateway = await composeInstance({ config, index: 0, log })
    client = createDubboClient({ host: '127.0.0.1', port: gateway.port, timeoutMs: 10_000 })
  })
  after(async () => {
    await client?.close()
    await gateway?.close(1000)
    await running?.close()
    await partner?.close()
    await reader?.close()
    await zookeeper?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const call = async (): Promise<string> => {
    const asked = { service: SERVICE, method: 'score', args: ['x'], parameterTypes: ['java.lang.String'] }
    const { exception } = await client.call(asked)
    return exception === undefined ? 'answered' : (exception.message ?? '')
  }
  /** All of ZooKeeper as one text: paths and data. */
  const everything = async (path: string): Promise<string> => {
    const children = await reader.children(path)
    const data = (await reader.read(path))?.toString() ?? ''
    const below = await Promise.all(children.map((name) => everything(`${path === '/' ? '' : path}/${name}`)))
    return [path, data, ...below].join('\n')
  }
  const search = async (where: string, text: string, known: RegExp): Promise<void> => {
    assert.match(text, known, `${where}: nothing was searched`)
    assert.ok(!text.includes(SECRET), `${where}: found the credential`)
  }

  test('their values reach the third party and stand nowhere else', async () => {
    const { root } = running
    await until('the gateway has the documents', () => gateway.state().applied[`services/${SERVICE}`] !== undefined)
    await until('the endpoint is known', async () => (await call()) === 'answered')
    assert.equal(keys.at(-1), SECRET)
    await until('the endpoint is well', async () =>
      /"well"/.test((await root.ask('GET', `${QA}/endpoints/partner/health`)).text)
    )
    const tried = await root.ask('POST', `${QA}/models/far/variants/a/try`, { body: {} })
    assert.deepEqual(
      [tried.status, JSON.parse(tried.text)],
      [200, { endpoints: [{ origin: partner.origin, ready: true, sample: true, why: '' }], note: '' }]
    )

    // The third party begins to refuse, and says the key while it does.
    const moved = endpoint(partner.origin, { secret: 'partner-key' }, '/refused')
    assert.equal((await root.ask('PUT', `${QA}/endpoints/partner`, { body: moved, seen: 1 })).status, 200)
    await until('it is unwell', async () =>
      /"unwell"/.test((await root.ask('GET', `${QA}/endpoints/partner/health`)).text)
    )
    await until('the gateway has a receipt of it', async () =>
      (await everything('/abox/qa/receipts')).includes('"models/far":2')
    )
    await search(
      'the answer of a try-out',
      (await root.ask('POST', `${QA}/models/far/variants/a/try`, { body: {} })).text,
      /403/
    )

    refuses = true
    await search('what Java sees', await call(), /ABOX_MODEL/)
    await gateway.flush()
    await search('ZooKeeper', await everything('/'), /"x-api-key":\{"secret":"partner-key"\}/)
    const answers = await Promise.all(PATHS.map((path) => root.ask('GET', path)))
    assert.deepEqual(
      answers.filter(({ status }) => status !== 200),
      []
    )
    await search('the API', answers.map(({ text }) => text).join('\n'), /partner-key/)
    await search('the gateway', `${JSON.stringify(gateway.state())}${await gateway.metricsText()}`, /models\/far/)
    for (const part of ['manager.db', 'manager.db-wal', 'state']) {
      await search(part, await readAll(join(folder, part)), /partner-key|SQLite|score/)
    }
    await search('the logs', logged.join('\n'), /documents applied/)
  })

  test('a value in the place of a reference is refused, and not repeated', async () => {
    const body = endpoint(partner.origin, SECRET)
    const answer = await running.root.ask('PUT', `${QA}/endpoints/other`, {
      body: { ...body, name: 'other' },
      seen: 'absent'
    })
    assert.deepEqual([answer.status, answer.body.code], [422, 'ABOX_DOCUMENT_INVALID'])
    await search('the answer', answer.text, /headers\.x-api-key: found a value \(not shown\)/)
  })
})

const endpoint = (origin: string, key: unknown, health = '/health'): object => ({
  kind: 'Endpoint',
  name: 'partner',
  businessGroup: 'rank',
  origin,
  health,
  headers: { 'x-api-key': key }
})

/** Of a file, or of all files of a folder. */
async function readAll(path: string): Promise<string> {
  const names = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined)
  if (names === undefined) return readFile(path, 'latin1')
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n')
}
