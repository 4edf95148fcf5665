import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, before, test } from 'node:test'
import { type EmbeddedGateway, modelDocument, SERVICE, startEmbeddedGateway } from '../harness/embedded-gateway.ts'
import { type ModelServer, startModelServer } from '../harness/model-server.ts'
import { describeWithPeers } from '../harness/peers.ts'
import { until } from '../harness/until.ts'
import { DUBBO_VERSIONS, type DubboVersion } from '../peers/java.ts'
import { type CallResult, type JavaConsumer, startConsumer } from '../peers/java-consumer.ts'
import { startZookeeper, type Zookeeper } from '../peers/zookeeper.ts'

const GOOD = '{"predictions":[[2.0]]}'
/** Features of a call that the model keeps until it is told to answer. */
const HELD = 7

/** Consumers here have Dubbo's default of two more tries: what is refused for overload must not come three times. */
describeWithPeers('overload and consumers that try again', ['zookeeper', 'java'], () => {
  let zookeeper: Zookeeper
  let model: ModelServer
  const held: ServerResponse[] = []
  const gateways = new Map<string, EmbeddedGateway>()

  before(async () => {
    zookeeper = await startZookeeper()
    model = await startModelServer(({ body }, response) => {
      if (!body.includes(String(HELD))) return GOOD
      held.push(response.writeHead(200, { 'content-type': 'application/json' }))
      return undefined
    })
    const start = async (group: string, limits: object, config: object): Promise<void> => {
      const method = { name: 'score', model: 'rank', input: 'args[0]', returns: 'java.util.List<java.lang.Double>' }
      const gateway = await startEmbeddedGateway({
        documents: [
          { kind: 'Service', interface: SERVICE, group, methods: [{ ...method, limits }] },
          modelDocument({ legacy: { origin: model.origin, percent: 100 } })
        ],
        // Java takes its machine's own address in place of a loopback one.
        config: {
          dubbo: { host: '0.0.0.0', port: 0, ...('dubbo' in config && (config.dubbo as object)) },
          registry: { kind: 'zookeeper', address: zookeeper.address },
          ...('limits' in config && { limits: config.limits })
        }
      })
      gateways.set(group, gateway)
    }
    await start('limited', { callers: { '*': { ratePerSecond: 0.001, burst: 1 } } }, {})
    await start('shed', {}, { limits: { memoryMb: 32 } })
    await start('crowded', {}, { dubbo: { maxInFlightPerConnection: 1 } })
  })
  after(async () => {
    for (const response of held) response.end(GOOD)
    for (const gateway of gateways.values()) await gateway.close()
    await model.close()
    await zookeeper.stop()
  })

  const counted = async (group: string, name: string, labels: string): Promise<number> => {
    const text = (await gateways.get(group)?.instance.metricsText()) ?? ''
    const lines = text.split('\n').filter((line) => line.startsWith(name) && line.includes(labels))
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  }
  /** What came of a call, and how often the gateway saw it. */
  const callAndCount = async (
    count: () => Promise<number>,
    call: () => Promise<CallResult>
  ): Promise<{ seen: number; exception: string; message: string }> => {
    const before = await count()
    const result = await call()
    assert.equal(result.ok, false)
    return { seen: (await count()) - before, exception: result.exception, message: result.message }
  }
  const calls = (group: string, outcome: string) => () => counted(group, 'abox_calls_total', `outcome="${outcome}"`)

  for (const version of Object.keys(DUBBO_VERSIONS) as DubboVersion[]) {
    test(`Dubbo ${DUBBO_VERSIONS[version]}: a call refused by a limit, by memory or by its connection is sent once; one without a route three times`, async () => {
      const java: JavaConsumer = await startConsumer({
        dubbo: version,
        application: `consumer-${version}`,
        registry: zookeeper.address,
        group: 'limited',
        retries: 2,
        timeoutMs: 20_000
      })
      try {
        const score = (reference?: string, feature = 1): Promise<CallResult> =>
          java.call('score', [[feature], {}], reference === undefined ? {} : { reference })
        await java.refer('shed', { group: 'shed' })
        await java.refer('crowded', { group: 'crowded' })

        // The test can see it: this is what becomes of a status other than 20.
        const lost = await callAndCount(calls('limited', 'no_route'), () => java.call('echo', ['x']))
        assert.equal(lost.seen, 3)

        assert.equal((await score()).ok, true)
        const limited = await callAndCount(calls('limited', 'limited'), () => score())
        assert.deepEqual([limited.seen, limited.exception], [1, 'java.lang.RuntimeException'])
        assert.match(limited.message, /^ABOX_LIMITED: .*method score: callers\.\*\.ratePerSecond 0\.001 is used up/)

        const shed = await callAndCount(calls('shed', 'shed'), () => score('shed'))
        assert.deepEqual([shed.seen, shed.exception], [1, 'java.lang.RuntimeException'])
        assert.match(shed.message, /^ABOX_SHED: /)

        const first = score('crowded', HELD)
        await until('the first call at the model', () => held.length === 1)
        const overflow = await callAndCount(
          () => counted('crowded', 'abox_connection_events_total', 'event="overflow"'),
          () => score('crowded')
        )
        assert.deepEqual([overflow.seen, overflow.exception], [1, 'java.lang.RuntimeException'])
        assert.match(overflow.message, /^ABOX_DUBBO_OVERLOADED: found 1 calls in flight on this connection/)
        for (const response of held.splice(0)) response.end(GOOD)
        assert.equal((await first).ok, true)
      } finally {
        await java.stop()
      }
    })
  }
})
