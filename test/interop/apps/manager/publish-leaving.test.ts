import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { silentLogger } from '#core/logger'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { describeWithPeers } from '../../../harness/peers.ts'
import { startZookeeper, type Zookeeper } from '../../../peers/zookeeper.ts'
import { eventually } from '../../lib/eventually.ts'
import { leads, model, type Publishing, putEnvironment, service, startPublishing } from './publishing.ts'

describeWithPeers('environments that go away from a real ZooKeeper', ['zookeeper'], () => {
  const folder = mkdtempSync(join(tmpdir(), 'abox-leaving-'))
  let server: Zookeeper
  let reader: ZookeeperSession
  const open: Publishing[] = []
  before(async () => {
    server = await startZookeeper()
    reader = createZookeeper({ address: server.address, sessionTimeoutMs: 30_000, reconnectMaxMs: 300 })
    await reader.start()
  })
  after(async () => {
    await Promise.all(open.map((publishing) => publishing.close()))
    await reader.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const start = async (file: string): Promise<Publishing> => {
    const publishing = await startPublishing(join(folder, file), `m${open.length}`)
    open.push(publishing)
    return publishing
  }
  const startWith = async (environment: string): Promise<Publishing> => {
    const publishing = await start(`${environment}.db`)
    await putEnvironment(publishing, environment, server.address)
    await leads(publishing, environment)
    await publishing.put(environment, 'Model', 'rank', model('rank'))
    await publishing.put(environment, 'Service', 'com.example.Rank', service('com.example.Rank', 'rank'))
    await standsAt(`/abox/${environment}`)
    await audited(publishing, 'publish', environment)
    return publishing
  }
  const standsAt = (root: string): Promise<void> =>
    eventually(async () => {
      assert.deepEqual(await reader.children(`${root}/models`), ['rank'])
      assert.deepEqual(await reader.children(`${root}/services`), ['com.example.Rank'])
    })
  const emptyAt = (root: string): Promise<void> =>
    eventually(async () => {
      assert.deepEqual(await reader.children(`${root}/models`), [])
      assert.deepEqual(await reader.children(`${root}/services`), [])
    })
  /** Nobody stands for election there any more. */
  const leftAt = (root: string): Promise<void> =>
    eventually(async () => assert.deepEqual(await reader.children(`${root}/manager/election`), []))
  const reasons = ({ store }: Publishing, action: string, environment: string): Promise<string[]> =>
    store.read(async (db) => {
      const rows = await db
        .selectFrom('audit')
        .select('reason')
        .where('action', '=', action)
        .where((e) => e.or([e('key', '=', environment), e('scope', '=', environment)]))
        .orderBy('seq')
        .execute()
      return rows.map(({ reason }) => reason)
    })
  const audited = (publishing: Publishing, action: string, environment: string): Promise<string[]> =>
    eventually(async () => {
      const found = await reasons(publishing, action, environment)
      assert.equal(found.length, 1)
      return found
    })
  const move = (publishing: Publishing, name: string, publish: object): Promise<number> =>
    publishing.put('', 'Environment', name, { kind: 'Environment', name, publish: { kind: 'zookeeper', ...publish } })

  test('documents and environment deleted at another replica, within one look at the store, are gone for gateways', async () => {
    const leader = await startWith('deleted')
    const other = await start('deleted.db')
    for (const [scope, kind, key] of [
      ['deleted', 'Service', 'com.example.Rank'],
      ['deleted', 'Model', 'rank'],
      ['deleted', 'Cluster', 'legacy'],
      ['', 'Environment', 'deleted']
    ] as const) {
      await other.put(scope, kind, key)
    }
    await emptyAt('/abox/deleted')
    await leftAt('/abox/deleted')
    assert.deepEqual(await audited(leader, 'withdraw', 'deleted'), [`withdrawn from ${server.address}/abox/deleted`])
    assert.deepEqual(await reasons(leader, 'repair', 'deleted'), [])
  })

  test('an environment with another root stands there, and no longer where it stood', async () => {
    const publishing = await startWith('moved')
    await move(publishing, 'moved', { address: server.address, root: '/other/moved' })
    await standsAt('/other/moved')
    await emptyAt('/abox/moved')
    await leftAt('/abox/moved')
    await audited(publishing, 'withdraw', 'moved')
    await move(publishing, 'moved', { address: server.address })
    await standsAt('/abox/moved')
    await emptyAt('/other/moved')
    assert.deepEqual(await reasons(publishing, 'repair', 'moved'), [])
  })

  test('an environment at another ZooKeeper stands there, and no longer where it stood', async () => {
    const second = await startZookeeper()
    const there = createZookeeper({ address: second.address, sessionTimeoutMs: 30_000 })
    try {
      await there.start()
      const publishing = await startWith('away')
      await move(publishing, 'away', { address: second.address })
      await eventually(async () => assert.deepEqual(await there.children('/abox/away/models'), ['rank']))
      await emptyAt('/abox/away')
      await audited(publishing, 'withdraw', 'away')
      assert.deepEqual(await reasons(publishing, 'repair', 'away'), [])
      await publishing.close()
      open.splice(open.indexOf(publishing), 1)
    } finally {
      await there.close()
      await second.stop()
    }
  })

  test('the same ZooKeeper under another address loses nothing, not for a moment', async () => {
    const publishing = await startWith('alias')
    const seen: (readonly string[])[] = []
    const watch = reader.watchChildren('/abox/alias/models', (names) => seen.push(names))
    await eventually(() => assert.equal(seen.length, 1))
    const port = server.address.slice(server.address.lastIndexOf(':') + 1)
    await move(publishing, 'alias', { address: `localhost:${port}` })
    await eventually(() => {
      assert.equal(publishing.publishers.state('alias')?.leader, true)
      assert.equal(publishing.publishers.state('alias')?.published.get('models/rank'), 1)
    })
    await publishing.put('alias', 'Model', 'rank', model('rank', 8502))
    await eventually(() => assert.equal(publishing.publishers.state('alias')?.published.get('models/rank'), 2))
    await eventually(async () => assert.equal((await reader.children('/abox/alias/manager/election')).length, 1))
    watch.remove()
    assert.deepEqual(seen, [['rank']])
    assert.deepEqual(await reasons(publishing, 'withdraw', 'alias'), [])
    assert.deepEqual(await reasons(publishing, 'repair', 'alias'), [])
  })

  test('an environment under another name at the same place follows the one that is gone', async () => {
    const publishing = await startWith('before')
    await publishing.put('before', 'Service', 'com.example.Rank')
    await publishing.put('before', 'Model', 'rank')
    await publishing.put('before', 'Cluster', 'legacy')
    await publishing.put('', 'Environment', 'before')
    await move(publishing, 'behind', { address: server.address, root: '/abox/before' })
    await publishing.put('behind', 'Cluster', 'legacy', { kind: 'Cluster', name: 'legacy', type: 'legacy' })
    await publishing.put('behind', 'Model', 'score', model('score'))
    await eventually(async () => assert.deepEqual(await reader.children('/abox/before/models'), ['score']))
    await audited(publishing, 'publish', 'behind')
    assert.deepEqual(await reasons(publishing, 'repair', 'behind'), [])
  })

  test('what this store has never published stays when the environment goes', async () => {
    await reader.ensurePersistent('/abox/foreign/models/old', Buffer.from('{}'))
    const publishing = await start('foreign.db')
    await putEnvironment(publishing, 'foreign', server.address)
    await eventually(() => assert.match(publishing.publishers.state('foreign')?.refused ?? '', /models\/old/))
    await publishing.put('foreign', 'Cluster', 'legacy')
    await publishing.put('', 'Environment', 'foreign')
    await leftAt('/abox/foreign')
    assert.deepEqual(await reader.children('/abox/foreign/models'), ['old'])
  })

  test('what was deleted while ZooKeeper was away is gone when it is back', async () => {
    const publishing = await startWith('outage')
    await server.control('down')
    await eventually(() => assert.equal(publishing.publishers.state('outage')?.connected, false))
    await publishing.put('outage', 'Service', 'com.example.Rank')
    await publishing.put('outage', 'Model', 'rank')
    await publishing.put('outage', 'Cluster', 'legacy')
    await publishing.put('', 'Environment', 'outage')
    await eventually(() => assert.equal(publishing.publishers.state('outage'), undefined))
    await server.control('up')
    await eventually(() => assert.equal(reader.state(), 'connected'))
    await emptyAt('/abox/outage')
    await leftAt('/abox/outage')
  })

  /** Deletes it while ZooKeeper is away, and stops the manager before it is back. */
  const stopInTheMiddle = async (environment: string, change: (publishing: Publishing) => Promise<unknown>) => {
    const publishing = await startWith(environment)
    await server.control('down')
    await eventually(() => assert.equal(publishing.publishers.state(environment)?.connected, false))
    await change(publishing)
    await eventually(async () => {
      const { where } = publishing.publishers.leaving().find(({ name }) => name === environment) ?? {}
      assert.equal(where, `${server.address}/abox/${environment}`)
    })
    await publishing.close()
    open.splice(open.indexOf(publishing), 1)
    await server.control('up')
    await eventually(() => assert.equal(reader.state(), 'connected'))
    assert.deepEqual(await reader.children(`/abox/${environment}/models`), ['rank'])
  }
  const deleteAll = async (publishing: Publishing, environment: string): Promise<void> => {
    await publishing.put(environment, 'Service', 'com.example.Rank')
    await publishing.put(environment, 'Model', 'rank')
    await publishing.put(environment, 'Cluster', 'legacy')
    await publishing.put('', 'Environment', environment)
  }

  test('what a manager that was stopped had to remove is removed by the next one, once', async () => {
    await stopInTheMiddle('stopped', (publishing) => deleteAll(publishing, 'stopped'))
    const next = await start('stopped.db')
    await emptyAt('/abox/stopped')
    await leftAt('/abox/stopped')
    await audited(next, 'withdraw', 'stopped')
    assert.deepEqual(await reasons(next, 'repair', 'stopped'), [])
    await reader.ensurePersistent('/abox/stopped/models/later', Buffer.from('{}'))
    const third = await start('stopped.db')
    await putEnvironment(third, 'seen', server.address)
    await leads(third, 'seen')
    assert.deepEqual(third.publishers.leaving(), [])
    assert.deepEqual(await reader.children('/abox/stopped/models'), ['later'])
  })

  test('a move that a manager was stopped in the middle of is done to its end by the next one', async () => {
    await stopInTheMiddle('halfway', (publishing) =>
      move(publishing, 'halfway', { address: server.address, root: '/other/halfway' })
    )
    const next = await start('halfway.db')
    await standsAt('/other/halfway')
    await emptyAt('/abox/halfway')
    await leftAt('/abox/halfway')
    await audited(next, 'withdraw', 'halfway')
  })

  test('where somebody else publishes meanwhile nothing is removed by a manager that comes back', async () => {
    await stopInTheMiddle('taken', (publishing) => deleteAll(publishing, 'taken'))
    await reader.ensurePersistent('/abox/taken/models/theirs', Buffer.from('{}'))
    const logged: string[] = []
    const log = { ...silentLogger, warn: (_about: object, text: string) => void logged.push(text) }
    open.push(await startPublishing(join(folder, 'taken.db'), 'next', { log }))
    await eventually(() => assert.ok(logged.includes('what somebody else has published there stays')))
    await leftAt('/abox/taken')
    assert.deepEqual(await reader.children('/abox/taken/models'), ['rank', 'theirs'])
  })
})
