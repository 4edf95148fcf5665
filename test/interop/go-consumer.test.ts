import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type EmbeddedGateway, modelDocument, startEmbeddedGateway } from '../harness/embedded-gateway.ts'
import { type ModelServer, startModelServer } from '../harness/model-server.ts'
import { describeWithPeers } from '../harness/peers.ts'
import { type GoConsumer, type GoResult, startGoConsumer } from '../peers/go-consumer.ts'
import { startZookeeper, type Zookeeper } from '../peers/zookeeper.ts'
import { service } from './story/documents.ts'

const METHODS = [
  { name: 'score', input: 'args[0]', returns: 'java.util.List<java.lang.Double>' },
  { name: 'rank', input: 'args[0]', returns: 'com.example.rank.RankResult' },
  { name: 'echo', input: 'args[0]', returns: 'java.lang.String' },
  { name: 'any', input: 'args[0]', returns: 'java.lang.Object' }
].map((method) => ({ ...method, model: 'rank' }))

const RESULT = {
  model: 'm',
  requestId: 1,
  best: { id: 7, title: 'best', score: 1, fresh: true },
  scores: [1, 0.25],
  at: 1_700_000_000_123,
  cost: 12.5,
  level: 'HIGH',
  blob: 'AAEC',
  code: 200
}

describeWithPeers('a dubbo-go consumer', ['zookeeper', 'go'], () => {
  let zookeeper: Zookeeper
  let model: ModelServer
  let gateway: EmbeddedGateway
  let last = ''

  before(async () => {
    zookeeper = await startZookeeper()
    // The model answers what it was sent, but for a rank request.
    model = await startModelServer(({ body }) => {
      last = body
      return body.includes('"userId"')
        ? JSON.stringify({ ...RESULT, requestId: '@' }).replace('"@"', userId(body))
        : body
    })
    gateway = await startEmbeddedGateway({
      documents: [
        { ...service, methods: METHODS },
        modelDocument({ legacy: { origin: model.origin, percent: 100, protocol: 'raw', path: '/' } })
      ],
      config: { registry: { kind: 'zookeeper', address: zookeeper.address } }
    })
  })
  after(async () => {
    await gateway?.close()
    await model?.close()
    await zookeeper?.stop()
  })

  const ways: Readonly<Record<string, () => Promise<GoConsumer>>> = {
    'found in ZooKeeper': () => startGoConsumer({ registry: zookeeper.address, application: 'go-center' }),
    'called directly': () =>
      startGoConsumer({ direct: `dubbo://127.0.0.1:${gateway.instance.port}/${service.interface}` })
  }
  for (const [way, start] of Object.entries(ways)) {
    test(`gets typed answers from a gateway that is ${way}`, async () => {
      const consumer = await start()
      try {
        assert.match(consumer.version, /^3\./)
        assert.deepEqual(answered(await consumer.call('score', [[1, 2.5], {}])).value, [1, 2.5])
        assert.deepEqual(answered(await consumer.call('echo', ['a😀中'])).value, 'a😀中')
        const rank = answered(await consumer.call('rank', [{ $sample: 'request' }])).value as Record<string, unknown>
        assert.deepEqual(rank, {
          ...RESULT,
          requestId: '9007199254740993',
          best: { Id: 7, Title: 'best', Score: 1, Fresh: true },
          cost: '12.5'
        })
        assert.match(last, /"scene":"home 中 😀"/)
        assert.match(last, /"level":"HIGH"/)
        assert.match(last, /"at":1700000000123/)
      } finally {
        await consumer.stop()
      }
    })
  }

  test('sees the text of an error, and goes on', async () => {
    const consumer = await startGoConsumer({ registry: zookeeper.address })
    try {
      const missing = await consumer.call('missing', [1])
      assert.match('error' in missing ? missing.error : '', /ABOX_NO_ROUTE: .* this service has score, rank, echo, any/)
      assert.deepEqual(answered(await consumer.call('echo', ['on'])).value, 'on')
    } finally {
      await consumer.stop()
    }
  })

  test('is known by its address only, because dubbo-go does not say its application', async () => {
    const consumer = await startGoConsumer({ registry: zookeeper.address, application: 'go-center' })
    try {
      answered(await consumer.call('echo', ['x']))
      assert.equal((await gateway.records()).at(-1)?.caller, '127.0.0.1')
    } finally {
      await consumer.stop()
    }
  })
})

/** The digits of the request's user, which no JavaScript number holds. */
const userId = (body: string): string => /"userId":(\d+)/.exec(body)?.[1] ?? '0'

function answered(result: GoResult): { readonly value: unknown } {
  assert.ok('value' in result, JSON.stringify(result))
  return result
}
