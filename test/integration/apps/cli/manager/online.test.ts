import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type CliPerson, cliPerson } from '../../../../harness/cli-person.ts'
import { landscape, putAll, type RunningManager, startManager } from '../../../../harness/manager.ts'
import { type ModelServer, startModelServer } from '../../../../harness/model-server.ts'

const LOCAL = ['127.0.0.0/8']
const AVAILABLE = { model_version_status: [{ version: '1', state: 'AVAILABLE' }] }

describe('variants and endpoints, online and offline on the command line', () => {
  let server: ModelServer
  let manager: RunningManager
  let ann: CliPerson
  const why = ['--reason', 'a test'] as const

  before(async () => {
    server = await startModelServer(({ body }) => (body === '' ? AVAILABLE : { predictions: [[2]] }))
    const thirdPartyPorts = [Number(new URL(server.origin).port)]
    const outbound = { internalRanges: LOCAL, thirdPartySchemes: ['http:'], thirdPartyPorts, thirdPartyRanges: LOCAL }
    manager = await startManager({ raw: { outbound } })
    const variant = { protocol: 'tensorflow', path: '/v1/models/rank:predict' }
    await putAll(manager.root, {
      ...landscape({ rank: [], fraud: [] }),
      'environments/prod/clusters/partner': { kind: 'Cluster', name: 'partner', type: 'third-party' },
      'environments/prod/endpoints/partner': {
        kind: 'Endpoint',
        name: 'partner',
        businessGroup: 'rank',
        origin: server.origin
      },
      'environments/prod/models/rank': {
        kind: 'Model',
        name: 'rank',
        businessGroup: 'rank',
        sample: { instances: [[1]] },
        variants: [
          { ...variant, name: 'ours', cluster: 'legacy', endpoints: [server.origin] },
          { ...variant, name: 'theirs', cluster: 'partner', endpoint: 'partner', state: 'offline' }
        ],
        split: { weights: { ours: 1_000_000, theirs: 0 } }
      }
    })
    ann = await cliPerson(manager.manager.url, 'root', 'prod')
  })
  after(async () => {
    await ann?.close()
    await manager?.close()
    await server?.close()
  })

  test('what does not answer the sample is told with why, and does not come online', async () => {
    server.handle(({ body }, response) => {
      if (body === '') return AVAILABLE
      response.writeHead(500).end('{}')
      return undefined
    })
    const { code, out } = await ann.run('model', 'try', 'rank', '--variant', 'theirs')
    assert.equal(code, 1)
    assert.match(out, /yes +not answered +.*sample/)
    await ann.refused('ABOX_NOT_READY', 'model', 'online', 'rank', '--variant', 'theirs', ...why)
    server.handle(({ body }) => (body === '' ? AVAILABLE : { predictions: [[2]] }))
    const answered = JSON.parse(await ann.ok('model', 'try', 'rank', '--variant', 'theirs', '-o', 'json')) as object
    assert.deepEqual(answered, [{ origin: server.origin, ready: true, sample: true, why: '' }])
  })

  test('a variant comes online, gets its share, and does not go while it has one', async () => {
    assert.match(await ann.ok('model', 'online', 'rank', '--variant', 'theirs', ...why), /rank: theirs is online/)
    await ann.ok('split', 'shift', 'rank', 'theirs=10%', ...why)
    await ann.refused('ABOX_REFERENCE', 'model', 'offline', 'rank', '--variant', 'theirs', ...why)
    await ann.refused('ABOX_REFERENCE', 'endpoint', 'offline', 'partner', ...why)
  })

  test('what more than its share points at keeps its share, too: the way out is not begun', async () => {
    const path = '/api/v1/environments/prod/models/rank/split'
    const put = async (more: object): Promise<void> => {
      const { headers } = await manager.root.ask('GET', path)
      const seen = Number(/\d+/.exec(headers.get('etag') ?? '')?.[0])
      const body = { weights: { ours: 900_000, theirs: 100_000 }, ...more }
      const { status, text } = await manager.root.ask('PUT', path, { body, seen })
      assert.equal(status, 200, text)
    }
    const args = ['model', 'offline', 'rank', '--variant', 'theirs', '--move-to', 'ours', ...why] as const
    const pointing: readonly (readonly [object, RegExp])[] = [
      [{ pins: [{ caller: 'orders', variant: 'theirs' }] }, /split\.pins sends orders there/],
      [{ kill: 'theirs' }, /split\.kill sends all calls there/],
      [{ shadow: { variant: 'theirs', ppm: 1 } }, /split\.shadow sends copies there/]
    ]
    for (const [more, told] of pointing) {
      await put(more)
      for (const dry of [[], ['--dry-run']]) {
        assert.match(await ann.refused('ABOX_CLI_POINTED_AT', ...args, '--wait-timeout', '1', ...dry), told)
      }
      const { body } = await manager.root.ask('GET', path)
      assert.deepEqual((body as unknown as { weights: object }).weights, { ours: 900_000, theirs: 100_000 })
    }
    await put({})
  })

  test('a dry run of the whole way out shows the split as it would become, and writes nothing', async () => {
    const args = ['model', 'offline', 'rank', '--variant', 'theirs', '--move-to', 'ours', ...why] as const
    const out = await ann.ok(...args, '--dry-run')
    assert.match(out, /ours 90%, theirs 10%, would become ours 100%, theirs 0%/)
    assert.match(await ann.ok('split', 'get', 'rank'), /ours 90%, theirs 10%/)
    // No gateway is there to say that it runs it, so the variant stays.
    const { code, out: written, err } = await ann.run(...args, '--wait-timeout', '1', '-o', 'json')
    assert.equal(code, 1)
    assert.match(err, /ABOX_CLI_WAIT/)
    assert.partialDeepStrictEqual(JSON.parse(written), [{ kind: 'Model', key: 'rank', dryRun: false }])
    assert.match(await ann.ok('describe', 'model', 'rank'), /state: online/)
  })

  test('an endpoint goes when no variant that is online names it, and comes back', async () => {
    const steps = JSON.parse(
      await ann.ok('model', 'offline', 'rank', '--variant', 'theirs', '-o', 'json', ...why)
    ) as object
    assert.partialDeepStrictEqual(steps, [{ kind: 'Model', key: 'rank' }])
    assert.match(await ann.ok('endpoint', 'offline', 'partner', ...why), /partner is offline/)
    assert.match(await ann.ok('get', 'endpoints'), /partner.*offline/)
    assert.match(await ann.ok('endpoint', 'online', 'partner', ...why), /partner is online/)
  })

  test('a model whose variants are all offline comes into service by the command line alone, what was not asked being said', async () => {
    const variant = { protocol: 'tensorflow', path: '/v1/models/rank:predict', cluster: 'legacy', state: 'offline' }
    const body = {
      kind: 'Model',
      name: 'fresh',
      businessGroup: 'rank',
      variants: [
        { ...variant, name: 'a', endpoints: [server.origin] },
        { ...variant, name: 'b', endpoints: [server.origin] },
        { ...variant, name: 'c', discover: 'workers' }
      ],
      split: { weights: {} }
    }
    const folder = await mkdtemp(join(tmpdir(), 'abox-fresh-'))
    const file = join(folder, 'fresh.json')
    await writeFile(file, JSON.stringify(body))
    await ann.ok('apply', '-f', file, ...why)
    await rm(folder, { recursive: true })
    const note = 'no sample in the document: only readiness was asked'
    assert.match(await ann.ok('model', 'try', 'fresh', '--variant', 'a'), new RegExp(note))
    const first = await ann.ok('model', 'online', 'fresh', '--variant', 'a', ...why)
    assert.match(first, new RegExp(`${note}[^]*split\\.weights\\.a: 1000000[^]*fresh: a is online`))
    await ann.ok('model', 'online', 'fresh', '--variant', 'b', ...why)
    await ann.ok('split', 'set', 'fresh', 'a=90%', 'b=10%', ...why)
    assert.match(await ann.ok('split', 'get', 'fresh'), /a 90%, b 10%/)
    assert.match(await ann.refused('ABOX_NOT_READY', 'model', 'online', 'fresh', '--variant', 'c', ...why), /--force/)
    const forced = await ann.ok('model', 'online', 'fresh', '--variant', 'c', '--force', ...why)
    assert.match(forced, /it discovers its endpoints: none was asked/)
  })

  test('arguments that cannot be meant are refused before anything is sent', async () => {
    await ann.refused('ABOX_CLI_USAGE', 'model', 'online', 'rank', ...why)
    await ann.refused('ABOX_CLI_USAGE', 'model', 'online', 'rank', '--variant', 'a', '--move-to', 'b', ...why)
    await ann.refused('ABOX_CLI_USAGE', 'model', 'offline', 'rank', '--variant', 'a', '--move-to', 'a', ...why)
  })
})
