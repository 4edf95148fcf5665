import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createDubboRegistry, type DubboRegistry } from '#lib/dubbo-registry'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { describeWithPeers } from '../../harness/peers.ts'
import { startZookeeper, type Zookeeper } from '../../peers/zookeeper.ts'
import { parseMetadata, revisionIn } from '../../unit/lib/dubbo-registry/fake-session.ts'
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
    const session = createZookeeper({ address: server.address, sessionTimeoutMs: 8000, reconnectMaxMs: 500, auth })
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
    })
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

  const data = async (path: string): Promise<string | undefined> => {
    const lines = (await server.control(`tree ${path}`)).split('\n')
    return lines.find((line) => line.startsWith(`${path} `))?.replace(/^\S+(?: E0x\w+)? = /, '')
  }
  const instanceOf = (session: ZookeeperSession, application: string, port = 20880) => {
    const registry = createDubboRegistry({ zookeeper: session })
    const instance = registry.instance({ application, host: '10.0.0.5', port })
    const publish = (...services: string[]): void =>
      instance.publish(services.map((service) => offer(registry, service, { application, port })))
    return { instance, publish, visible: instance.visible }
  }
  const revisionOf = async (application: string): Promise<string> => {
    const text = await data(`/services/${application}/10.0.0.5:20880`)
    return text === undefined ? '' : revisionIn(text)
  }

  test('an instance is one ephemeral node that leads to persistent metadata, and a name in each mapping', async () => {
    const { publish, visible, instance } = instanceOf(await connect(), 'app-layout')
    publish('b.One', 'b.Two')
    await visible()
    const lines = (await server.control('tree /services/app-layout')).split('\n')
    assert.match(lines[1] ?? '', /^\/services\/app-layout\/10\.0\.0\.5:20880 E0x/)
    const revision = await revisionOf('app-layout')
    const metadata = parseMetadata(await data(`/dubbo/metadata/app-layout/${revision}`))
    assert.equal(metadata.revision, revision)
    assert.deepEqual(Object.keys(metadata.services), ['b.One:dubbo', 'b.Two:dubbo'])
    assert.deepEqual(
      [await data('/dubbo/mapping/b.One'), await data('/dubbo/mapping/b.Two')],
      ['app-layout', 'app-layout']
    )
    await instance.withdraw()
    assert.equal(await revisionOf('app-layout'), '')
  })

  test('names of others in a mapping stay, whoever writes at the same time', async () => {
    const names = ['five', 'four', 'one', 'three', 'two']
    const instances = await Promise.all(names.map(async (name) => instanceOf(await connect(), name)))
    for (const { publish } of instances) publish('b.Mapped')
    await Promise.all(instances.map(({ visible }) => visible()))
    assert.deepEqual((await data('/dubbo/mapping/b.Mapped'))?.split(',').sort(), names)
  })

  test('metadata and mappings that somebody deletes or overwrites come back', async () => {
    const writer = await connect()
    const { publish, visible } = instanceOf(await connect(), 'app-back')
    publish('b.Back')
    await visible()
    const path = `/dubbo/metadata/app-back/${await revisionOf('app-back')}`
    const text = await data(path)
    await writer.remove(path)
    await writer.write('/dubbo/mapping/b.Back', Buffer.from('other'))
    await eventually(async () => {
      assert.equal(await data(path), text)
      assert.equal(await data('/dubbo/mapping/b.Back'), 'other,app-back')
    })
  })

  test('with credentials the metadata are ours, and others can still add their names to a mapping', async () => {
    const ours = instanceOf(await connect({ scheme: 'digest', credential: 'abox:secret' }), 'app-guard')
    ours.publish('b.Guard')
    await ours.visible()
    const stranger = await connect()
    const path = `/dubbo/metadata/app-guard/${await revisionOf('app-guard')}`
    await assert.rejects(stranger.write(path, Buffer.from('x')), { code: 'ABOX_ZK_DENIED' })
    const other = instanceOf(stranger, 'app-other', 20881)
    other.publish('b.Guard')
    await other.visible()
    assert.equal(await data('/dubbo/mapping/b.Guard'), 'app-guard,app-other')
  })

  test('an instance that came before ZooKeeper is found when it is there', async () => {
    await server.control('down')
    const session = createZookeeper({
      ...{ address: server.address, sessionTimeoutMs: 8000, reconnectMaxMs: 500, startTimeoutMs: 1 }
    })
    sessions.push(session)
    await session.start()
    const { publish, visible } = instanceOf(session, 'app-early')
    publish('b.Early')
    publish('b.Early', 'b.Later')
    await server.control('up')
    await visible()
    const metadata = parseMetadata(await data(`/dubbo/metadata/app-early/${await revisionOf('app-early')}`))
    assert.equal(Object.keys(metadata.services).length, 2)
  })
})
