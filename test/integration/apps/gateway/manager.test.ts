import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { silentLogger } from '#core/logger'
import { composeManager, type Manager } from '../../../../src/apps/manager/compose.ts'
import { resolveManagerConfig } from '../../../../src/apps/manager/config.ts'
import {
  type EmbeddedGateway,
  modelDocument as gatewayModel,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import {
  type Client,
  landscape,
  modelDocument,
  putAll,
  type RunningManager,
  startManager
} from '../../../harness/manager.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'

const HOOK = 'environments/qa/hooks/shape'
const codeOf = (word: string): string => `export const post = () => '${word}'\n`

interface Item {
  readonly variant: string
  readonly calls: number
  readonly errors: number
  readonly outcomes: object
  readonly p50Ms: number
  readonly upstream: { readonly p50Ms: number }
}

describe('a gateway and its manager', () => {
  let folder = ''
  let model: ModelServer
  let running: RunningManager
  let gateway: EmbeddedGateway
  let url = ''
  let generation = 1
  const digests = new Map<string, string>()

  const uploadAs = async (client: Client, word: string): Promise<string> => {
    const body = { language: 'js', code: codeOf(word), businessGroup: 'rank' }
    const made = await client.ask('POST', '/api/v1/environments/qa/bundles', { body })
    const { digest } = made.body as unknown as { digest: string }
    digests.set(word, digest)
    return digest
  }
  const documents = (word: string): object[] => [
    serviceDocument([{ name: 'rank', model: 'ranker', hook: 'shape', returns: 'java.lang.String' }], {}, generation),
    { ...gatewayModel({ old: { origin: model.origin, percent: 100 } }, generation), name: 'ranker' },
    { kind: 'Hook', name: 'shape', versions: [{ digest: digests.get(word) }], generation }
  ]
  const publish = (word: string): Promise<void> => {
    generation++
    return gateway.publish(documents(word))
  }
  const call = async (): Promise<unknown> => {
    const request = { service: SERVICE, method: 'rank', args: ['x'], parameterTypes: ['java.lang.String'] }
    return (await gateway.client.call(request)).value
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abox-test-'))
    model = await startModelServer(() => ({ predictions: [1] }))
    running = await startManager({ url: `sqlite:${join(folder, 'manager.db')}` })
    url = `http://127.0.0.1:${running.manager.port}`
    const member = [{ user: 'root', role: 'engineer', environments: ['qa'] }]
    await putAll(running.root, landscape({ rank: member, fraud: [] }))
    await putAll(running.root, { 'environments/qa/models/ranker': modelDocument('ranker', 'rank') })
    const words = ['one', 'two', 'three']
    const versions: object[] = []
    for (const word of words) {
      versions.push({ digest: await uploadAs(running.root, word), weight: word === 'one' ? 1_000_000 : 0 })
    }
    await putAll(running.root, { [HOOK]: { kind: 'Hook', name: 'shape', businessGroup: 'rank', versions } })
    const made = await running.root.ask('POST', '/api/v1/tokens', {
      body: { title: 'gateways', role: 'gateway', businessGroup: '*', environment: 'qa', days: 1 }
    })
    await writeFile(join(folder, 'token'), made.body.token, { mode: 0o600 })
    gateway = await startEmbeddedGateway({
      documents: documents('one'),
      config: { manager: { url, tokenFile: join(folder, 'token'), environment: 'qa' } }
    })
  })
  after(async () => {
    await gateway.close()
    await model.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('the gateway fetches the code of a hook that it does not have', async () => {
    assert.deepEqual(gateway.instance.state().refused, {})
    assert.equal(await call(), 'one')
  })

  test('what it does is told every second, and no call is lost or counted twice', async () => {
    for (let index = 0; index < 20; index++) await call()
    model.handle((_request, response) => void response.writeHead(500).end('{}'))
    assert.equal(await call(), null, 'an exception has no value')
    model.handle(() => ({ predictions: [1] }))
    let item: Item | undefined
    await until('22 calls were told', async () => {
      const { body } = await running.root.ask('GET', '/api/v1/environments/qa/live?seconds=600')
      item = body.items[0] as unknown as Item | undefined
      return item?.calls === 22
    })
    assert.deepEqual([item?.variant, item?.errors, item?.outcomes], ['old', 1, { ok: 21, upstream_5xx: 1 }])
    assert.ok(item !== undefined && item.p50Ms > 0 && item.upstream.p50Ms > 0)
    const { body } = await running.root.ask('GET', '/api/v1/environments/qa/live?seconds=600')
    const { hooks } = body as unknown as { hooks: readonly { hook: string; version: string; calls: number }[] }
    assert.deepEqual(
      hooks.map(({ hook, version }) => [hook, version]),
      [['shape', digests.get('one')?.slice('sha256:'.length, 'sha256:'.length + 12)]]
    )
  })

  test('it leaves and comes back as the manager is told, and answers the calls that still come', async () => {
    const servers = '/api/v1/environments/qa/servers'
    const read = async (): Promise<{ state?: string; load?: { offline: boolean } } | undefined> =>
      (await running.root.ask('GET', servers)).body.items[0] as unknown as object | undefined
    await until('it is known', async () => (await read())?.state === 'unregistered')
    await running.root.ask('POST', `${servers}/test-0/offline?force=true`, { body: {} })
    await until('it has heard of it', async () => (await read())?.load?.offline === true)
    assert.equal((await read())?.state, 'draining', 'the connection of this test is still there')
    assert.equal(await call(), 'one')
    await running.root.ask('POST', `${servers}/test-0/online`, { body: {} })
    await until('it is back', async () => (await read())?.load?.offline === false)
  })

  test('while the manager is away the last good version answers, and the new one comes when it is back', async () => {
    const { port } = running.manager
    await running.manager.close()
    await publish('two')
    await until('the version is refused', () => /shape/.test(Object.keys(gateway.instance.state().refused).join()))
    assert.match(gateway.instance.state().refused['hooks/shape'] ?? '', /nor at the manager/)
    assert.equal(await call(), 'one')
    await until('a summary is dropped', async () =>
      /^abox_manager_summaries_dropped_total\{[^}]*\} [1-9]/m.test(await gateway.instance.metricsText())
    )
    const back = await reopen(join(folder, 'manager.db'), folder, port)
    try {
      await until('the version is there', () => Object.keys(gateway.instance.state().refused).length === 0)
      assert.equal(await call(), 'two')
      await until('summaries are taken again', async () => (await told(running.root)) > 0)
    } finally {
      await back.close()
    }
  })

  test('without the manager it starts with the code that it has kept', async () => {
    generation++
    const again = await startEmbeddedGateway({
      documents: documents('two'),
      config: {
        state: { dir: join(gateway.folder, 'abox-state') },
        manager: { url, tokenFile: join(folder, 'token'), environment: 'qa' }
      }
    })
    try {
      assert.deepEqual(again.instance.state().refused, {})
    } finally {
      await again.close()
    }
  })
})

const told = async (client: Client): Promise<number> => {
  const { status, body } = await client.ask('GET', '/api/v1/environments/qa/live')
  return status === 200 ? (body as unknown as { instances: number }).instances : 0
}

/** The same manager again, on the port that it had. */
function reopen(database: string, folder: string, port: number): Promise<Manager> {
  const raw = { http: { port }, database: { url: `sqlite:${database}` } }
  return composeManager({ config: resolveManagerConfig({ raw, source: 'test', folder }), log: silentLogger })
}
