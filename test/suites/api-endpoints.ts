import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { MakeDatabase } from '../harness/databases.ts'
import { type Client, landscape, modelDocument, putAll, type RunningManager, startManager } from '../harness/manager.ts'
import { type ModelServer, startModelServer } from '../harness/model-server.ts'
import { createNames, type Names } from '../harness/names.ts'
import { until } from '../harness/until.ts'

const QA = '/api/v1/environments/qa'
const SECRET = 'the-key-of-the-vendor'

interface Health {
  readonly key?: string
  readonly state: string
  readonly since?: number
  readonly why: string
}

/** Endpoints of third parties: what may be written, how they are, into service and out of it. */
export function endpointsApiSuite(make: MakeDatabase): void {
  const names: Names = {
    'vendor.test': ['127.0.0.1'],
    'metadata.test': ['169.254.169.254'],
    'both.test': ['127.0.0.1', '169.254.169.254'],
    'turncoat.test': [['127.0.0.1'], ['169.254.169.254']]
  }
  const paths: string[] = []
  let folder: string
  let server: ModelServer
  let port = ''
  let running: RunningManager
  let viewer: Client
  let stranger: Client
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abox-endpoints-'))
    await writeFile(join(folder, 'vendor-key'), `${SECRET}\n`)
    server = await startModelServer(({ path, headers }, response) => {
      paths.push(`${headers.host} ${path}`)
      if (path === '/moved') response.writeHead(302, { location: '/target' })
      else if (headers['x-key'] === SECRET) response.writeHead(204)
      else response.writeHead(401)
      response.end(path === '/moved' ? 'WHAT IT SAYS' : undefined)
      return undefined
    })
    port = new URL(server.origin).port
    const outbound = {
      secretsDir: folder,
      thirdPartySchemes: ['http:'],
      thirdPartyPorts: [Number(port)],
      thirdPartyRanges: ['127.0.0.1/32'],
      healthMs: 1000
    }
    running = await startManager({ url: await make(), raw: { outbound }, lookup: createNames(names) })
    viewer = await running.addUser('vera')
    stranger = await running.addUser('sam')
    await putAll(running.root, {
      ...landscape({
        rank: [{ user: 'vera', role: 'viewer', environments: ['qa'] }],
        fraud: [{ user: 'sam', role: 'admin', environments: ['qa'] }]
      }),
      'environments/qa/clusters/vendor': { kind: 'Cluster', name: 'vendor', type: 'third-party' }
    })
  })
  after(async () => {
    await running.close()
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  const endpoint = (name: string, host: string, more: object = {}): object => ({
    kind: 'Endpoint',
    name,
    businessGroup: 'rank',
    origin: `http://${host}:${port}`,
    ...more
  })
  const put = async (name: string, host: string, more: object = {}): Promise<number> => {
    const answer = await running.root.ask('PUT', `${QA}/endpoints/${name}`, {
      body: endpoint(name, host, more),
      seen: 'absent'
    })
    assert.equal(answer.status, 201, answer.text)
    return answer.body.generation
  }
  const health = async (name: string, client = running.root): Promise<Health> => {
    const answer = await client.ask('GET', `${QA}/endpoints/${name}/health`)
    assert.equal(answer.status, 200, answer.text)
    return JSON.parse(answer.text) as Health
  }
  const becomes = async (name: string, state: string): Promise<Health> => {
    await until(`${name} is ${state}`, async () => (await health(name)).state === state)
    return health(name)
  }

  const refused: [what: string, origin: () => string, why: RegExp][] = [
    ['a scheme', () => `https://vendor.test:${port}`, /found "https:", expected http:$/],
    ['a port', () => 'http://vendor.test:1', /found port 1, expected one of \d+$/],
    ['an address of a cloud', () => `http://169.254.169.254:${port}`, /169\.254\.169\.254 is of a private/],
    ['it in IPv6', () => `http://[::ffff:169.254.169.254]:${port}`, /is of a private/],
    ['it as one number', () => `http://2852039166:${port}`, /169\.254\.169\.254 is of a private/],
    ['a private address', () => `http://10.0.0.1:${port}`, /10\.0\.0\.1 is of a private/]
  ]
  for (const [what, origin, why] of refused) {
    test(`an endpoint cannot be written with ${what} that is not allowed`, async () => {
      const body = { kind: 'Endpoint', name: 'bad', businessGroup: 'rank', origin: origin() }
      const answer = await running.root.ask('PUT', `${QA}/endpoints/bad`, { body, seen: 'absent' })
      assert.deepEqual([answer.status, answer.body.code], [422, 'ABOX_DOCUMENT_INVALID'])
      assert.match(answer.body.detail, /Endpoint bad: origin: found "/)
      assert.match(answer.body.detail, why)
      assert.equal((await running.root.ask('GET', `${QA}/endpoints/bad`)).status, 404)
    })
  }

  test('an endpoint is well when its health path answers 2xx to its headers, secrets put in', async () => {
    await put('keyed', 'vendor.test', { health: '/health', headers: { 'x-key': { secret: 'vendor-key' } } })
    const found = await becomes('keyed', 'well')
    assert.equal(found.why, '')
    assert.ok((found.since ?? 0) > 0)
    assert.ok(paths.includes(`vendor.test:${port} /health`))
  })

  test('an endpoint without a health path is well when a connection can be made', async () => {
    await put('plain', 'vendor.test')
    await becomes('plain', 'well')
  })

  test('an endpoint that answers otherwise is unwell; of the answer only the status is told, and no redirect followed', async () => {
    await put('moved', 'vendor.test', { health: '/moved', headers: { 'x-key': { secret: 'vendor-key' } } })
    const found = await becomes('moved', 'unwell')
    assert.equal(found.why, 'GET /moved: answered 302, expected 2xx')
    await until('it was asked again', () => paths.filter((path) => path.endsWith('/moved')).length > 1)
    assert.ok(!paths.some((path) => path.endsWith('/target')))
  })

  for (const name of ['metadata', 'both']) {
    test(`an endpoint whose name leads to the metadata address of a cloud is unwell and never reached: ${name}`, async () => {
      await put(name, `${name}.test`, { health: '/health' })
      assert.match((await becomes(name, 'unwell')).why, /^ABOX_OUTBOUND_REFUSED: .*169\.254\.169\.254/)
      assert.ok(!paths.some((path) => path.startsWith(`${name}.test`)))
    })
  }

  test('an endpoint whose name is led there later becomes unwell', async () => {
    await put('turncoat', 'turncoat.test')
    await becomes('turncoat', 'unwell')
    assert.match((await health('turncoat')).why, /ABOX_OUTBOUND_REFUSED/)
  })

  test('a secret that is not there is told by its name alone', async () => {
    await put('secretless', 'vendor.test', { health: '/health', headers: { 'x-key': { secret: 'no-such-key' } } })
    const { why } = await becomes('secretless', 'unwell')
    assert.match(why, /headers\.x-key: found no secret "no-such-key"/)
    assert.ok(!why.includes(folder))
  })

  test('health is read by viewers of the group, and nobody else learns that there is an endpoint', async () => {
    await becomes('plain', 'well')
    assert.equal((await health('plain', viewer)).state, 'well')
    const [there, missing] = [
      await stranger.ask('GET', `${QA}/endpoints/plain/health`),
      await stranger.ask('GET', `${QA}/endpoints/nothing/health`)
    ]
    assert.deepEqual([there.status, there.body.detail], [403, missing.body.detail])
    const items = async (client: Client): Promise<Health[]> =>
      (JSON.parse((await client.ask('GET', `${QA}/endpoint-health`)).text) as { items: Health[] }).items
    assert.ok((await items(viewer)).some(({ key, state }) => key === 'plain' && state === 'well'))
    assert.deepEqual(await items(stranger), [])
  })

  test('the metrics count the endpoints in each state', async () => {
    await becomes('plain', 'well')
    const { text } = await running.root.ask('GET', '/metrics')
    assert.match(text, /^abox_manager_endpoints\{environment="qa",state="well"\} [1-9]/m)
  })

  test('an endpoint goes offline when no variant that is online names it, and comes back when its health answers', async () => {
    const { root } = running
    const at = `${QA}/endpoints/service`
    await put('service', 'vendor.test', { health: '/health', headers: { 'x-key': { secret: 'vendor-key' } } })
    await putAll(root, { 'environments/qa/models/far': farModel('service') })
    const used = await root.ask('POST', `${at}/offline`, { body: {}, seen: 1 })
    assert.deepEqual([used.status, used.body.code], [409, 'ABOX_REFERENCE'])
    assert.match(used.body.detail, /Model far: variants\[new\]\.endpoint: found "service", which is offline/)
    const off = await root.ask('POST', `${QA}/models/far/variants/new/offline`, { body: {}, seen: 1 })
    assert.equal(off.status, 200, off.text)
    const offline = await root.ask('POST', `${at}/offline`, { body: {}, seen: 1 })
    assert.equal(offline.status, 200, offline.text)
    assert.equal((await health('service')).state, 'offline')
    assert.equal((await viewer.ask('POST', `${at}/online`, { body: {}, seen: 2 })).status, 403)
    const online = await root.ask('POST', `${at}/online`, { body: {}, seen: 2 })
    assert.equal(online.status, 200, online.text)
    await becomes('service', 'well')
    const actions = (await root.ask('GET', '/api/v1/audit?kind=Endpoint&key=service')).body.items.map(
      ({ action }) => action
    )
    assert.deepEqual(actions, ['online', 'offline', 'create'])
  })

  test('an endpoint that is not well stays offline', async () => {
    const { root } = running
    await put('ill', 'vendor.test', { health: '/health', state: 'offline' })
    const online = await root.ask('POST', `${QA}/endpoints/ill/online`, { body: {}, seen: 1 })
    assert.deepEqual([online.status, online.body.code], [409, 'ABOX_NOT_READY'])
    assert.match(online.body.detail, /GET \/health: answered 401/)
    assert.equal((await health('ill')).state, 'offline')
  })
}

/** A model of our own fleet that is online, and a variant at this endpoint. */
function farModel(endpoint: string): object {
  const document = modelDocument('far', 'rank')
  const [old, other] = document['variants'] as Readonly<Record<string, unknown>>[]
  const { endpoints: _, ...rest } = other ?? {}
  return { ...document, variants: [old, { ...rest, cluster: 'vendor', endpoint }] }
}
