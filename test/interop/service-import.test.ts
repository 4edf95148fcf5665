import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Service } from '#contracts/service'
import { openJars } from '#lib/class-files'
import { createTypes } from '#lib/java-types'
import type { ServiceDraft } from '../../src/apps/cli/service/draft.ts'
import { freshService } from '../../src/apps/cli/service/fresh.ts'
import { draftFromJars, serviceInterfaces } from '../../src/apps/cli/service/from-jars.ts'
import { draftsFromRegistry } from '../../src/apps/cli/service/registry.ts'
import { comparableDraft } from '../harness/comparable-draft.ts'
import { modelDocument, startEmbeddedGateway } from '../harness/embedded-gateway.ts'
import { startModelServer } from '../harness/model-server.ts'
import { describeWithPeers } from '../harness/peers.ts'
import { cachedFolder } from '../peers/cache.ts'
import { writeExact } from '../peers/exact-json.ts'
import { startConsumer } from '../peers/java-consumer.ts'
import { startProvider } from '../peers/java-provider.ts'
import { mavenRecipe } from '../peers/maven.ts'
import { startZookeeper, type Zookeeper } from '../peers/zookeeper.ts'
import { eventually } from './lib/eventually.ts'

const RANK = 'com.example.rank.RankService'
const TYPES = 'com.example.rank.TypesService'

/** A prediction with a value of every kind that RankResult has. */
const ANSWER = `{"predictions": [{
  "model": "imported", "requestId": 9007199254740993, "code": 200, "blob": "AAEC", "ids": [1, 2],
  "items": [{"id": 7, "title": "x", "level": "MIDDLE", "score": 1, "boxedScore": 2, "tags": ["a"], "detail": {"d": 1}, "parts": [1, 2]}],
  "byId": {"7": {"id": 7, "score": 0.5}}, "scores": [1, 2.5], "matrix": [[1], [2]], "probabilities": [1, 0],
  "at": 1700000000000, "local": "2026-01-02T03:04:05", "cost": 1.50, "total": 123456789.98765432100,
  "level": "HIGH", "levels": ["LOW", "MIDDLE"]
}]}`

/** The jar that Maven built for the peers. */
function draftOf(name: string): ServiceDraft {
  const bytes = readFileSync(join(cachedFolder(mavenRecipe('dubbo')), 'dubbo-33', 'lib', 'api-1.jar'))
  return draftFromJars(openJars([{ name: 'api-1.jar', bytes }]), name, 'api-1.jar')
}

describeWithPeers('services imported from Java', ['zookeeper', 'java'], () => {
  let zookeeper: Zookeeper
  before(async () => {
    zookeeper = await startZookeeper()
  })
  after(() => zookeeper.stop())

  test('the jar of the peers has both services, and everything in them resolves', () => {
    const bytes = readFileSync(join(cachedFolder(mavenRecipe('dubbo')), 'dubbo-33', 'lib', 'api-1.jar'))
    const found = serviceInterfaces(openJars([{ name: 'api-1.jar', bytes }]))
    assert.ok(found.includes(RANK) && found.includes(TYPES), found.join())
    for (const name of [RANK, TYPES]) {
      const { types, methods } = draftOf(name)
      for (const { returns } of methods) createTypes(types).resolve(returns)
    }
  })

  for (const dubbo of ['27', '33'] as const) {
    test(`what a Java provider of ${dubbo} publishes as metadata is what the jar says`, async () => {
      const application = 'java-provider'
      const provider = await startProvider({ dubbo, registry: zookeeper.address, metadata: true })
      try {
        for (const service of [RANK, TYPES]) {
          const query = { address: `zookeeper://${zookeeper.address}`, service, application }
          const drafts = await eventually(async () => {
            const found = await draftsFromRegistry(query).catch((error: Error) => assert.fail(error.message))
            assert.equal(found.length, 1)
            return found
          })
          assert.deepEqual(comparableDraft(drafts[0] as ServiceDraft), comparableDraft(draftOf(service)))
        }
      } finally {
        await provider.stop()
      }
    })
  }

  for (const dubbo of ['27', '33'] as const) {
    test(`a gateway with the imported document answers rank of a Java consumer of ${dubbo} rightly`, async () => {
      const server = await startModelServer(() => ANSWER)
      const service: Service = freshService(draftOf(RANK), { model: 'rank' })
      const gateway = await startEmbeddedGateway({
        documents: [service, modelDocument({ legacy: { origin: server.origin, percent: 100 } })],
        config: { dubbo: { host: '0.0.0.0', port: 0, advertise: '127.0.0.1' } }
      })
      const direct = `dubbo://127.0.0.1:${gateway.instance.port}?generic=true`
      const consumer = await startConsumer({ dubbo, direct, timeoutMs: 20_000 })
      try {
        const result = await consumer.call('rank', [{ $sample: 'request' }])
        assert.ok(result.ok, writeExact(result))
        assert.deepEqual(result.undeclared, [])
        const value = result.value as Record<string, unknown>
        assert.equal(value['requestId'], 9007199254740993n)
        assert.equal(value['total'], '123456789.98765432100')
        assert.deepEqual([value['level'], value['levels']], ['HIGH', ['LOW', 'MIDDLE']])
        assert.match(result.type, /^RankResult\{.*items:ArrayList<ItemScore\{.*level:Level/)
      } finally {
        await consumer.stop()
        await gateway.close()
        await server.close()
      }
    })
  }
})
