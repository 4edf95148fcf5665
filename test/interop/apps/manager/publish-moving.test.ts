import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { silentLogger } from '#core/logger'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { createApplier } from '../../../../src/apps/gateway/documents/applier.ts'
import { createZookeeperSource } from '../../../../src/apps/gateway/documents/zookeeper-source.ts'
import { describeWithPeers } from '../../../harness/peers.ts'
import { startZookeeper, type Zookeeper } from '../../../peers/zookeeper.ts'
import { eventually } from '../../lib/eventually.ts'
import { leads, model, type Publishing, putEnvironment, service, startPublishing } from './publishing.ts'

const SERVICES = 10

describeWithPeers('environments of a real ZooKeeper that become empty', ['zookeeper'], () => {
  const folder = mkdtempSync(join(tmpdir(), 'abox-moving-'))
  let server: Zookeeper
  let reader: ZookeeperSession
  const ends: (() => Promise<unknown> | unknown)[] = []
  before(async () => {
    server = await startZookeeper()
    reader = createZookeeper({ address: server.address, sessionTimeoutMs: 30_000 })
    await reader.start()
  })
  after(async () => {
    await Promise.all(ends.map((end) => end()))
    await reader.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const start = async (environment: string): Promise<Publishing> => {
    const publishing = await startPublishing(join(folder, `${environment}.db`), `m${ends.length}`)
    ends.push(() => publishing.close())
    return publishing
  }
  /** A manager with its own environment, some models and a service on each, published. */
  const startWith = async (environment: string, services: number): Promise<Publishing> => {
    const publishing = await start(environment)
    await putEnvironment(publishing, environment, server.address)
    for (let index = 0; index < services; index++) {
      await publishing.put(environment, 'Model', `m${index}`, model(`m${index}`))
      await publishing.put(environment, 'Service', `a.S${index}`, service(`a.S${index}`, `m${index}`))
    }
    await leads(publishing, environment)
    await servicesAt(`/abox/${environment}`, services)
    return publishing
  }
  const servicesAt = (root: string, count: number): Promise<void> =>
    eventually(async () => assert.equal((await reader.children(`${root}/services`)).length, count))
  const move = (publishing: Publishing, name: string, root?: string): Promise<number> => {
    const publish = { kind: 'zookeeper', address: server.address, ...(root !== undefined && { root }) }
    return publishing.put('', 'Environment', name, { kind: 'Environment', name, publish })
  }
  /** What a gateway makes of what stands there: how many services and models it serves. */
  const startGateway = async (root: string) => {
    const applier = createApplier({
      hooks: {
        load: () => Promise.reject(new Error('no hooks')),
        isCurrent: () => true,
        retain() {},
        versions: () => [],
        close() {}
      },
      lastGood: { read: async () => undefined, write: async () => {} },
      timeoutMs: 1000,
      log: silentLogger,
      onApplied: () => {}
    })
    const source = createZookeeperSource(reader, root)
    ends.push(() => source.close())
    await source.start(async (documents) => void (await applier.apply(documents)), 5000)
    return {
      serves: (services: number, models: number): Promise<void> =>
        eventually(() => {
          const { table } = applier.current()
          assert.deepEqual([table.services.size, table.models.size], [services, models])
        }),
      refused: () => applier.current().refused
    }
  }

  for (const round of [1, 2, 3]) {
    test(`an environment of two replicas that moves is never published at its old place again, ${round}`, async () => {
      const name = `pair${round}`
      const first = await startWith(name, SERVICES)
      const second = await start(name)
      await eventually(() => assert.equal(second.publishers.state(name)?.published.size, 2 * SERVICES))
      const seen: number[] = []
      const watch = reader.watchChildren(`/abox/${name}/services`, (names) => seen.push(names.length))
      await eventually(() => assert.deepEqual(seen, [SERVICES]))
      await move(first, name, `/other/${name}`)
      await servicesAt(`/other/${name}`, SERVICES)
      await eventually(async () => {
        assert.deepEqual(await reader.children(`/abox/${name}/manager/election`), [])
        assert.deepEqual([...first.publishers.leaving(), ...second.publishers.leaving()], [])
      })
      await servicesAt(`/abox/${name}`, 0)
      watch.remove()
      assert.deepEqual(
        seen,
        [...seen].sort((a, b) => b - a),
        'it became only less'
      )
      const told = await first.store.read((db) =>
        db.selectFrom('audit').select('action').where('action', 'in', ['repair', 'withdraw']).execute()
      )
      assert.deepEqual(
        told.map(({ action }) => action),
        ['withdraw']
      )
      assert.deepEqual(await reader.children(`/abox/${name}/manager`), ['election', 'fence'])
    })
  }

  test('gateways let go of an environment that has moved away, and serve it again when it comes back', async () => {
    const publishing = await startWith('gone', 3)
    const gateway = await startGateway('/abox/gone')
    await gateway.serves(3, 3)
    await move(publishing, 'gone', '/other/gone')
    await gateway.serves(0, 0)
    await eventually(() => assert.deepEqual(gateway.refused(), {}))
    const mark = JSON.parse(String(await reader.read('/abox/gone/empty/services'))) as Record<string, unknown>
    assert.deepEqual(Object.keys(mark), ['by', 'at', 'why'])
    assert.match(String(mark['why']), /^withdrawn/)
    const other = await startGateway('/other/gone')
    await other.serves(3, 3)
    await move(publishing, 'gone')
    await gateway.serves(3, 3)
    await other.serves(0, 0)
    assert.deepEqual(await reader.children('/abox/gone/empty'), [])
  })

  test('gateways let go of the last service, and of the last model, that is deleted', async () => {
    const publishing = await startWith('last', 1)
    const gateway = await startGateway('/abox/last')
    await gateway.serves(1, 1)
    await publishing.put('last', 'Service', 'a.S0')
    await gateway.serves(0, 1)
    await publishing.put('last', 'Model', 'm0')
    await gateway.serves(0, 0)
    await publishing.put('last', 'Model', 'm0', model('m0'))
    await gateway.serves(0, 1)
    await eventually(async () => assert.deepEqual(await reader.children('/abox/last/empty'), ['services']))
    assert.deepEqual(gateway.refused(), {})
  })

  test('of a store that was wiped gateways keep what they have, while no manager is there to bring it back', async () => {
    const publishing = await startWith('wiped', 1)
    const gateway = await startGateway('/abox/wiped')
    await gateway.serves(1, 1)
    await publishing.close()
    for (const place of ['services/a.S0', 'models/m0']) await reader.remove(`/abox/wiped/${place}`)
    await eventually(() => assert.match(gateway.refused()['(all)'] ?? '', /the set has no services any more/))
    await gateway.serves(1, 1)
  })
})
