import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { MakeDatabase } from '../harness/databases.ts'
import { type Client, landscape, modelDocument, putAll, type RunningManager, startManager } from '../harness/manager.ts'
import { type ModelServer, startModelServer } from '../harness/model-server.ts'
import { createNames } from '../harness/names.ts'
import { until } from '../harness/until.ts'

const MODEL = '/api/v1/environments/qa/models/sum'

/** How variants come online and go offline. */
export function onlineApiSuite(make: MakeDatabase): void {
  let running: RunningManager
  let server: ModelServer
  let operator: Client
  let generation = 0
  before(async () => {
    server = await startModelServer(() => ({}))
    const raw = { outbound: { internalRanges: ['127.0.0.0/8'] } }
    running = await startManager({
      url: await make(),
      raw,
      lookup: createNames({ 'metadata.test': ['169.254.169.254'] })
    })
    operator = await running.addUser('olga')
    const members = [{ user: 'olga', role: 'operator', environments: ['*'] }]
    await putAll(running.root, landscape({ rank: members, fraud: [] }))
  })
  after(async () => {
    await running.close()
    await server.close()
  })
  beforeEach(async () => {
    server.handle(({ path }) => (path.endsWith(':predict') ? { predictions: [3] } : available))
    const old = await running.root.ask('GET', MODEL)
    if (old.status === 200) await running.root.ask('DELETE', MODEL, { seen: old.body.generation })
    const made = await running.root.ask('PUT', MODEL, { body: model(server.origin), seen: 'absent' })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    generation = made.body.generation
  })

  test('a variant comes online when its endpoint is ready and answers the sample', async () => {
    const { root } = running
    server.bodies.length = 0
    const online = await root.ask('POST', `${MODEL}/variants/new/online`, { body: {}, seen: generation })
    assert.equal(online.status, 200, JSON.stringify(online.body))
    assert.deepEqual(
      server.bodies.filter((body) => body !== ''),
      ['{"instances":[[1,2]]}']
    )
    const audit = (await root.ask('GET', '/api/v1/audit?kind=Model&key=sum&limit=1')).body.items[0]
    assert.equal(audit?.action, 'online')
  })

  test('who has not seen the present generation makes nobody ask, and what was done is not asked again', async () => {
    const { root } = running
    server.bodies.length = 0
    const stale = await root.ask('POST', `${MODEL}/variants/new/online`, { body: {}, seen: generation + 1 })
    assert.deepEqual([stale.status, stale.body.code], [412, 'ABOX_GENERATION'])
    assert.deepEqual(server.bodies, [])
    const headers = { 'idempotency-key': `online-${generation}` }
    const online = await root.ask('POST', `${MODEL}/variants/new/online`, { body: {}, seen: generation, headers })
    assert.equal(online.status, 200, online.text)
    server.handle(() => ({ error: 'gone' }))
    const again = await root.ask('POST', `${MODEL}/variants/new/online`, { body: {}, seen: generation, headers })
    assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [200, 'true'])
  })

  const bad: [name: string, handler: Parameters<ModelServer['handle']>[0], why: RegExp][] = [
    ['is not ready', () => ({ model_version_status: [{ version: '1', state: 'LOADING' }] }), /not ready/],
    [
      'answers the sample with an error',
      ({ path }) => (path.endsWith(':predict') ? { error: 'no' } : available),
      /sample/
    ],
    [
      'answers the sample without a result',
      ({ path }) => (path.endsWith(':predict') ? { nothing: 1 } : available),
      /ABOX_MODEL_NO_RESULT|sample/
    ],
    [
      'answers the sample with 503',
      ({ path }, response) => {
        if (!path.endsWith(':predict')) return available
        response.writeHead(503).end('{}')
        return undefined
      },
      /503/
    ]
  ]
  for (const [name, handler, why] of bad) {
    test(`a variant whose endpoint ${name} stays offline`, async () => {
      const { root } = running
      server.handle(handler)
      const online = await root.ask('POST', `${MODEL}/variants/new/online`, { body: {}, seen: generation })
      assert.deepEqual([online.status, online.body.code], [409, 'ABOX_NOT_READY'])
      assert.match(online.body.detail, why)
      assert.equal((await root.ask('GET', MODEL)).body.generation, generation)
    })
  }

  test('a user tries four at once, and others have theirs', async () => {
    const { root } = running
    const held: (() => void)[] = []
    server.handle(({ path }, response) => {
      held.push(() => response.end(JSON.stringify(path.endsWith(':predict') ? { predictions: [3] } : available)))
      return undefined
    })
    const release = (): void => {
      for (const answer of held.splice(0)) answer()
    }
    const tries = Array.from({ length: 4 }, () => root.ask('POST', `${MODEL}/variants/new/try`, { body: {} }))
    await until('all four are under way', () => held.length === 4)
    const path = `${MODEL}/variants/new`
    for (const refused of [
      await root.ask('POST', `${path}/try`, { body: {} }),
      await root.ask('POST', `${path}/online`, { body: {}, seen: generation })
    ]) {
      assert.deepEqual([refused.status, refused.body.code], [429, 'ABOX_REQUESTS_LIMITED'])
      assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
    }
    const other = operator.ask('POST', `${path}/try`, { body: {} })
    await until('that of somebody else is under way', () => held.length === 5)
    server.handle(({ path: asked }) => (asked.endsWith(':predict') ? { predictions: [3] } : available))
    release()
    for (const { status } of await Promise.all([...tries, other])) assert.equal(status, 200)
    assert.equal((await root.ask('POST', `${path}/try`, { body: {} })).status, 200)
  })

  test('what the model answered is not told: only whether it was good', async () => {
    const { root } = running
    server.handle(({ path }) => (path.endsWith(':predict') ? { error: 'SECRET OF ANOTHER HOST' } : available))
    const tried = await root.ask('POST', `${MODEL}/variants/new/try`, { body: {} })
    assert.equal(tried.status, 200)
    assert.doesNotMatch(tried.text, /SECRET/)
  })

  test('the split may not point at a variant that is offline', async () => {
    const weights = { old: 900_000, new: 100_000 }
    const split = await running.root.ask('PUT', `${MODEL}/split`, { body: { weights }, seen: generation })
    assert.deepEqual([split.status, split.body.code], [422, 'ABOX_DOCUMENT_INVALID'])
    assert.match(split.body.detail, /offline/)
  })

  test('a variant goes offline only when nothing points at it any more', async () => {
    const { root } = running
    const refused = await root.ask('POST', `${MODEL}/variants/old/offline`, { body: {}, seen: generation })
    assert.deepEqual([refused.status, refused.body.code], [409, 'ABOX_REFERENCE'])
    assert.match(refused.body.detail, /split.weights.old is 100%/)
    const online = await root.ask('POST', `${MODEL}/variants/new/online`, { body: {}, seen: generation })
    const weights = { old: 0, new: 1_000_000 }
    const moved = await root.ask('PUT', `${MODEL}/split`, { body: { weights }, seen: online.body.generation })
    const gone = await root.ask('POST', `${MODEL}/variants/old/offline`, { body: {}, seen: moved.body.generation })
    assert.equal(gone.status, 200, JSON.stringify(gone.body))
  })

  test('a new text of the document does not bring a variant online, but undo gives it back', async () => {
    const { root } = running
    const body = (state: string): object => ({
      ...model(server.origin),
      variants: (model(server.origin) as { variants: object[] }).variants.map((one, index) =>
        index === 0 ? one : { ...one, state }
      )
    })
    const put = await root.ask('PUT', MODEL, { body: body('online'), seen: generation })
    assert.deepEqual([put.status, put.body.code], [409, 'ABOX_NOT_READY'])
    assert.match(put.body.detail, /variant new: found state online, .* `abox model online sum --variant new`/)
    const online = await root.ask('POST', `${MODEL}/variants/new/online`, { body: {}, seen: generation })
    const gone = await root.ask('POST', `${MODEL}/variants/new/offline`, { body: {}, seen: online.body.generation })
    const undone = await root.ask('POST', `${MODEL}/undo`, { body: {}, seen: gone.body.generation })
    assert.equal(undone.status, 200, JSON.stringify(undone.body))
  })

  test('a new text takes no variant offline that has calls, even where it moves them, and one without calls it does', async () => {
    const { root } = running
    const online = await root.ask('POST', `${MODEL}/variants/new/online`, { body: {}, seen: generation })
    const seen = online.body.generation
    const moved = { weights: { old: 0, new: 1_000_000 } }
    const refused = await root.ask('PUT', MODEL, {
      body: withStates(server.origin, ['offline', 'online'], moved),
      seen
    })
    assert.deepEqual([refused.status, refused.body.code], [409, 'ABOX_REFERENCE'])
    assert.equal(refused.body.detail, 'Model sum: variant old: split.weights.old is 100%')
    const back = await root.ask('PUT', MODEL, { body: model(server.origin), seen })
    assert.equal(back.status, 200, back.text)
  })

  test('undo gives back at once what was offline and what had calls', async () => {
    const { root } = running
    const online = await root.ask('POST', `${MODEL}/variants/new/online`, { body: {}, seen: generation })
    const body = { weights: { old: 0, new: 1_000_000 } }
    const moved = await root.ask('PUT', `${MODEL}/split`, { body, seen: online.body.generation })
    const gone = await root.ask('POST', `${MODEL}/variants/old/offline`, { body: {}, seen: moved.body.generation })
    const undone = await root.ask('POST', `${MODEL}/undo`, { body: { to: generation }, seen: gone.body.generation })
    assert.equal(undone.status, 200, undone.text)
  })

  test('no change takes all variants of a model offline while a service names it', async () => {
    const { root } = running
    const path = '/api/v1/environments/qa/services/com.example.Sum'
    const none = { weights: { old: 0, new: 0 } }
    const all = withStates(server.origin, ['offline', 'offline'], none)
    const one = (state: string): object => {
      const { split: _, ...rest } = withStates(server.origin, [state, state], none) as Record<string, unknown>
      return { ...rest, variants: (rest['variants'] as object[]).slice(0, 1) }
    }
    const put = async (body: object): Promise<void> => {
      const done = await root.ask('PUT', MODEL, { body, seen: generation })
      assert.equal(done.status, 200, done.text)
      generation = done.body.generation
    }
    const before = generation
    // What no service names may go offline as a whole, and be put back by undo.
    await put(all)
    const offline = generation
    const undone = await root.ask('POST', `${MODEL}/undo`, { body: { to: before }, seen: generation })
    assert.equal(undone.status, 200, undone.text)
    generation = undone.body.generation
    const method = { name: 'sum', model: 'sum', parameters: ['java.lang.String'], input: 'args[0]', output: 'all' }
    const service = { kind: 'Service', interface: 'com.example.Sum', businessGroup: 'rank', methods: [method] }
    const made = await root.ask('PUT', path, { body: service, seen: 'absent' })
    assert.equal(made.status, 201, made.text)
    const refuse = async (way: Promise<{ status: number; body: { code: string; detail: string } }>): Promise<void> => {
      const { status, body } = await way
      assert.deepEqual([status, body.code], [409, 'ABOX_REFERENCE'])
      assert.equal(
        body.detail,
        'Model sum: variants: found all of them offline, expected one online while it is still named by Service com.example.Sum'
      )
    }
    try {
      await refuse(root.ask('PUT', MODEL, { body: all, seen: generation }))
      await refuse(root.ask('PUT', `${MODEL}?dryRun=true`, { body: all, seen: generation }))
      await refuse(root.ask('PUT', MODEL, { body: one('offline'), seen: generation }))
      await refuse(root.ask('POST', `${MODEL}/undo`, { body: { to: offline }, seen: generation }))
      await put(one('online'))
      await refuse(root.ask('PUT', MODEL, { body: one('offline'), seen: generation }))
    } finally {
      await root.ask('DELETE', path, { seen: made.body.generation })
    }
    await put(one('offline'))
  })

  test('a model whose variants are all offline gets its calls by the first that comes online, and then its split', async () => {
    const { root } = running
    await root.ask('DELETE', MODEL, { seen: generation })
    const all = (model(server.origin) as { variants: object[] }).variants.map((one) => ({ ...one, state: 'offline' }))
    const body = { ...model(server.origin), variants: all, split: { weights: {} } }
    const made = await root.ask('PUT', MODEL, { body, seen: 'absent' })
    assert.equal(made.status, 201, made.text)
    const first = await root.ask('POST', `${MODEL}/variants/old/online`, { body: {}, seen: made.body.generation })
    assert.equal(first.status, 200, first.text)
    assert.deepEqual(first.body.split, { weights: { old: 1_000_000 } })
    const second = await root.ask('POST', `${MODEL}/variants/new/online`, { body: {}, seen: first.body.generation })
    assert.equal(second.status, 200, second.text)
    assert.deepEqual(second.body.split, { weights: { old: 1_000_000 } })
    const weights = { old: 900_000, new: 100_000 }
    const moved = await root.ask('PUT', `${MODEL}/split`, { body: { weights }, seen: second.body.generation })
    assert.equal(moved.status, 200, moved.text)
  })

  test('a variant that discovers its endpoints comes online only by force, because none can be asked', async () => {
    const { root } = running
    const [old, made] = (model(server.origin) as { variants: object[] }).variants
    const body = { ...model(server.origin), variants: [old, { ...made, endpoints: undefined, discover: 'workers' }] }
    const changed = await root.ask('PUT', MODEL, { body, seen: generation })
    assert.equal(changed.status, 200, changed.text)
    const path = `${MODEL}/variants/new`
    const tried = await root.ask('POST', `${path}/try`, { body: {} })
    assert.deepEqual(JSON.parse(tried.text), { endpoints: [], note: 'it discovers its endpoints: none was asked' })
    const seen = changed.body.generation
    const refused = await root.ask('POST', `${path}/online`, { body: {}, seen })
    assert.deepEqual([refused.status, refused.body.code], [409, 'ABOX_NOT_READY'])
    assert.match(refused.body.detail, /variant new: found no endpoint to ask/)
    const forced = await root.ask('POST', `${path}/online?force=true`, { body: {}, seen })
    assert.equal(forced.status, 200, forced.text)
    assert.equal(forced.headers.get('x-abox-note'), 'it discovers its endpoints: none was asked')
  })

  test('force brings nothing online that was asked and is not ready', async () => {
    server.handle(() => ({ model_version_status: [{ version: '1', state: 'LOADING' }] }))
    const forced = await running.root.ask('POST', `${MODEL}/variants/new/online?force=true`, {
      body: {},
      seen: generation
    })
    assert.deepEqual([forced.status, forced.body.code], [409, 'ABOX_NOT_READY'])
  })

  test('what was not asked is said: a model without a sample, and more endpoints than are asked', async () => {
    const { root } = running
    const [old, made] = (model(server.origin) as { variants: object[] }).variants
    const endpoints = Array.from({ length: 21 }, () => server.origin)
    const body = { ...model(server.origin), sample: undefined, variants: [old, { ...made, endpoints }] }
    const changed = await root.ask('PUT', MODEL, { body, seen: generation })
    const note = 'only 20 of 21 endpoints were asked; no sample in the document: only readiness was asked'
    const tried = await root.ask('POST', `${MODEL}/variants/new/try`, { body: {} })
    assert.equal((JSON.parse(tried.text) as { note: string }).note, note)
    const online = await root.ask('POST', `${MODEL}/variants/new/online`, { body: {}, seen: changed.body.generation })
    assert.deepEqual([online.status, online.headers.get('x-abox-note')], [200, note])
  })

  test('an address of a cloud cannot be written where the configuration does not allow it', async () => {
    const { root } = running
    for (const origin of ['http://169.254.169.254', 'http://[::ffff:169.254.169.254]:80', 'http://2852039166']) {
      const changed = await root.ask('PUT', MODEL, { body: model(origin), seen: generation })
      assert.deepEqual([changed.status, changed.body.code], [422, 'ABOX_DOCUMENT_INVALID'])
      assert.match(changed.body.detail, /Model sum: variants\[old\]\.endpoints\[0\]: found ".+": .* range/)
    }
    assert.equal((await root.ask('GET', MODEL)).body.generation, generation)
  })

  test('a name that leads to an address of a cloud is not called', async () => {
    const { root } = running
    const body = model('http://metadata.test')
    const changed = await root.ask('PUT', MODEL, { body, seen: generation })
    const online = await root.ask('POST', `${MODEL}/variants/new/online`, { body: {}, seen: changed.body.generation })
    assert.deepEqual([online.status, online.body.code], [409, 'ABOX_NOT_READY'])
    assert.match(online.body.detail, /ABOX_OUTBOUND_REFUSED/)
  })
}

const available = { model_version_status: [{ version: '1', state: 'AVAILABLE' }] }

/** One variant in service, and one that is not yet. */
function model(origin: string): object {
  const [first, second] = modelDocument('sum', 'rank')['variants'] as Readonly<Record<string, unknown>>[]
  const place = { protocol: 'tensorflow', path: '/v1/models/sum:predict', endpoints: [origin] }
  return {
    ...modelDocument('sum', 'rank'),
    sample: { instances: [[1, 2]] },
    variants: [
      { ...first, ...place, name: 'old' },
      { ...second, ...place, name: 'new', state: 'offline' }
    ],
    split: { weights: { old: 1_000_000, new: 0 } }
  }
}

/** The same with other states and another split. */
function withStates(origin: string, states: readonly string[], split: object): object {
  const variants = (model(origin) as { variants: object[] }).variants
  return { ...model(origin), variants: variants.map((one, index) => ({ ...one, state: states[index] })), split }
}
