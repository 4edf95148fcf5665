import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, type TestContext, test } from 'node:test'
import type { RawConfig } from '#core/config'
import { createDubboClient, type DubboClient } from '#lib/dubbo'
import { HDoubles } from '#lib/hessian2'
import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'

const GOOD = '{"predictions":[[2.0]]}'
/** Features of a call that the model keeps until it is told to answer. */
const HELD = 7
const FREE = 1

interface Limited {
  readonly service?: object
  readonly method?: object
  readonly model?: object
}

/** Documents of one service with the methods score and other, and one model. */
function documentsOf(origin: string, { service, method, model }: Limited, generation = 1): object[] {
  const returns = { input: 'args[0]', returns: 'java.util.List<java.lang.Double>' }
  const methods = [
    { name: 'score', model: 'rank', ...returns, ...(method !== undefined && { limits: method }) },
    { name: 'other', model: 'rank', ...returns }
  ]
  return [
    { ...serviceDocument(methods, {}, generation), ...(service !== undefined && { limits: service }) },
    {
      ...modelDocument({ legacy: { origin, percent: 100 } }, generation),
      ...(model !== undefined && { limits: model })
    }
  ]
}

interface World {
  readonly model: ModelServer
  readonly gateway: EmbeddedGateway
  /** Another consumer of its own connection. */
  connect(): DubboClient
  /** `ok`, or the exception's message. */
  call(options?: { feature?: number; caller?: string; method?: string; client?: DubboClient }): Promise<string>
  /** Answers all calls that the model keeps. */
  release(): void
  /** How many calls the model keeps. */
  held(): number
  metric(name: string, labels?: string): Promise<number>
}

async function start(t: TestContext, limited: Limited, config: RawConfig = {}): Promise<World> {
  const held: ServerResponse[] = []
  const answerAll = (): void => {
    for (const response of held.splice(0)) response.end(GOOD)
  }
  const model = await startModelServer(({ body }, response) => {
    if (!body.includes(String(HELD))) return GOOD
    response.writeHead(200, { 'content-type': 'application/json' })
    held.push(response)
    return undefined
  })
  const gateway = await startEmbeddedGateway({ documents: documentsOf(model.origin, limited), config })
  const clients: DubboClient[] = []
  t.after(async () => {
    answerAll()
    for (const client of clients) await client.close()
    await gateway.close()
    await model.close()
  })
  return {
    model,
    gateway,
    connect() {
      const client = createDubboClient({ host: '127.0.0.1', port: gateway.instance.port, timeoutMs: 20_000 })
      clients.push(client)
      return client
    },
    async call({ feature = FREE, caller = 'shop', method = 'score', client = gateway.client } = {}) {
      const { exception } = await client.call({
        service: SERVICE,
        method,
        args: [new HDoubles(Float64Array.of(feature))],
        parameterTypes: [],
        attachments: { 'remote.application': caller, timeout: '20000' },
        generic: true
      })
      return exception === undefined ? 'ok' : (exception.message ?? '')
    },
    release: answerAll,
    held: () => held.length,
    async metric(name, labels = '') {
      const text = await gateway.instance.metricsText()
      const line = text.split('\n').find((one) => one.startsWith(name) && one.includes(labels))
      return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1))
    }
  }
}

