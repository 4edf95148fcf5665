import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createDubboRegistry } from '#lib/dubbo-registry'
import { FakeSession, parseMetadata, revisionIn } from './fake-session.ts'

const NODE = '/services/abox/10.0.0.5:20880'

function start() {
  const fake = new FakeSession()
  const registry = createDubboRegistry({ zookeeper: fake.session })
  const instance = registry.instance({ application: 'abox', host: '10.0.0.5', port: 20880 })
  const url = (service: string, timeoutMs = 800): string =>
    registry.providerUrl({ host: '10.0.0.5', port: 20880, service, application: 'abox', methods: ['m'], timeoutMs })
  const metadata = (): string[] => [...fake.nodes.keys()].filter((path) => path.startsWith('/dubbo/metadata/abox/'))
  const shown = (): string => {
    const text = fake.nodes.get(NODE)
    return text === undefined ? 'nothing' : revisionIn(text)
  }
  return { fake, registry, instance, url, metadata, shown }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const passMinute = async (context: TestContext): Promise<void> => {
  context.mock.timers.tick(60_000)
  await turn()
}

describe('an instance for application-level discovery', () => {
  it('writes the metadata, then its node, then the mapping: what is found points to what is there', async () => {
    const { fake, instance, url, shown } = start()
    instance.publish([url('a.B'), url('a.C')])
    await instance.visible()
    assert.deepEqual(fake.acts, [
      `write /dubbo/metadata/abox/${shown()}`,
      `write ${NODE}`,
      'write /dubbo/mapping/a.B',
      'write /dubbo/mapping/a.C'
    ])
    const { services } = parseMetadata(fake.nodes.get(`/dubbo/metadata/abox/${shown()}`))
    assert.deepEqual(Object.keys(services), ['a.B:dubbo', 'a.C:dubbo'])
  })

  it('changes in its place: new metadata first, and its node is never removed', async () => {
    const { fake, instance, url, metadata, shown } = start()
    instance.publish([url('a.B')])
    await instance.visible()
    const before = shown()
    fake.acts.length = 0
    instance.publish([url('a.B'), url('a.C')])
    await instance.visible()
    assert.notEqual(shown(), before)
    assert.deepEqual(fake.acts, [`write /dubbo/metadata/abox/${shown()}`, `write ${NODE}`, 'write /dubbo/mapping/a.C'])
    assert.equal(metadata().length, 2, 'consumers may still read the old ones')
  })

  it('writes nothing for the same services in another order', async () => {
    const { fake, instance, url } = start()
    instance.publish([url('a.B'), url('a.C')])
    await instance.visible()
    fake.acts.length = 0
    instance.publish([url('a.C'), url('a.B')])
    await instance.visible()
    assert.deepEqual(fake.acts, [])
  })

  it('removes a revision a minute after it showed another one', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const { instance, url, metadata, shown } = start()
    instance.publish([url('a.B')])
    await instance.visible()
    instance.publish([url('a.B', 900)])
    await instance.visible()
    context.mock.timers.tick(59_000)
    await turn()
    assert.equal(metadata().length, 2)
    await passMinute(context)
    assert.deepEqual(metadata(), [`/dubbo/metadata/abox/${shown()}`])
  })

  it('leaves a revision that another instance shows', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const { fake, instance, url, metadata } = start()
    instance.publish([url('a.B')])
    await instance.visible()
    fake.nodes.set('/services/abox/10.0.0.6:20880', fake.nodes.get(NODE) ?? '')
    instance.publish([url('a.B', 900)])
    await instance.visible()
    await passMinute(context)
    assert.equal(metadata().length, 2)
  })

  it('keeps a revision to which it returned, also when another instance removes it', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const { fake, instance, url, metadata, shown } = start()
    instance.publish([url('a.B')])
    await instance.visible()
    const first = shown()
    instance.publish([url('a.B', 900)])
    await instance.visible()
    instance.publish([url('a.B')])
    await instance.visible()
    await passMinute(context)
    assert.equal(shown(), first)
    assert.deepEqual(metadata(), [`/dubbo/metadata/abox/${first}`])
    await fake.session.remove(`/dubbo/metadata/abox/${first}`)
    assert.deepEqual(metadata(), [`/dubbo/metadata/abox/${first}`])
  })

  it('shows only the last of several changes made while the registry was away', async () => {
    const { fake, instance, url, shown } = start()
    fake.away = true
    for (const timeoutMs of [1, 2, 3]) instance.publish([url('a.B', timeoutMs)])
    await turn()
    assert.equal(shown(), 'nothing')
    fake.back()
    await instance.visible()
    const { services } = parseMetadata(fake.nodes.get(`/dubbo/metadata/abox/${shown()}`))
    assert.equal(services['a.B:dubbo']?.params['timeout'], '3')
    assert.equal(fake.acts.filter((act) => act === `write ${NODE}`).length, 1)
  })

  it('without a service takes its node back, and comes again with one', async () => {
    const { instance, url, shown } = start()
    instance.publish([url('a.B')])
    await instance.visible()
    instance.publish([])
    await instance.visible()
    assert.equal(shown(), 'nothing')
    instance.publish([url('a.B')])
    await instance.visible()
    assert.match(shown(), /^[0-9a-f]{32}$/)
  })

  it('that is withdrawn takes its node and leaves what it may share with others', async () => {
    const { fake, instance, url, metadata, shown } = start()
    instance.publish([url('a.B')])
    await instance.visible()
    await instance.withdraw()
    assert.equal(shown(), 'nothing')
    assert.equal(metadata().length, 1)
    assert.equal(fake.nodes.get('/dubbo/mapping/a.B'), 'abox')
    fake.nodes.set('/dubbo/mapping/a.B', 'other')
    await fake.session.remove('/dubbo/mapping/a.B')
    assert.equal(fake.nodes.get('/dubbo/mapping/a.B'), undefined, 'nobody keeps it any more')
  })

  it('is withdrawn when the registry is closed', async () => {
    const { registry, instance, url, shown } = start()
    instance.publish([url('a.B')])
    await instance.visible()
    await registry.close()
    assert.equal(shown(), 'nothing')
  })

  it('refuses a URL that is none, with and without ZooKeeper', () => {
    const { instance } = start()
    const nowhere = createDubboRegistry({ zookeeper: undefined }).instance({ application: 'x', host: 'h', port: 1 })
    for (const each of [instance, nowhere]) {
      assert.throws(() => each.publish(['nonsense']), { code: 'ABOX_REGISTRY_URL' })
    }
  })
})
