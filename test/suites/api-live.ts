import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { LiveSummary } from '#contracts/live'
import type { MakeDatabase } from '../harness/databases.ts'
import { callsOf, summaryOf } from '../harness/live-summary.ts'
import {
  type Answer,
  type Client,
  clientOf,
  landscape,
  modelDocument,
  putAll,
  type RunningManager,
  startManager,
  tokenOf
} from '../harness/manager.ts'
import { until } from '../harness/until.ts'

const LIVE = '/api/v1/environments/qa/live'
const SERVERS = '/api/v1/environments/qa/servers'

interface Live {
  readonly at: number
  readonly items: readonly { readonly model: string; readonly calls: number; readonly points?: object }[]
  readonly instances: number
}
interface Server {
  readonly state: string
  readonly order?: { readonly by: string; readonly reason: string }
}
const liveOf = ({ body }: Pick<Answer, 'body'>): Live => body as unknown as Live

/** Tokens for gateways, what they may tell, and who reads it; on either database. */
export function liveApiSuite(make: MakeDatabase): void {
  let running: RunningManager
  let at = ''
  let ann: Client
  let bob: Client
  let gateway: Client & { readonly id: string }
  let seq = 0
  before(async () => {
    running = await startManager({ url: await make() })
    at = `http://127.0.0.1:${running.manager.port}`
    ann = await running.addUser('ann')
    bob = await running.addUser('bob')
    const member = (user: string): object[] => [{ user, role: 'viewer', environments: ['qa'] }]
    await putAll(running.root, landscape({ rank: member('ann'), fraud: member('bob') }))
    await putAll(running.root, {
      'environments/qa/models/ranker': modelDocument('ranker', 'rank'),
      'environments/qa/models/fraudster': modelDocument('fraudster', 'fraud')
    })
    gateway = await tokenOf(running.root, at, { role: 'gateway', environment: 'qa' })
  })
  after(() => running.close())

  const post = (more: Partial<LiveSummary> = {}, by: Client = gateway): Promise<Answer> =>
    by.ask('POST', LIVE, { body: summaryOf({ seq: seq++, ...more }) })
  /** Until what was sent just now is of a second that is over. */
  const ask = async (client: Client, query: string, isThere: (live: Live) => boolean): Promise<Live> => {
    let found: Live | undefined
    await until(`live ${query}`, async () => {
      found = liveOf(await client.ask('GET', LIVE + query))
      return isThere(found)
    })
    return found as Live
  }

  test('what an instance tells is there a second later, for those who may see the model', async () => {
    const calls = [callsOf(7, { model: 'ranker' }), callsOf(5, { model: 'fraudster' }), callsOf(3, { model: '-' })]
    const told = await post({ instance: 'one', calls })
    assert.deepEqual([told.status, told.body], [200, { taken: true, offline: false }])
    const all = await ask(running.root, '?seconds=600', ({ items }) => items.length === 3)
    assert.deepEqual(
      all.items.map(({ model, calls: count }) => [model, count]),
      [
        ['ranker', 7],
        ['fraudster', 5],
        ['-', 3]
      ]
    )
    const models = async (client: Client, query = ''): Promise<string[]> =>
      liveOf(await client.ask('GET', `${LIVE}?seconds=600${query}`)).items.map(({ model }) => model)
    assert.deepEqual(await models(ann), ['ranker'])
    assert.deepEqual(await models(bob), ['fraudster'])
    assert.deepEqual(await models(bob, '&model=ranker'), [])
    assert.deepEqual(await models(running.root, '&model=ranker'), ['ranker'])
  })

  test('points are as many as were asked for, and at most 600', async () => {
    await post({ instance: 'two', calls: [callsOf(7, { model: 'ranker' })] })
    const live = await ask(running.root, '?seconds=3600&step=60', ({ items }) => items.length > 0)
    const { points } = live.items[0] as unknown as { points: { calls: number[]; p99Ms: (number | null)[] } }
    assert.deepEqual([points.calls.length, points.p99Ms.length], [60, 60])
    assert.equal(points.p99Ms[0], null)
    for (const query of ['?seconds=3600&step=1', '?seconds=0', '?seconds=3601', '?seconds=x', '?by=caller', '?x=1']) {
      assert.equal((await running.root.ask('GET', LIVE + query)).status, 400, query)
    }
  })

  test('nobody but a gateway of that environment may tell anything', async () => {
    const everything = await tokenOf(running.root, at)
    const prod = await tokenOf(running.root, at, { role: 'gateway', environment: 'prod' })
    for (const client of [everything, prod, running.root, ann]) {
      const { status, body } = await post({}, client)
      assert.deepEqual([status, body.code], [403, 'ABOX_FORBIDDEN'])
    }
    assert.equal((await post({}, running.nobody)).status, 401)
    const away = await gateway.ask('POST', '/api/v1/environments/nowhere/live', { body: summaryOf() })
    assert.equal(away.status, 403)
  })

  test('a token for gateways does nothing else', async () => {
    const tried = [
      ['GET', LIVE],
      ['GET', `${LIVE}/stream`],
      ['GET', SERVERS],
      ['GET', '/api/v1/environments/qa/models'],
      ['GET', '/api/v1/environments/qa/receipts'],
      ['GET', '/api/v1/session'],
      ['GET', '/api/v1/tokens'],
      ['GET', '/api/v1/events'],
      ['GET', '/api/v1/audit'],
      ['DELETE', `/api/v1/tokens/${gateway.id}`]
    ] as const
    for (const [method, path] of tried) {
      const { status } = await gateway.ask(method, path)
      assert.equal(status, 403, `${method} ${path}`)
    }
  })

  test('a token for gateways is made by operators of the platform, for one environment that exists', async () => {
    const body = { title: 't', role: 'gateway', businessGroup: '*', environment: 'qa', days: 1 }
    const statusOf = async (client: Client, more = {}): Promise<number> =>
      (await client.ask('POST', '/api/v1/tokens', { body: { ...body, ...more } })).status
    assert.equal(await statusOf(ann), 403)
    assert.equal(await statusOf(running.root, { environment: '*' }), 400)
    assert.equal(await statusOf(running.root, { businessGroup: 'rank' }), 400)
    assert.equal(await statusOf(running.root, { environment: 'nowhere' }), 404)
    assert.equal(await statusOf(running.root), 201)
  })

  test('a token for gateways ends with its owner: when it is revoked, and when he loses his role', async () => {
    const cid = await running.addUser('cid')
    const found = await running.root.ask('GET', '/api/v1/groups/platform')
    const platform = found.body as unknown as { members: object[]; generation: number }
    const { generation: _, ...document } = platform
    const change = async (members: object[], seen: number): Promise<Answer> => {
      const { changedBy: _by, reason: _reason, ...rest } = document as Record<string, unknown>
      return running.root.ask('PUT', '/api/v1/groups/platform', { body: { ...rest, members }, seen })
    }
    const more = [...platform.members, { user: 'cid', role: 'operator', environments: ['qa'] }]
    assert.equal((await change(more, platform.generation)).status, 200)
    const first = await tokenOf(cid, at, { role: 'gateway', environment: 'qa' })
    const second = await tokenOf(cid, at, { role: 'gateway', environment: 'qa' })
    assert.equal((await post({ instance: 'c' }, first)).status, 200)
    assert.equal((await cid.ask('DELETE', `/api/v1/tokens/${first.id}`)).status, 204)
    assert.equal((await post({ instance: 'c' }, first)).status, 401)
    assert.equal((await post({ instance: 'c' }, second)).status, 200)
    assert.equal((await change(platform.members, platform.generation + 1)).status, 200)
    assert.equal((await post({ instance: 'c' }, second)).status, 401)
  })

  test('code is read by gateways as far as a hook of their environment names it', async () => {
    const upload = async (code: string): Promise<string> => {
      const body = { language: 'ts', code, businessGroup: 'rank' }
      const made = await running.root.ask('POST', '/api/v1/environments/qa/bundles', { body })
      return (made.body as unknown as { digest: string }).digest
    }
    const [named, unnamed] = [await upload('export const pre = 1'), await upload('export const pre = 2')]
    const versions = [{ digest: named, weight: 1_000_000 }]
    await putAll(running.root, {
      'environments/qa/hooks/h': { kind: 'Hook', name: 'h', businessGroup: 'rank', versions }
    })
    const read = await gateway.ask('GET', `/api/v1/bundles/${named}`)
    assert.deepEqual([read.status, read.text, read.headers.get('x-abox-language')], [200, 'export const pre = 1', 'ts'])
    assert.equal((await gateway.ask('GET', `/api/v1/bundles/${unnamed}`)).status, 403)
    const prod = await tokenOf(running.root, at, { role: 'gateway', environment: 'prod' })
    assert.equal((await prod.ask('GET', `/api/v1/bundles/${named}`)).status, 403)
  })

  test('bad summaries are refused, and the next good one is taken', async () => {
    const good = JSON.stringify(summaryOf({ calls: [callsOf(1)] }))
    const many = Array.from({ length: 401 }, (_, index) => callsOf(1, { model: `m${index}` }))
    const bad: readonly (readonly [string, unknown, number])[] = [
      ['an unknown field', { ...summaryOf(), x: 1 }, 400],
      ['an unknown field inside', summaryOf({ calls: [{ ...callsOf(1), x: 1 } as never] }), 400],
      ['an unknown outcome', summaryOf({ calls: [callsOf(1, { outcomes: { fine: 1 } as never })] }), 400],
      ['NaN', good.replace('"seq":0', '"seq":NaN'), 400],
      ['infinity', good.replace('"seq":0', '"seq":1e999'), 400],
      ['a fraction', good.replace('"ok":1', '"ok":1.5'), 400],
      ['a negative count', good.replace('"ok":1', '"ok":-1'), 400],
      ['a count beyond all reason', good.replace('"ok":1', '"ok":1e15'), 400],
      [
        'more buckets than there are',
        summaryOf({ calls: [callsOf(1, { total: Array.from({ length: 19 }, () => 1) })] }),
        400
      ],
      ['more series than there may be', summaryOf({ calls: many }), 400],
      ['a name that is too long', summaryOf({ calls: [callsOf(1, { model: 'x'.repeat(257) })] }), 400],
      ['an instance with a slash', summaryOf({ instance: '../x' }), 400],
      ['another version', { ...summaryOf(), v: 2 }, 400],
      ['a time long past', summaryOf({ at: Date.now() - 3_600_000 }), 400],
      ['a time to come', summaryOf({ at: Date.now() + 3_600_000 }), 400],
      ['no summary', 'null', 400],
      ['no JSON', '{', 400],
      ['nothing', '', 400],
      ['a million series', `{"calls":[${'{},'.repeat(999_999)}{}]}`, 413],
      ['10 MB', `{"x":"${'x'.repeat(10_000_000)}"}`, 413]
    ]
    for (const [what, body, expected] of bad) {
      // A server that refuses by the head may close before all was sent; then there is no answer to read.
      const answer = await gateway.ask('POST', LIVE, { body }).catch(() => undefined)
      if (answer === undefined) assert.equal(expected, 413, what)
      else assert.equal(answer.status, expected, `${what}: ${answer.text}`)
    }
    assert.deepEqual((await post({ instance: 'good', calls: [callsOf(1)] })).body, { taken: true, offline: false })
    const again = summaryOf({ instance: 'good', seq: 0 })
    assert.deepEqual((await gateway.ask('POST', LIVE, { body: again })).body, { taken: false, offline: false })
  })

  test('the stream tells each second, and ends when its reader may not read any more', async () => {
    const reader = await tokenOf(ann, at, { role: 'viewer' })
    const response = await fetch(`${at}${LIVE}/stream?seconds=60`, { headers: reader.headers })
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    const events: Live[] = []
    const reading = (async () => {
      let text = ''
      for await (const part of response.body ?? []) {
        text += Buffer.from(part).toString()
        const blocks = text.split('\n\n')
        text = blocks.pop() ?? ''
        for (const block of blocks) {
          const data = /^data: (.*)$/m.exec(block)?.[1]
          if (data !== undefined) events.push(JSON.parse(data) as Live)
        }
      }
    })()
    await post({ instance: 'streamed', calls: [callsOf(11, { model: 'ranker' }), callsOf(1, { model: 'fraudster' })] })
    await until('three events', () => events.length >= 3)
    const ends = events.map(({ at: end }) => end)
    assert.ok(
      ends.every((end, index) => end % 1000 === 0 && end > (ends[index - 1] ?? 0)),
      ends.join()
    )
    assert.ok(events.some(({ items }) => items.length > 0))
    assert.ok(events.every(({ items }) => items.every(({ model }) => model === 'ranker')))
    await ann.ask('DELETE', `/api/v1/tokens/${reader.id}`)
    await reading
  })

  test('streams are bounded per user', async () => {
    const reader = await tokenOf(bob, at, { role: 'viewer' })
    const abort = new AbortController()
    const open = () => fetch(`${at}${LIVE}/stream`, { headers: reader.headers, signal: abort.signal })
    const opened = await Promise.all(Array.from({ length: 5 }, open))
    assert.ok(opened.every(({ status }) => status === 200))
    const refused = await open()
    assert.equal(refused.status, 429)
    abort.abort()
    await until('one is free again', async () => {
      const after = new AbortController()
      const { status } = await fetch(`${at}${LIVE}/stream`, { headers: reader.headers, signal: after.signal })
      after.abort()
      return status === 200
    })
  })

  test('open streams are counted by what they tell', async () => {
    const count = async (kind: string): Promise<string | undefined> => {
      const { text } = await running.root.ask('GET', '/metrics')
      return new RegExp(`^abox_manager_event_streams\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(text)?.[1]
    }
    await until('no stream is open', async () => (await count('live')) === '0' && (await count('audit')) === '0')
    const abort = new AbortController()
    const open = (path: string) => fetch(at + path, { headers: ann.headers, signal: abort.signal })
    await Promise.all([open(`${LIVE}/stream`), open(`${LIVE}/stream`), open('/api/v1/events')])
    assert.deepEqual([await count('live'), await count('audit')], ['2', '1'])
    abort.abort()
    await until('they are gone', async () => (await count('live')) === '0' && (await count('audit')) === '0')
  })

  test('servers that tell something and are registered nowhere are listed as that, with their load', async () => {
    await post({
      instance: 'lonely',
      inFlight: 4,
      connections: 2,
      calls: [callsOf(6)],
      leftOut: { entries: 1, calls: 3 }
    })
    const { body } = await ann.ask('GET', SERVERS)
    const lonely = body.items.find(({ instance }) => instance === 'lonely') as unknown as object
    assert.deepEqual(lonely, {
      instance: 'lonely',
      role: 'gateway',
      state: 'unregistered',
      epoch: 1,
      load: { callsPerSecond: 9, inFlight: 4, connections: 2, offline: false, lost: 0 }
    })
    assert.equal((await clientOf(at, {}).ask('GET', SERVERS)).status, 401)
    assert.equal((await ann.ask('GET', SERVERS.replace('qa', 'prod'))).status, 403)
  })

  test('an operator of the platform takes an instance offline and back, and it hears of it with its next summary', async () => {
    const tell = async (instance: string, more: Partial<LiveSummary> = {}): Promise<unknown> =>
      (await post({ instance, ...more })).body
    const stateOf = async (id: string): Promise<Server | undefined> =>
      (await running.root.ask('GET', SERVERS)).body.items.find((one) => one.instance === id) as unknown as Server
    assert.deepEqual(await tell('left'), { taken: true, offline: false })
    await tell('right')
    const made = await running.root.ask('POST', `${SERVERS}/left/offline`, { body: {}, reason: 'new kernel' })
    assert.deepEqual([made.status, made.body], [200, { instance: 'left', offline: true, generation: 1 }])
    assert.equal((await stateOf('left'))?.state, 'draining')
    assert.deepEqual(await tell('left', { connections: 1 }), { taken: true, offline: true })
    assert.deepEqual(await tell('right'), { taken: true, offline: false })
    await tell('left', { offline: true, connections: 1 })
    assert.equal((await stateOf('left'))?.state, 'draining', 'a consumer is still there')
    await tell('left', { offline: true })
    const gone = await stateOf('left')
    assert.deepEqual([gone?.state, gone?.order?.by, gone?.order?.reason], ['drained', 'root', 'new kernel'])
    assert.equal((await running.root.ask('POST', `${SERVERS}/left/offline`, { body: {} })).body.generation, 1)
    assert.equal((await running.root.ask('POST', `${SERVERS}/left/online`, { body: {} })).body.generation, 2)
    assert.deepEqual(await tell('left'), { taken: true, offline: false })
    assert.equal((await stateOf('left'))?.order, undefined)
    const { items } = (await running.root.ask('GET', '/api/v1/audit?kind=Server&key=left')).body
    assert.deepEqual(
      items.map(({ action }) => action),
      ['online', 'offline']
    )
  })

  test('the last instance that is online is taken only by force', async () => {
    const prod = '/api/v1/environments/prod'
    const other = await tokenOf(running.root, at, { role: 'gateway', environment: 'prod' })
    for (const instance of ['p-0', 'p-1']) {
      const told = await other.ask('POST', `${prod}/live`, { body: summaryOf({ instance }) })
      assert.equal(told.status, 200)
    }
    const offline = (id: string, query = ''): Promise<Answer> =>
      running.root.ask('POST', `${prod}/servers/${id}/offline${query}`, { body: {} })
    assert.equal((await offline('p-0')).status, 200)
    const refused = await offline('p-1')
    assert.deepEqual([refused.status, refused.body.code], [409, 'ABOX_REFERENCE'])
    assert.equal((await offline('p-1', '?force=true')).status, 200)
  })

  test('where gateways register, those that only tell something are no other instance', async () => {
    const far = '/api/v1/environments/far'
    const publish = { kind: 'zookeeper', address: '127.0.0.1:1' }
    await putAll(running.root, { 'environments/far': { kind: 'Environment', name: 'far', publish } })
    const other = await tokenOf(running.root, at, { role: 'gateway', environment: 'far' })
    for (const instance of ['f-0', 'f-1']) await other.ask('POST', `${far}/live`, { body: summaryOf({ instance }) })
    const refused = await running.root.ask('POST', `${far}/servers/f-0/offline`, { body: {} })
    assert.deepEqual([refused.status, refused.body.code], [409, 'ABOX_REFERENCE'])
  })

  test('orders of those who may not give them, or for nobody, are refused', async () => {
    await post({ instance: 'here' })
    for (const id of ['here', 'nowhere']) {
      assert.equal((await ann.ask('POST', `${SERVERS}/${id}/offline`, { body: {} })).status, 403)
      assert.equal((await gateway.ask('POST', `${SERVERS}/${id}/offline`, { body: {} })).status, 403)
    }
    assert.equal((await running.root.ask('POST', `${SERVERS}/nowhere/offline`, { body: {} })).status, 404)
    assert.equal((await running.root.ask('POST', `${SERVERS}/here/offline`, { body: {}, reason: '' })).status, 400)
    assert.equal((await running.root.ask('POST', `${SERVERS}/here/offline`, { body: { x: 1 } })).status, 400)
    assert.equal((await running.root.ask('POST', `${SERVERS}/a%2Fb/offline`, { body: {} })).status, 400)
  })
}
