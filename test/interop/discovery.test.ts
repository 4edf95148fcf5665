import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { createDubboServer, type DubboRequest, decodeInvocation, type Invocation, nullResult } from '#lib/dubbo'
import { advertiseHost, createDubboRegistry } from '#lib/dubbo-registry'
import { createZookeeper } from '#lib/zookeeper'
import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../harness/embedded-gateway.ts'
import { type ModelServer, startModelServer } from '../harness/model-server.ts'
import { describeWithPeers } from '../harness/peers.ts'
import type { DubboVersion } from '../peers/java.ts'
import { type ConsumerOptions, type JavaConsumer, type LoadResult, startConsumer } from '../peers/java-consumer.ts'
import { startProvider } from '../peers/java-provider.ts'
import { startZookeeper, type Zookeeper } from '../peers/zookeeper.ts'
import { eventually } from './lib/eventually.ts'

const FORCED = { 'dubbo.application.service-discovery.migration': 'FORCE_APPLICATION' }
/** A Java provider that gets its share from the start: 2.7 consumers give it one in a hundred calls for its first minutes. */
const WARM = { 'dubbo.provider.warmup': '1' }
const METHODS = [
  { name: 'score', model: 'rank', input: 'args[0]', returns: 'java.util.List<java.lang.Double>', timeoutMs: 3000 },
  { name: 'echo', model: 'rank', input: 'args[0]', returns: 'java.lang.String', timeoutMs: 3000 }
]
/** Calls of one consumer that flow while something happens: in all about 100 a second. */
const STEADY = { threads: 4, kinds: ['score', 'echo'], intervalMs: 40 } as const
/** Longer than any consumer takes to leave. */
const GRACE_MS = 30_000

/** Numbers times two, texts as they are: what the checked calls of the consumers demand. */
function answerOf(body: string): string {
  const input = JSON.parse(body) as string | number[]
  return typeof input === 'string' ? body : JSON.stringify(input.map((feature) => feature * 2))
}

