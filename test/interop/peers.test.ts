import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Admin, Producer, stringSerializers } from '@platformatic/kafka'
import { request } from 'undici'
import { describeWithPeers } from '../harness/peers.ts'
import { type CallResult, startConsumer } from '../peers/java-consumer.ts'
import { startProvider } from '../peers/java-provider.ts'
import { startKafka } from '../peers/kafka.ts'
import { startNginx } from '../peers/nginx.ts'
import { startPostgres } from '../peers/postgres.ts'
import { startSeldon } from '../peers/seldon.ts'
import { readTopic } from '../peers/topics.ts'
import { startZookeeper } from '../peers/zookeeper.ts'

// Each outside program once: it starts, does the one thing that tests want of it, and nothing of it is left afterwards.

describeWithPeers('zookeeper', ['zookeeper'], () => {
  test('starts with an empty tree, keeps its port when it goes down and comes up, and ends', async () => {
    const zookeeper = await startZookeeper()
    try {
      assert.match(zookeeper.address, /^127\.0\.0\.1:\d+$/)
      assert.match(await zookeeper.control('tree'), /^\//)
      assert.equal(await zookeeper.control('sessions'), '')
      assert.equal(await zookeeper.control('restart 10'), 'restarted\n')
      await assert.rejects(zookeeper.control('expire'), /answered: error/)
    } finally {
      await zookeeper.stop()
    }
  })
})

describeWithPeers('Java consumer and provider', ['zookeeper', 'java'], () => {
  for (const dubbo of ['27', '33'] as const) {
    test(`Dubbo ${dubbo}: a typed reference finds a provider in ZooKeeper, and every call of a load is checked`, async () => {
      const zookeeper = await startZookeeper()
      const provider = await startProvider({ dubbo, registry: zookeeper.address })
      const consumer = await startConsumer({ dubbo, registry: zookeeper.address, application: 'order-center' })
      try {
        const score = succeeded(await consumer.call('score', [[1, 0.25], { big: 2n ** 53n + 1n }]))
        assert.deepEqual(score.value, [2, 0.5])
        assert.equal(score.type, 'ArrayList<Double>')
        const rank = succeeded(await consumer.call('rank', [{ $sample: 'request' }]))
        assert.deepEqual(rank.undeclared, [])
        assert.match(rank.type, /^RankResult\{.*cost:BigDecimal,total:BigDecimal,level:Level,levels:ArrayList<Level>/)
        assert.equal((rank.value as { requestId: bigint }).requestId, 2n ** 53n + 1n)
        const strict = await consumer.call('strict', ['no stock'])
        assert.equal(!strict.ok && strict.exception, 'com.example.rank.RankException')
        await consumer.steadyStart({ threads: 2, kinds: ['rank', 'fire'], intervalMs: 5 })
        const soak = await consumer.soak({ threads: 2, calls: 50, kinds: ['score', 'rank', 'echo', 'fire'] })
        const steady = await consumer.steadyStop()
        for (const load of [soak, steady]) assert.deepEqual([load.failed, load.wrong, load.ok], [0, 0, load.calls])
        assert.equal(soak.calls, 100)
      } finally {
        await Promise.all([consumer.stop(), provider.stop()])
        await zookeeper.stop()
      }
    })
  }
})

describeWithPeers('kafka', ['kafka'], () => {
  test('takes messages and gives them back in the order of each partition', async () => {
    const kafka = await startKafka()
    const admin = new Admin({ clientId: 'peers-test', bootstrapBrokers: [kafka.address] })
    const producer = new Producer({
      clientId: 'peers-test',
      bootstrapBrokers: [kafka.address],
      serializers: stringSerializers
    })
    try {
      await admin.createTopics({ topics: ['calls'], partitions: 2, replicas: 1 })
      assert.deepEqual(await readTopic(kafka.address, 'calls'), [])
      const messages = [1, 2, 3].map((n) => ({ topic: 'calls', key: 'gw', value: JSON.stringify({ n }) }))
      await producer.send({ messages, acks: -1 })
      const records = await readTopic(kafka.address, 'calls')
      assert.deepEqual(
        records.map((record) => [record.key, record.offset, record.value]),
        [
          ['gw', 0n, { n: 1 }],
          ['gw', 1n, { n: 2 }],
          ['gw', 2n, { n: 3 }]
        ]
      )
    } finally {
      await Promise.all([admin.close(), producer.close()])
      await kafka.stop()
    }
  })
})

describeWithPeers('postgres', ['postgres'], () => {
  test('makes databases, keeps them when it is killed and comes back on its port, and ends', async () => {
    const postgres = await startPostgres({ safe: true })
    try {
      assert.match(await postgres.createDatabase(), /^postgres:\/\/abox@127\.0\.0\.1:\d+\/abox1$/)
      await postgres.kill()
      await assert.rejects(postgres.query('select 1'))
      await postgres.start()
      await postgres.query('drop database abox1')
      assert.match(await postgres.createDatabase(), /abox2$/)
    } finally {
      await postgres.stop()
    }
    await assert.rejects(postgres.query('select 1'), { code: 'ECONNREFUSED' })
  })
})

describeWithPeers('seldon behind nginx', ['seldon', 'nginx'], () => {
  test('a model is reached by its host, doubles what it gets, fails where it is told to, and a reload takes its host away', async () => {
    const seldon = await startSeldon()
    const nginx = await startNginx({ 'rank.models.internal': [seldon.address] })
    const predict = (body: unknown) => post(nginx.port, 'rank.models.internal', '/api/v1.0/predictions', body)
    try {
      assert.deepEqual(await predict({ data: { ndarray: [1, 0.25] } }), { status: 200, ndarray: [2, 0.5] })
      assert.deepEqual(await predict({ data: { ndarray: [[1], [2]] } }), { status: 200, ndarray: [[2], [4]] })
      assert.deepEqual(await predict({ jsonData: { features: [1] } }), {
        status: 200,
        jsonData: { model: 'seldon', scores: [2] }
      })
      const failed = await predict({ data: { ndarray: [-500] } })
      assert.equal(failed.status, 500)
      assert.equal(failed.reason, 'MICROSERVICE_INTERNAL_ERROR')
      await nginx.reload({})
      assert.equal((await predict({ data: { ndarray: [1] } })).status, 404)
    } finally {
      await nginx.stop()
      await seldon.stop()
    }
  })
})

interface Prediction {
  readonly status: number
  readonly ndarray?: unknown
  readonly jsonData?: unknown
  readonly reason?: unknown
}

/** fetch() does not let the Host header be chosen. */
async function post(port: number, host: string, path: string, body: unknown): Promise<Prediction> {
  const headers = { host, 'content-type': 'application/json' }
  const answer = await request(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body)
  })
  const text = await answer.body.text()
  const json = (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, Record<string, unknown> | undefined>
  return {
    status: answer.statusCode,
    ...(json['data'] !== undefined && { ndarray: json['data']['ndarray'] }),
    ...(json['jsonData'] !== undefined && { jsonData: json['jsonData'] }),
    ...(json['status'] !== undefined && { reason: json['status']['reason'] })
  }
}

function succeeded(result: CallResult): CallResult & { ok: true } {
  assert.ok(result.ok, inspect(result))
  return result
}