describe('limits of documents', () => {
  const kinds: readonly [string, Limited, RegExp, string][] = [
    [
      'of a service',
      { service: { concurrent: 2 } },
      /^ABOX_LIMITED: service com\.example\.rank\.RankService: concurrent 2 is used up \[trace /,
      `document="services/${SERVICE}",limit="concurrent"`
    ],
    [
      'of a method',
      { method: { concurrent: 2 } },
      /RankService: method score: concurrent 2 is used up/,
      `document="services/${SERVICE}",limit="methods.score.concurrent"`
    ],
    [
      'of a model',
      { model: { concurrent: 2 } },
      /model rank: concurrent 2 is used up/,
      'document="models/rank",limit="concurrent"'
    ],
    [
      'of a named caller',
      { service: { callers: { shop: { concurrent: 2 } } } },
      /callers\.shop\.concurrent 2 is used up/,
      `limit="callers.shop.concurrent"`
    ],
    [
      'of each other caller',
      { model: { callers: { '*': { concurrent: 2 } } } },
      /callers\.\*\.concurrent 2 is used up by shop/,
      'document="models/rank",limit="callers.*.concurrent"'
    ]
  ]
  for (const [name, limited, message, labels] of kinds) {
    test(`calls at once ${name}: the third is refused without the model hearing of it, and a place is free again after an answer`, async (t) => {
      const { call, release, held, model, metric } = await start(t, limited)
      const first = [call({ feature: HELD }), call({ feature: HELD })]
      await until('two calls at the model', () => held() === 2)
      assert.equal(await metric('abox_limit_in_use', labels), 2)
      assert.match(await call(), message)
      assert.equal(model.bodies.length, 2)
      assert.equal(await metric('abox_limited_total', labels), 1)
      assert.equal(await metric('abox_calls_total', 'outcome="limited"'), 1)
      release()
      assert.deepEqual(await Promise.all(first), ['ok', 'ok'])
      assert.equal(await call(), 'ok')
      assert.equal(await metric('abox_limit_in_use', labels), 0)
    })
  }

  test('a rate lets its burst through and no more, for the limited method only', async (t) => {
    const { call, model } = await start(t, { method: { ratePerSecond: 0.001, burst: 3 } })
    const answers = []
    for (let i = 0; i < 5; i++) answers.push(await call())
    assert.deepEqual(answers.slice(0, 3), ['ok', 'ok', 'ok'])
    for (const answer of answers.slice(3)) assert.match(answer, /method score: ratePerSecond 0\.001 is used up/)
    assert.equal(await call({ method: 'other' }), 'ok')
    assert.equal(model.bodies.length, 4)
  })

  test('a caller over its limit takes nothing from the limit of all', async (t) => {
    const { call } = await start(t, {
      service: { ratePerSecond: 0.001, burst: 4, callers: { '*': { ratePerSecond: 0.001, burst: 2 } } }
    })
    for (let i = 0; i < 20; i++) await call({ caller: 'flood' })
    assert.deepEqual([await call(), await call()], ['ok', 'ok'])
  })

  test('a call that ends in an error gives its places back', async (t) => {
    const { call, model, metric } = await start(t, { service: { concurrent: 1, callers: { '*': { concurrent: 1 } } } })
    model.handle((_, response) => void response.writeHead(500).end('{}'))
    for (let i = 0; i < 5; i++) assert.match(await call(), /ABOX_MODEL_STATUS/)
    assert.equal(await metric('abox_limit_in_use'), 0)
  })

  test('a document changed under load: its new number counts the calls under way, and none of them is disturbed', async (t) => {
    const { call, release, held, gateway, model } = await start(t, { service: { concurrent: 3 } })
    const before = [1, 2, 3].map(() => call({ feature: HELD }))
    await until('three calls at the model', () => held() === 3)
    const publish = async (service: object, generation: number): Promise<void> => {
      await gateway.publish(documentsOf(model.origin, { service }, generation))
      const key = `services/${SERVICE}`
      await until(`generation ${generation}`, () => gateway.instance.state().applied[key] === generation)
    }
    await publish({ concurrent: 5 }, 2)
    const after = [1, 2].map(() => call({ feature: HELD }))
    await until('five calls at the model', () => held() === 5)
    assert.match(await call(), /concurrent 5 is used up/)
    await publish({ concurrent: 1 }, 3)
    assert.match(await call(), /concurrent 1 is used up/)
    release()
    assert.deepEqual(await Promise.all([...before, ...after]), ['ok', 'ok', 'ok', 'ok', 'ok'])
    assert.equal(await call(), 'ok')
  })

  test('refusing costs calls in flight nothing: however many are refused, these are answered and nothing else was sent', async (t) => {
    const { call, release, held, model, metric, gateway } = await start(t, { service: { concurrent: 10 } })
    const inside = Array.from({ length: 10 }, () => call({ feature: HELD }))
    await until('ten calls at the model', () => held() === 10)
    const refused = await Promise.all(Array.from({ length: 500 }, () => call()))
    assert.ok(refused.every((text) => text.startsWith('ABOX_LIMITED')))
    assert.equal(gateway.instance.state().inFlight, 10)
    assert.equal(await metric('abox_limited_total'), 500)
    release()
    assert.ok((await Promise.all(inside)).every((text) => text === 'ok'))
    assert.equal(model.bodies.length, 10)
    assert.equal(gateway.instance.state().inFlight, 0)
  })
})

describe('overload of an instance', () => {
  test('a caller that floods stops at four fifths of limits.inFlight, and the calls of another one go through', async (t) => {
    const { call, release, held, metric, connect } = await start(t, {}, { limits: { inFlight: 20 } })
    const floods = [connect(), connect()]
    const flood = (index: number): Promise<string> =>
      call({ feature: HELD, caller: 'flood', client: floods[index % 2] as DubboClient })
    const inside = Array.from({ length: 16 }, (_, index) => flood(index))
    await until('sixteen calls at the model', () => held() === 16)
    for (let i = 0; i < 40; i++) assert.match(await flood(i), /ABOX_SHED: found 16 calls of flood among 16 in flight/)
    const calm = connect()
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all([1, 2, 3, 4].map(() => call({ caller: 'calm', client: calm })))
      assert.deepEqual(answers, ['ok', 'ok', 'ok', 'ok'])
    }
    assert.equal(await metric('abox_shed_total', 'reason="share"'), 40)
    release()
    assert.ok((await Promise.all(inside)).every((text) => text === 'ok'))
  })

  test('more calls of one connection than it may have in flight get an exception, and other connections none', async (t) => {
    const { call, release, held, connect, metric } = await start(
      t,
      {},
      { dubbo: { host: '127.0.0.1', port: 0, maxInFlightPerConnection: 2 } }
    )
    const inside = [call({ feature: HELD }), call({ feature: HELD })]
    await until('two calls at the model', () => held() === inside.length)
    assert.match(await call(), /^ABOX_DUBBO_OVERLOADED: found 2 calls in flight on this connection/)
    assert.equal(await call({ client: connect() }), 'ok')
    assert.equal(await metric('abox_connection_events_total', 'event="overflow"'), 1)
    release()
    assert.deepEqual(await Promise.all(inside), ['ok', 'ok'])
  })

  test('an instance that has used up its memory refuses new calls and says how much there is', async (t) => {
    // Less than a process of Node needs with nothing to do.
    const { call, model, metric } = await start(t, {}, { limits: { memoryMb: 32 } })
    assert.match(
      await call(),
      /^ABOX_SHED: found \d+ MiB of memory used of 32, expected below 27; this call was not begun/
    )
    assert.equal(model.bodies.length, 0)
    assert.equal(await metric('abox_shed_total', 'reason="memory_hard"'), 1)
    assert.equal(await metric('abox_memory_level'), 2)
  })
})