describeWithPeers('discovery by Java consumers in a real ZooKeeper', ['zookeeper', 'java'], () => {
  let zookeeper: Zookeeper
  let model: ModelServer
  const stops: (() => Promise<unknown>)[] = []
  before(async () => {
    zookeeper = await startZookeeper()
    model = await startModelServer(({ body }) => answerOf(body))
  })
  afterEach(() => stopAll())
  after(async () => {
    await model.close()
    await zookeeper.stop()
  })
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop()
  }

  const documents = (methods: readonly object[] = METHODS): object[] => [
    serviceDocument(methods),
    modelDocument({ legacy: { origin: model.origin, percent: 100, protocol: 'raw', path: '/rank' } })
  ]
  const startGateway = async (registry: object = {}): Promise<EmbeddedGateway> => {
    const gateway = await startEmbeddedGateway({
      documents: documents(),
      config: {
        // Java replaces a loopback address by its own machine's, so the gateway listens on that one too.
        dubbo: { host: '0.0.0.0', port: 0 },
        registry: { kind: 'zookeeper', address: zookeeper.address, sessionTimeoutMs: 6000, ...registry }
      }
    })
    stops.push(() => gateway.close())
    return gateway
  }
  const start = async (dubbo: DubboVersion, more: Partial<ConsumerOptions> = {}): Promise<JavaConsumer> => {
    const consumer = await startConsumer({ dubbo, registry: zookeeper.address, timeoutMs: 20_000, ...more })
    stops.push(() => consumer.stop())
    return consumer
  }
  const served = async (gateway: EmbeddedGateway): Promise<number> => {
    const text = await gateway.instance.metricsText()
    const lines = text.split('\n').filter((line) => line.startsWith('abox_calls_total{'))
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  }
  const nodes = async (path: string): Promise<string[]> =>
    (await zookeeper.control(`tree ${path}`)).split('\n').filter((line) => line !== '')
  /** Names of the live nodes below a path. */
  const ephemerals = async (path: string): Promise<string[]> => (await nodes(path)).filter((line) => / E0x/.test(line))
  /** A provider that answers nothing but null and keeps what it was asked. */
  const startProbe = async (): Promise<{ requests: Invocation[]; port: number }> => {
    const requests: Invocation[] = []
    const onRequest = (request: DubboRequest): void => {
      requests.push(decodeInvocation(request.body))
      request.reply(nullResult(request.requestId))
    }
    const server = createDubboServer({ host: '0.0.0.0', port: 0, onRequest })
    stops.push(() => server.close())
    return { requests, port: (await server.listen()).port }
  }
  const noneLost = ({ calls, failed, wrong, exceptions }: LoadResult): void => {
    assert.deepEqual({ failed, wrong, exceptions }, { failed: 0, wrong: 0, exceptions: {} })
    assert.ok(calls > 100, `${calls} calls`)
  }
  /** Resolves when at least `count` calls more have been answered. */
  const more = async (consumer: JavaConsumer, count: number): Promise<void> => {
    const { ok } = await consumer.steadyStatus()
    await eventually(async () => assert.ok((await consumer.steadyStatus()).ok >= ok + count))
  }

  for (const dubbo of ['30', '31', '32', '33'] as const) {
    test(`a FORCE_APPLICATION consumer of Dubbo ${dubbo} finds the gateway`, async () => {
      const gateway = await startGateway()
      const consumer = await start(dubbo, { systemProperties: FORCED })
      const result = await consumer.call('score', [[1, 2.5], {}])
      assert.ok(result.ok, JSON.stringify(result))
      assert.deepEqual(result.value, [2, 5])
      assert.equal(await served(gateway), 1)
      await stopAll()
      assert.deepEqual(await ephemerals('/services/abox-gateway'), [])
    })

    test(`Dubbo ${dubbo} takes from the metadata what it takes from a provider URL`, async () => {
      const { requests, port } = await startProbe()
      const session = createZookeeper({ address: zookeeper.address, sessionTimeoutMs: 6000 })
      stops.push(() => session.close())
      await session.start()
      const address = { application: 'probe', host: advertiseHost(), port }
      const registry = createDubboRegistry({ zookeeper: session })
      const instance = registry.instance(address)
      const offer = {
        ...address,
        service: SERVICE,
        methods: ['fire'],
        token: 'open-sesame',
        version: '1.0.0',
        group: 'blue'
      }
      instance.publish([registry.providerUrl(offer)])
      await instance.visible()
      const consumer = await start(dubbo, { systemProperties: FORCED, version: '1.0.0', group: 'blue' })
      const result = await consumer.call('fire', ['now'])
      assert.ok(result.ok, JSON.stringify(result))
      const [{ generic, method, service, version, group, attachments }] = requests as [Invocation]
      // generic=true, for it came as $invoke; serialization=hessian2, for it could be read at all.
      assert.deepEqual([generic, method, service, version, group], [true, 'fire', SERVICE, '1.0.0', 'blue'])
      assert.equal(attachments.get('token'), 'open-sesame')
    })
  }

  test('a FORCE_APPLICATION consumer does not find what is registered by interface alone', async () => {
    await startGateway({ discovery: 'interface' })
    const consumer = await start('33', { systemProperties: FORCED, check: false })
    const result = await consumer.call('score', [[1, 2.5], {}])
    assert.ok(!result.ok)
    assert.match(result.message, /No provider available/)
  })

  test('default consumers of 3.3.6 and 2.7.23 call both the gateway and a Java 3.3.6 provider of the same interface', async () => {
    const provider = await startProvider({ dubbo: '33', registry: zookeeper.address, systemProperties: WARM })
    stops.push(() => provider.stop())
    const gateway = await startGateway()
    for (const dubbo of ['33', '27'] as const) {
      const before = await served(gateway)
      const consumer = await start(dubbo)
      const load = await consumer.soak({ threads: 4, kinds: ['score', 'echo'], calls: 100 })
      noneLost(load)
      const share = ((await served(gateway)) - before) / load.calls
      assert.ok(share > 0.2 && share < 0.8, `the gateway got ${share} of the calls of ${dubbo}`)
    }
  })

  test('beside a Java 2.7.23 provider a 3.3.6 consumer calls only what is found by application, unless nothing is', async () => {
    const provider = await startProvider({ dubbo: '27', registry: zookeeper.address, systemProperties: WARM })
    stops.push(() => provider.stop())
    for (const [discovery, low, high] of [
      ['both', 1, 1],
      ['interface', 0.2, 0.8]
    ] as const) {
      const gateway = await startGateway({ discovery })
      const consumer = await start('33')
      const load = await consumer.soak({ threads: 4, kinds: ['score', 'echo'], calls: 100 })
      noneLost(load)
      const share = (await served(gateway)) / load.calls
      assert.ok(share >= low && share <= high, `with ${discovery} the gateway got ${share} of the calls`)
      for (const stop of stops.splice(1).reverse()) await stop()
    }
  })

  test('a replacement that is drained after the consumers have seen the new one loses no call', async () => {
    const old = await startGateway()
    const consumer = await start('33', { systemProperties: FORCED })
    await consumer.steadyStart(STEADY)
    await more(consumer, 50)
    const next = await startGateway()
    await eventually(() => assert.ok(next.instance.state().connections > 0))
    await eventually(async () => assert.ok((await served(next)) > 0))
    await old.instance.close(GRACE_MS)
    await more(consumer, 100)
    noneLost(await consumer.steadyStop())
  })

  test('services that come, change and go while calls flow lose no call, and the instance is never away', async () => {
    const gateway = await startGateway()
    const consumer = await start('33', { systemProperties: FORCED })
    await consumer.steadyStart(STEADY)
    await more(consumer, 50)
    const other = { ...serviceDocument(METHODS), interface: 'com.example.rank.OtherService' }
    const slower = METHODS.map((method) => ({ ...method, timeoutMs: 2000 }))
    const seen = new Set<string>()
    const revision = async (): Promise<string> => {
      const found = await ephemerals('/services/abox-gateway')
      assert.equal(found.length, 1)
      return /"dubbo\.metadata\.revision":"(\w+)"/.exec(found[0] ?? '')?.[1] ?? ''
    }
    for (const set of [documents(), [...documents(), other], documents(slower), documents()]) {
      await gateway.publish(set)
      const services = set.includes(other) ? 2 : 1
      const timeout = set.length === 2 && JSON.stringify(set).includes('2000') ? '2000' : '3000'
      await eventually(async () => {
        const now = await revision()
        const [text = ''] = await nodes(`/dubbo/metadata/abox-gateway/${now}`)
        const metadata = JSON.parse(text.slice(text.indexOf('{'))) as {
          services: Record<string, { params: { timeout: string } }>
        }
        assert.equal(Object.keys(metadata.services).length, services)
        assert.equal(metadata.services[`${SERVICE}:dubbo`]?.params.timeout, timeout)
        seen.add(now)
      })
      await more(consumer, 100)
    }
    assert.equal(seen.size, 3)
    noneLost(await consumer.steadyStop())
  })

  test('after an expiry of all sessions the nodes are there again exactly once, and no call was lost', async () => {
    const gateway = await startGateway()
    const consumer = await start('33', { systemProperties: FORCED })
    await consumer.steadyStart(STEADY)
    await more(consumer, 50)
    const before = await ephemerals('/services/abox-gateway')
    assert.equal(before.length, 1)
    await zookeeper.control('expire all')
    await eventually(async () => {
      const now = await ephemerals('/services/abox-gateway')
      assert.equal(now.length, 1)
      assert.notEqual(now[0], before[0])
      assert.equal((await ephemerals(`/dubbo/${SERVICE}/providers`)).length, 1)
    })
    await more(consumer, 200)
    const calls = await served(gateway)
    noneLost(await consumer.steadyStop())
    assert.ok(calls > 200)
  })
})

describeWithPeers('a Java consumer that serializes otherwise', ['java'], () => {
  test('fastjson2 is told in its RpcException what to change', async () => {
    const gateway = await startEmbeddedGateway({
      documents: [],
      config: { dubbo: { host: '0.0.0.0', port: 0 } }
    })
    const { address } = gateway.instance
    const consumer = await startConsumer({
      dubbo: '33',
      direct: `dubbo://${address}?generic=true`,
      parameters: { 'prefer.serialization': 'fastjson2' }
    })
    try {
      const result = await consumer.call('echo', ['x'])
      assert.ok(!result.ok)
      assert.equal(result.exception, 'org.apache.dubbo.rpc.RpcException')
      const text = [result.message, ...result.causes].join(' ')
      assert.match(
        text,
        /ABOX_DUBBO_SERIALIZATION: found serialization id 23 \(fastjson2\).*set serialization=hessian2/
      )
    } finally {
      await consumer.stop()
      await gateway.close()
    }
  })
})
