import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createDubboRegistry, type DubboRegistry } from '#lib/dubbo-registry'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { describeWithPeers } from '../../harness/peers.ts'
import { startZookeeper, type Zookeeper } from '../../peers/zookeeper.ts'
import { eventually } from './eventually.ts'

describeWithPeers('Dubbo registry in a real ZooKeeper', ['zookeeper'], () => {
  let server: Zookeeper
  const sessions: ZookeeperSession[] = []
  before(async () => {
    server = await startZookeeper()
  })
  after(async () => {
    await Promise.all(sessions.map((session) => session.close()))
    await server.stop()
  })
  const connect = async (auth?: { scheme: string; credential: string }): Promise<ZookeeperSession> => {
    const session = createZookeeper({ address: server.address, sessionTimeoutMs: 4000, reconnectMaxMs: 500, auth })
    sessions.push(session)
    await session.start()
    return session
  }
  const offer = (registry: DubboRegistry, service: string, more: object = {}): string =>
    registry.providerUrl({
      host: '10.0.0.5',
      port: 20880,
      service,
      application: 'abox',
      methods: ['score'],
      timeoutMs: 800,
      ...more
    })
  const tree = async (service: string): Promise<string[]> =>
    (await server.control(`tree /dubbo/${service}`)).split('\n').filter((line) => line !== '')

  test('a registered provider is one ephemeral node with the encoded URL, beside a persistent configurators node', async () => {
    const registry = createDubboRegistry({ zookeeper: await connect() })
    const url = offer(registry, 'a.Layout')
    await registry.register(url).visible()
    const [root, configurators, providers, entry, ...others] = await tree('a.Layout')
    assert.deepEqual(
      [root, configurators, providers],
      ['/dubbo/a.Layout', '/dubbo/a.Layout/configurators', '/dubbo/a.Layout/providers']
    )
    assert.match(entry ?? '', / E0x[0-9a-f]+ = 10\.0\.0\.5$/)
    assert.ok(entry?.startsWith(`/dubbo/a.Layout/providers/${encodeURIComponent(url)} `))
    assert.deepEqual(others, [])
  })

  test('after an expiry the provider is registered once again, by a new session', async () => {
    const registry = createDubboRegistry({ zookeeper: await connect() })
    await registry.register(offer(registry, 'a.Expiry')).visible()
    const before = (await tree('a.Expiry'))[3]
    await server.control('expire all')
    await eventually(async () => {
      const [, , , entry, ...others] = await tree('a.Expiry')
      assert.ok(entry !== undefined && entry !== before)
      assert.deepEqual(others, [])
    }, 5000)
  })

  test('unregistering takes the entry away and leaves the persistent nodes', async () => {
    const registry = createDubboRegistry({ zookeeper: await connect() })
    const registration = registry.register(offer(registry, 'a.Gone'))
    await registration.visible()
    await registration.unregister()
    assert.equal((await tree('a.Gone')).length, 3)
  })

  test('closing the registry takes back everything and leaves the session open', async () => {
    const session = await connect()
    const registry = createDubboRegistry({ zookeeper: session })
    const services = ['a.Close1', 'a.Close2']
    await Promise.all(services.map((service) => registry.register(offer(registry, service)).visible()))
    await registry.close()
    for (const service of services) assert.equal((await tree(service)).length, 3)
    assert.equal(session.state(), 'connected')
  })

  test('providers are found by interface, and by version and group as a consumer matches them', async () => {
    const registry = createDubboRegistry({ zookeeper: await connect() })
    const writer = await connect()
    await Promise.all(
      [{ port: 1 }, { port: 2, version: '1.0.0' }, { port: 3, version: '1.0.0', group: 'blue' }].map((more) =>
        registry.register(offer(registry, 'a.Find', more)).visible()
      )
    )
    for (const url of ['tri://10.0.0.5:4/a.Find', 'dubbo://10.0.0.5:5/a.Find?enabled=false', 'nonsense']) {
      await writer.ensurePersistent(`/dubbo/a.Find/providers/${encodeURIComponent(url)}`)
    }
    const find = async (version?: string, group?: string): Promise<number[]> =>
      (await registry.providers('a.Find', { version, group })).map(({ port }) => port).sort((a, b) => a - b)
    assert.deepEqual(await find(), [1])
    assert.deepEqual(await find('1.0.0'), [2])
    assert.deepEqual(await find('1.0.0', 'blue'), [3])
    assert.deepEqual(await find('1.0.0', '*'), [2, 3])
    assert.deepEqual(await find('*', '*'), [1, 2, 3])
    assert.equal((await registry.providers('a.Find')).length, 3)
    assert.deepEqual(await registry.providers('a.Unknown'), [])
  })

  test('with credentials the entry is ours, and consumers can still keep nodes beside it', async () => {
    const registry = createDubboRegistry({ zookeeper: await connect({ scheme: 'digest', credential: 'abox:secret' }) })
    const consumer = await connect()
    const url = offer(registry, 'a.Guard')
    await registry.register(url).visible()
    await assert.rejects(consumer.write(`/dubbo/a.Guard/providers/${encodeURIComponent(url)}`, Buffer.from('x')), {
      code: 'ABOX_ZK_DENIED'
    })
    await consumer.setEphemeral('/dubbo/a.Guard/consumers/c', Buffer.alloc(0)).created()
    assert.equal((await createDubboRegistry({ zookeeper: consumer }).providers('a.Guard')).length, 1)
  })

  test('an entry that replaces another is registered before the other goes', async () => {
    const session = await connect()
    const registry = createDubboRegistry({ zookeeper: session })
    const watcher = await connect()
    const counts: number[] = []
    const first = registry.register(offer(registry, 'a.Replace', { timeoutMs: 1 }))
    await first.visible()
    watcher.watchChildren('/dubbo/a.Replace/providers', (names) => counts.push(names.length))
    await eventually(() => assert.deepEqual(counts, [1]))
    const second = registry.register(offer(registry, 'a.Replace', { timeoutMs: 2 }))
    await second.visible()
    await first.unregister()
    await eventually(async () => assert.equal((await tree('a.Replace')).length, 4))
    assert.ok(!counts.includes(0))
  })
})
