import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ACL, Id, Permission } from 'node-zookeeper-client'
import { silentLogger } from '#core/logger'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { type Client, dial, modeFor } from '../../../../src/lib/zookeeper/client-api.ts'
import { describeWithPeers } from '../../../harness/peers.ts'
import { startZookeeper, type Zookeeper } from '../../../peers/zookeeper.ts'
import { eventually } from '../../lib/eventually.ts'
import { leads, model, type Publishing, type PublishingOptions, putEnvironment, startPublishing } from './publishing.ts'

describeWithPeers('what strangers do to a real ZooKeeper that is published to', ['zookeeper'], () => {
  const folder = mkdtempSync(join(tmpdir(), 'abox-strangers-'))
  let server: Zookeeper
  let stranger: ZookeeperSession
  /** One whose nodes nobody else may write. */
  let owner: ZookeeperSession
  const open: Publishing[] = []
  before(async () => {
    server = await startZookeeper()
    const options = { address: server.address, sessionTimeoutMs: 30_000 }
    stranger = createZookeeper(options)
    owner = createZookeeper({ ...options, auth: { scheme: 'digest', credential: 'evil:evil' } })
    await Promise.all([stranger.start(), owner.start()])
  })
  after(async () => {
    await Promise.all(open.map((publishing) => publishing.close()))
    await Promise.all([stranger.close(), owner.close()])
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const start = async (environment: string, options: PublishingOptions = {}): Promise<Publishing> => {
    const publishing = await startPublishing(join(folder, `${environment}.db`), `m${open.length}`, options)
    open.push(publishing)
    return publishing
  }
  /** A manager with its own environment and a model, published. */
  const startWith = async (environment: string): Promise<Publishing> => {
    const publishing = await start(environment)
    await putEnvironment(publishing, environment, server.address)
    await publishing.put(environment, 'Model', 'rank', model('rank'))
    await published(environment, 'rank', 1)
    return publishing
  }
  const published = (environment: string, name: string, generation: number, reader = stranger): Promise<void> =>
    eventually(async () => {
      const text = String(await reader.read(`/abox/${environment}/models/${name}`))
      assert.ok(text.includes(`"generation":${generation},`), text.slice(0, 200))
    })
  const modelsAre = (environment: string, names: readonly string[]): Promise<void> =>
    eventually(async () => assert.deepEqual(await stranger.children(`/abox/${environment}/models`), names))
  const unwritten = ({ publishers }: Publishing, environment: string) =>
    Object.fromEntries(publishers.state(environment)?.unwritten ?? [])
  const repairs = ({ store }: Publishing): Promise<string[]> =>
    store.read(async (db) => {
      const rows = await db.selectFrom('audit').selectAll().where('action', '=', 'repair').orderBy('seq').execute()
      return rows.map(({ key, reason }) => `${key}: ${reason}`)
    })

  test('a node of a stranger with nodes below it is removed with them, and the changes behind it are published', async () => {
    const publishing = await startWith('alien')
    await stranger.ensurePersistent('/abox/alien/models/alien/child/grandchild')
    await stranger.ensurePersistent('/abox/alien/models/alien/other')
    await publishing.put('alien', 'Model', 'second', model('second'))
    await publishing.put('alien', 'Model', 'rank', model('rank', 8502))
    await published('alien', 'rank', 2)
    await modelsAre('alien', ['rank', 'second'])
    await eventually(async () =>
      assert.deepEqual(await repairs(publishing), ['alien: ZooKeeper: nobody has published this here'])
    )
    await eventually(() => assert.deepEqual(unwritten(publishing, 'alien'), {}))
  })

  test('a document with nodes below it can be deleted', async () => {
    const publishing = await startWith('below')
    await stranger.ensurePersistent('/abox/below/models/rank/child')
    await publishing.put('below', 'Model', 'rank')
    await publishing.put('below', 'Model', 'second', model('second'))
    await modelsAre('below', ['second'])
    assert.deepEqual(await repairs(publishing), [])
  })

  test('more than a thousand nodes below one are removed as well', async () => {
    const publishing = await startWith('many')
    await stranger.ensurePersistent('/abox/many/models/rank/child')
    const names = Array.from({ length: 1500 }, (_, index) => `/abox/many/models/rank/child/${index}`)
    for (let from = 0; from < names.length; from += 250) {
      await stranger.transact(
        names.slice(from, from + 250).map((path) => ({ kind: 'create', path, data: Buffer.alloc(0) }))
      )
    }
    await publishing.put('many', 'Model', 'rank')
    await publishing.put('many', 'Model', 'second', model('second'))
    await published('many', 'second', 1)
    await modelsAre('many', ['second'])
  })

  test('a document in whose place a stranger has put a node of his own, with his own rights, is put there again', async () => {
    const publishing = await startWith('owned')
    await owner.transact([
      { kind: 'remove', path: '/abox/owned/models/rank' },
      { kind: 'create', path: '/abox/owned/models/rank', data: Buffer.from('{}') }
    ])
    await published('owned', 'rank', 1)
    await publishing.put('owned', 'Model', 'second', model('second'))
    await publishing.put('owned', 'Model', 'rank', model('rank', 8502))
    await published('owned', 'rank', 2)
    await published('owned', 'second', 1)
    await eventually(async () =>
      assert.deepEqual(await repairs(publishing), ['rank: ZooKeeper: the node held something else'])
    )
  })

  test('a node that nobody but a stranger may read holds up nothing, and is removed', async () => {
    const publishing = await startWith('hidden')
    await hide('/abox/hidden/models/alien')
    await publishing.put('hidden', 'Model', 'rank', model('rank', 8502))
    await published('hidden', 'rank', 2)
    await modelsAre('hidden', ['rank'])
    await eventually(() => assert.equal(publishing.publishers.state('hidden')?.published.get('models/rank'), 2))
  })
  /** What the package's client can do and a session of ours cannot, with the owner's rights. */
  const asOwner = async (
    act: (client: Client, done: (error: Error | null | undefined) => void) => void
  ): Promise<void> => {
    const auth = { scheme: 'digest', credential: 'evil:evil' }
    const connected = Promise.withResolvers<void>()
    const { client } = dial({ server: server.address, sessionTimeoutMs: 5000, auth }, () => connected.resolve())
    await connected.promise
    const acted = Promise.withResolvers<void>()
    act(client, (error) => (error ? acted.reject(error) : acted.resolve()))
    await acted.promise
    client.close()
  }
  const ownerAlone = new ACL(Permission.ALL, new Id('auth', ''))
  const everybody = new Id('world', 'anyone')
  /** Makes a node that the owner alone may read, and puts it in the place of another one. */
  const hide = (path: string, isThere = false): Promise<void> =>
    asOwner((client, done) => {
      const transaction = client.transaction()
      if (isThere) transaction.remove(path)
      transaction.create(path, Buffer.from('{}'), [ownerAlone], modeFor('persistent')).commit(done)
    })

  test('a document in whose place a stranger has put a node that nobody else may read is put there again', async () => {
    const publishing = await startWith('secret')
    await hide('/abox/secret/models/rank', true)
    await published('secret', 'rank', 1, owner)
    await eventually(() => assert.deepEqual(unwritten(publishing, 'secret'), {}))
    await hide('/abox/secret/models/rank', true)
    await publishing.put('secret', 'Model', 'rank', model('rank', 8502))
    await published('secret', 'rank', 2, owner)
    await eventually(() => assert.equal(publishing.publishers.state('secret')?.published.get('models/rank'), 2))
    await eventually(() => assert.deepEqual(unwritten(publishing, 'secret'), {}))
  })

  test('what cannot be removed is told with its place, everything else is published, and it is gone when it can be', async () => {
    const publishing = await startWith('stuck')
    const alien = '/abox/stuck/models/alien'
    await owner.ensurePersistent(`${alien}/child`)
    await publishing.put('stuck', 'Model', 'rank', model('rank', 8502))
    await publishing.put('stuck', 'Model', 'second', model('second'))
    await published('stuck', 'rank', 2)
    await published('stuck', 'second', 1)
    await eventually(() => {
      const found = unwritten(publishing, 'stuck')
      assert.deepEqual(Object.keys(found), ['models/alien'])
      assert.match(found['models/alien'] ?? '', /^ABOX_ZK_DENIED: /)
    })
    await publishing.put('stuck', 'Model', 'second')
    await modelsAre('stuck', ['alien', 'rank'])
    await owner.remove(`${alien}/child`)
    await modelsAre('stuck', ['rank'])
    await eventually(() => assert.deepEqual(unwritten(publishing, 'stuck'), {}))
  })

  test('of more such nodes than are tried at a time each has its turn, and they hold up nothing', async () => {
    const publishing = await startWith('crowd')
    const aliens = Array.from({ length: 150 }, (_, index) => `/abox/crowd/models/alien${index}`)
    const nodes = aliens.flatMap((path) => [path, `${path}/child`])
    await owner.transact(nodes.map((path) => ({ kind: 'create', path, data: Buffer.alloc(0) })))
    await publishing.put('crowd', 'Model', 'second', model('second'))
    await published('crowd', 'second', 1)
    await eventually(() => assert.equal(Object.keys(unwritten(publishing, 'crowd')).length, aliens.length))
    await owner.transact(aliens.map((path) => ({ kind: 'remove', path: `${path}/child` })))
    await publishing.put('crowd', 'Model', 'rank', model('rank', 8502))
    await published('crowd', 'rank', 2)
    await modelsAre('crowd', ['rank', 'second'])
    await eventually(() => assert.deepEqual(unwritten(publishing, 'crowd'), {}))
  })

  test('where ZooKeeper denies to write at all it is told, until it does no more', async () => {
    const nothing = Buffer.alloc(0)
    await owner.ensurePersistent('/abox/shut')
    await owner.ensurePersistent('/abox/shut/manager', nothing, 'open')
    const publishing = await start('shut')
    await putEnvironment(publishing, 'shut', server.address)
    await publishing.put('shut', 'Model', 'rank', model('rank'))
    const refused = () => publishing.publishers.state('shut')?.refused
    await eventually(() => assert.match(refused() ?? '', /^ABOX_ZK_DENIED: create \/abox\/shut\//))
    const folders = ['receipts', 'servers', 'instances', 'services', 'models', 'hooks', 'empty']
    for (const name of folders) await owner.ensurePersistent(`/abox/shut/${name}`, nothing, 'open')
    await published('shut', 'rank', 1)
    await eventually(() => assert.equal(refused(), undefined))
  })

  test('that ZooKeeper denied to write is told no more when all is written, also where it had been before', async () => {
    const publishing = await startWith('closed')
    const refused = () => publishing.publishers.state('closed')?.refused
    const root = '/abox/closed'
    // Whoever publishes makes a folder that is not there, and here the owner alone may do so.
    await stranger.transact([{ kind: 'remove', path: `${root}/hooks` }])
    await asOwner((client, done) => client.setACL(root, [ownerAlone, new ACL(Permission.READ, everybody)], -1, done))
    await publishing.put('closed', 'Model', 'rank', model('rank', 8502))
    await eventually(() => assert.match(refused() ?? '', /^ABOX_ZK_DENIED: create \/abox\/closed\/hooks/))
    await asOwner((client, done) => client.setACL(root, [new ACL(Permission.ALL, everybody)], -1, done))
    await published('closed', 'rank', 2)
    await eventually(() => assert.equal(refused(), undefined))
  })

  test('what an environment has published is removed when it goes, whatever else stands there', async () => {
    const publishing = await startWith('leaving')
    await publishing.put('leaving', 'Model', 'second', model('second'))
    await published('leaving', 'second', 1)
    await stranger.ensurePersistent('/abox/leaving/models/rank/child')
    await owner.ensurePersistent('/abox/leaving/models/zeta/child')
    await publishing.put('', 'Environment', 'leaving', {
      kind: 'Environment',
      name: 'leaving',
      publish: { kind: 'zookeeper', address: server.address, root: '/other/leaving' }
    })
    await modelsAre('leaving', ['zeta'])
    await owner.remove('/abox/leaving/models/zeta/child')
    await modelsAre('leaving', [])
  })

  /** The leader's candidacy is over; it stands again behind the others. */
  const depose = async (environment: string, name: string): Promise<void> => {
    for (const node of await stranger.children(`/abox/${environment}/manager/election`)) {
      if (node.startsWith(`${name}-`)) await stranger.remove(`/abox/${environment}/manager/election/${node}`)
    }
  }

  test('who does not lead refuses nothing, nor who leads again when the reason is over', async () => {
    await stranger.write('/abox/refused/models/foreign', Buffer.from('{}'), { create: true })
    const first = await start('refused')
    const name = `m${open.length - 1}`
    const second = await start('refused')
    const state = ({ publishers }: Publishing) => publishers.state('refused')
    await putEnvironment(first, 'refused', server.address)
    await first.put('refused', 'Model', 'rank', model('rank'))
    const [leader, other] = await eventually(() => {
      const pair = [first, second].sort((a, b) => Number(state(b)?.leader) - Number(state(a)?.leader))
      assert.equal(state(pair[0] as Publishing)?.leader, true)
      assert.equal(state(pair[1] as Publishing)?.connected, true)
      return pair as [Publishing, Publishing]
    })
    await eventually(() => assert.match(state(leader)?.refused ?? '', /models\/foreign/))
    await depose('refused', leader === first ? name : `m${open.length - 1}`)
    await leads(other, 'refused')
    await eventually(() => assert.match(state(other)?.refused ?? '', /models\/foreign/))
    await eventually(() => assert.equal(state(leader)?.refused, undefined))
    await stranger.remove('/abox/refused/models/foreign')
    await published('refused', 'rank', 1)
    await eventually(() => assert.equal(state(other)?.refused, undefined))
  })

  test('everything that was gone when the manager came is told, also when its first pass is broken off', async () => {
    const count = 400
    const first = await start('broken')
    await putEnvironment(first, 'broken', server.address)
    for (let index = 0; index < count; index++) await first.put('broken', 'Model', `m${index}`, model(`m${index}`))
    await eventually(async () => assert.equal((await stranger.children('/abox/broken/models')).length, count))
    await eventually(() => assert.equal(first.publishers.state('broken')?.published.size, count))
    await first.close()
    open.splice(open.indexOf(first), 1)
    for (const name of await stranger.children('/abox/broken/models')) {
      await stranger.remove(`/abox/broken/models/${name}`)
    }
    const name = `m${open.length}`
    let deposed: Promise<void> | undefined
    const failures: string[] = []
    const second = await start('broken', {
      log: {
        ...silentLogger,
        warn(about: object, text: string) {
          if (text === 'ZooKeeper repaired') deposed ??= depose('broken', name)
          if (text === 'not done; it is repeated') failures.push(String((about as { error?: string }).error))
        }
      }
    })
    await eventually(async () => assert.equal((await stranger.children('/abox/broken/models')).length, count))
    await eventually(() => assert.equal(second.publishers.state('broken')?.repairs, count))
    await deposed
    assert.match(failures.join(), /ABOX_ZK_FENCED/, 'the first pass was broken off')
  })
})
