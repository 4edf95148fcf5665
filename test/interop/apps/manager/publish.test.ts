import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Model } from '#contracts/model'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { parseDocument } from '../../../../src/apps/gateway/documents/parse.ts'
import { describeWithPeers } from '../../../harness/peers.ts'
import { startZookeeper, type Zookeeper } from '../../../peers/zookeeper.ts'
import { eventually } from '../../lib/eventually.ts'
import {
  leads,
  model,
  modelWithOffline,
  type Publishing,
  type PublishingOptions,
  putEnvironment,
  service,
  startPublishing
} from './publishing.ts'

interface AuditRow {
  readonly action: string
  readonly key: string
  readonly reason: string
  readonly difference: string
}

describeWithPeers('publishing to a real ZooKeeper', ['zookeeper'], () => {
  const folder = mkdtempSync(join(tmpdir(), 'abox-publish-'))
  let server: Zookeeper
  let stranger: ZookeeperSession
  const open: Publishing[] = []
  let files = 0
  before(async () => {
    server = await startZookeeper()
    stranger = createZookeeper({ address: server.address, sessionTimeoutMs: 30_000, reconnectMaxMs: 300 })
    await stranger.start()
  })
  after(async () => {
    await Promise.all(open.map((publishing) => publishing.close()))
    await stranger.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const start = async (options: PublishingOptions = {}, file = `${++files}.db`) => {
    const publishing = await startPublishing(join(folder, file), `m${open.length}`, options)
    open.push(publishing)
    return publishing
  }
  /** A manager with its own environment, one model and a service on it, published. */
  const startWith = async (environment: string, options: PublishingOptions = {}) => {
    const publishing = await start(options)
    await putEnvironment(publishing, environment, server.address)
    await publishing.put(environment, 'Model', 'rank', model('rank'))
    await publishing.put(environment, 'Service', 'com.example.Rank', service('com.example.Rank', 'rank'))
    await published(environment, 'models/rank', 1)
    await published(environment, 'services/com.example.Rank', 1)
    return publishing
  }
  const textAt = async (environment: string, place: string): Promise<string | undefined> =>
    (await stranger.read(`/abox/${environment}/${place}`))?.toString()
  const published = (environment: string, place: string, generation: number): Promise<void> =>
    eventually(async () => {
      const text = await textAt(environment, place)
      assert.equal(text === undefined ? undefined : (JSON.parse(text) as { generation: number }).generation, generation)
    })
  const gone = (environment: string, place: string): Promise<void> =>
    eventually(async () => assert.equal(await textAt(environment, place), undefined))
  const audit = ({ store }: Publishing, action = 'repair'): Promise<AuditRow[]> =>
    store.read((db) =>
      db
        .selectFrom('audit')
        .select(['action', 'key', 'reason', 'difference'])
        .where('action', '=', action)
        .orderBy('seq')
        .execute()
    )

  test("what is published is what the gateway's own parser takes, with who changed it and why", async () => {
    await startWith('shape')
    for (const key of ['models/rank', 'services/com.example.Rank']) {
      const text = (await textAt('shape', key)) ?? ''
      const document = parseDocument({ key, source: key, text })
      assert.deepEqual([document.generation, document.changedBy, document.reason], [1, 'anna', 'a test'])
    }
  })

  test('what is for the manager alone is not published, and a model without an online variant not at all', async () => {
    const publishing = await startWith('private')
    await publishing.put('private', 'Model', 'two', modelWithOffline('two', 'offline'))
    await published('private', 'models/two', 1)
    const two = JSON.parse((await textAt('private', 'models/two')) ?? '') as Model
    assert.deepEqual(Object.keys(two), ['kind', 'name', 'variants', 'split', 'generation', 'changedBy', 'reason'])
    assert.deepEqual(two.split?.weights, { old: 1_000_000 })
    assert.deepEqual(
      two.variants.map((variant) => Object.keys(variant)),
      [['cluster', 'protocol', 'path', 'name', 'endpoints']]
    )
    await publishing.put('private', 'Model', 'two', modelWithOffline('two', 'online'), 'online')
    await published('private', 'models/two', 2)
    const one = {
      ...model('one'),
      variants: [{ ...(model('one') as { variants: object[] }).variants[0], state: 'offline' }]
    }
    await publishing.put('private', 'Model', 'one', { ...one, split: { weights: {} } })
    await publishing.put('private', 'Model', 'rank', model('rank', 8502))
    await published('private', 'models/rank', 2)
    assert.equal(await textAt('private', 'models/one'), undefined)
    assert.deepEqual(await audit(publishing), [])
  })

  test('changes and deletions follow the store, and are no repairs', async () => {
    const publishing = await startWith('life')
    await publishing.put('life', 'Model', 'rank', model('rank', 8502))
    await published('life', 'models/rank', 2)
    await publishing.put('life', 'Service', 'com.example.Rank')
    await publishing.put('life', 'Model', 'rank')
    await gone('life', 'models/rank')
    await gone('life', 'services/com.example.Rank')
    await publishing.put('life', 'Model', 'rank', model('rank'))
    await published('life', 'models/rank', 4)
    assert.deepEqual(await audit(publishing), [])
  })

  test('a wiped environment is brought back, and the audit says so', async () => {
    const publishing = await startWith('wiped')
    for (const place of ['services/com.example.Rank', 'services', 'models/rank', 'models']) {
      await stranger.remove(`/abox/wiped/${place}`)
    }
    await published('wiped', 'models/rank', 1)
    await published('wiped', 'services/com.example.Rank', 1)
    const rows = await eventually(async () => {
      const found = await audit(publishing)
      assert.ok(found.length >= 2)
      return found
    })
    assert.deepEqual(new Set(rows.map(({ key }) => key)), new Set(['rank', 'com.example.Rank']))
    for (const { reason } of rows) assert.equal(reason, 'ZooKeeper: the node was gone')
    assert.ok((publishing.publishers.state('wiped')?.repairs ?? 0) >= 2)
  })

  test('what a stranger wrote over a document is undone, and the audit names what he wrote', async () => {
    const publishing = await startWith('overwritten')
    const text = (await textAt('overwritten', 'models/rank')) ?? ''
    await stranger.write('/abox/overwritten/models/rank', Buffer.from(text.replace('10.0.0.1', '10.6.6.6')))
    await eventually(async () => assert.equal(await textAt('overwritten', 'models/rank'), text))
    const [row] = await eventually(async () => {
      const found = await audit(publishing)
      assert.equal(found.length, 1)
      return found
    })
    assert.equal(row?.reason, 'ZooKeeper: the node held something else')
    assert.match(row?.difference ?? '', /10\.6\.6\.6/)
    await stranger.write('/abox/overwritten/models/rank', Buffer.from('{{ not JSON'.padEnd(5000, '.')))
    await eventually(async () => assert.equal(await textAt('overwritten', 'models/rank'), text))
    await eventually(async () => assert.equal((await audit(publishing)).length, 2))
    assert.ok(((await audit(publishing))[1]?.difference.length ?? 0) < 2000)
  })

  test('what is nested deeper than any document is undone and told like everything else, and publishing goes on', async () => {
    const publishing = await startWith('nested')
    const text = (await textAt('nested', 'models/rank')) ?? ''
    await stranger.write('/abox/nested/models/rank', Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)))
    await eventually(async () => assert.equal(await textAt('nested', 'models/rank'), text))
    await publishing.put('nested', 'Model', 'rank', model('rank', 8502))
    await published('nested', 'models/rank', 2)
    const [row] = await eventually(async () => {
      const found = await audit(publishing)
      assert.equal(found.length, 1)
      return found
    })
    assert.deepEqual([row?.key, row?.reason], ['rank', 'ZooKeeper: the node held something else'])
    assert.ok((row?.difference.length ?? 0) < 2000)
  })

  test('a document that nobody has published here is removed, and the audit names it', async () => {
    const publishing = await startWith('added')
    await stranger.write('/abox/added/models/evil', Buffer.from(JSON.stringify(model('evil'))), { create: true })
    await gone('added', 'models/evil')
    const [row] = await eventually(async () => {
      const found = await audit(publishing)
      assert.equal(found.length, 1)
      return found
    })
    assert.deepEqual([row?.key, row?.reason], ['evil', 'ZooKeeper: nobody has published this here'])
  })

  test('a store that has never published leaves alone what it does not know, until it knows all of it', async () => {
    const root = '/abox/adopted'
    const old = JSON.stringify(model('old'))
    await stranger.ensurePersistent(`${root}/models/old`, Buffer.from(old))
    const publishing = await start()
    await putEnvironment(publishing, 'adopted', server.address)
    await publishing.put('adopted', 'Model', 'new', model('new'))
    await eventually(() =>
      assert.match(publishing.publishers.state('adopted')?.refused ?? '', /1 documents .*models\/old/)
    )
    assert.equal(await textAt('adopted', 'models/old'), old)
    assert.equal(await textAt('adopted', 'models/new'), undefined)
    await publishing.put('adopted', 'Model', 'old', model('old'))
    await published('adopted', 'models/old', 1)
    await published('adopted', 'models/new', 1)
    assert.equal(publishing.publishers.state('adopted')?.refused, undefined)
  })

  test('environments come and go while it runs', async () => {
    const publishing = await startWith('coming')
    await publishing.put('coming', 'Service', 'com.example.Rank')
    await publishing.put('coming', 'Model', 'rank')
    await gone('coming', 'models/rank')
    await publishing.put('coming', 'Cluster', 'legacy')
    await publishing.put('', 'Environment', 'coming')
    await eventually(() => assert.equal(publishing.publishers.state('coming'), undefined))
    await eventually(async () => assert.deepEqual(await stranger.children('/abox/coming/manager/election'), []))
  })

  test('over an outage of several session time-outs nothing is lost, nothing repaired, nobody alarmed', async () => {
    const publishing = await startWith('outage', { laggardMs: 1000, sessionTimeoutMs: 2000 })
    const generation = (place: string) => publishing.publishers.state('outage')?.published.get(place)
    const receipt = (applied: object) =>
      Buffer.from(JSON.stringify({ v: 2, instance: 'g1', epoch: 1, at: 1, part: 0, parts: 1, applied, refused: {} }))
    const applied = { 'models/rank': 1, 'services/com.example.Rank': 1 }
    const node = stranger.setEphemeral('/abox/outage/receipts/g1', receipt(applied))
    await node.created()
    await eventually(() => assert.equal(publishing.publishers.state('outage')?.instances.length, 1))
    await server.control('down')
    await eventually(() => assert.equal(publishing.publishers.state('outage')?.connected, false))
    await publishing.put('outage', 'Model', 'rank', model('rank', 8502))
    // The session's time-out is 2 s: only time can end it.
    const until = performance.now() + 6000
    await eventually(() => {
      const state = publishing.publishers.state('outage')
      assert.deepEqual(state?.alarms(), [])
      assert.equal(generation('models/rank'), 1)
      assert.ok(performance.now() > until)
    })
    await server.control('up')
    await eventually(() => assert.equal(stranger.state(), 'connected'))
    await published('outage', 'models/rank', 2)
    node.update(receipt({ ...applied, 'models/rank': 2 }))
    await eventually(() =>
      assert.equal(publishing.publishers.state('outage')?.instances[0]?.applied?.['models/rank'], 2)
    )
    assert.deepEqual(publishing.publishers.state('outage')?.alarms(), [])
    assert.deepEqual(await audit(publishing), [])
  })

  test('instances are seen with what they run; who refuses or stays behind is named, who is gone drops out', async () => {
    const publishing = await startWith('fleet', { laggardMs: 300 })
    const state = () => publishing.publishers.state('fleet')
    const receipt = (instance: string, generation: number, refused = {}) =>
      Buffer.from(
        JSON.stringify({
          v: 2,
          instance,
          epoch: 1,
          at: 1,
          part: 0,
          parts: 1,
          applied: { 'models/rank': generation, 'services/com.example.Rank': 1 },
          refused
        })
      )
    const good = stranger.setEphemeral('/abox/fleet/receipts/good', receipt('good', 1))
    const late = stranger.setEphemeral('/abox/fleet/receipts/late', receipt('late', 1))
    await Promise.all([good.created(), late.created()])
    await stranger.setEphemeral('/abox/fleet/servers/gateways/good', Buffer.from('{"address":"a"}')).created()
    await stranger.setEphemeral('/abox/fleet/servers/workers/w1', Buffer.from('{}')).created()
    await eventually(() => assert.equal(state()?.instances.length, 3))
    assert.deepEqual(state()?.alarms(), [])
    await publishing.put('fleet', 'Model', 'rank', model('rank', 8502))
    await published('fleet', 'models/rank', 2)
    good.update(receipt('good', 2))
    await eventually(() => {
      const [alarm, ...others] = state()?.alarms() ?? []
      assert.deepEqual(others, [])
      assert.deepEqual([alarm?.instance, alarm?.what, alarm?.document], ['late', 'behind', 'models/rank'])
      assert.deepEqual([alarm?.published, alarm?.applied], [2, 1])
    })
    late.update(receipt('late', 1, { 'models/rank': 'no such cluster' }))
    await eventually(() => {
      const [alarm] = state()?.alarms() ?? []
      assert.deepEqual([alarm?.what, alarm?.reason, alarm?.forMs], ['refused', 'no such cluster', 0])
    })
    await late.remove()
    await eventually(() => assert.deepEqual(state()?.alarms(), []))
    assert.deepEqual(
      state()
        ?.instances.map(({ instance }) => instance)
        .sort(),
      ['good', 'w1']
    )
  })

  test('with credentials nobody else can write documents, and gateways without them leave their receipts', async () => {
    const publishing = await start()
    const publish = { kind: 'zookeeper', address: server.address, credentials: { secret: 'zookeeper' } }
    await publishing.put('', 'Environment', 'guarded', { kind: 'Environment', name: 'guarded', publish })
    await publishing.put('guarded', 'Cluster', 'legacy', { kind: 'Cluster', name: 'legacy', type: 'legacy' })
    await leads(publishing, 'guarded')
    await stranger.setEphemeral('/abox/guarded/servers/gateways/g1', Buffer.from('{}')).created()
    await stranger.setEphemeral('/abox/guarded/receipts/g1', Buffer.from('{}')).created()
    await publishing.put('guarded', 'Model', 'rank', model('rank'))
    await published('guarded', 'models/rank', 1)
    const denied = { code: 'ABOX_ZK_DENIED' }
    await assert.rejects(stranger.write('/abox/guarded/models/rank', Buffer.from('evil')), denied)
    await assert.rejects(stranger.write('/abox/guarded/models/evil', Buffer.from('evil'), { create: true }), denied)
    await assert.rejects(stranger.write('/abox/guarded/manager/fence', Buffer.from('evil')), denied)
    await eventually(() => assert.equal(publishing.publishers.state('guarded')?.instances.length, 1))
  })

  test('of two managers on one database one leads, and publishes what the other one wrote', async () => {
    const a = await start({}, 'shared.db')
    await putEnvironment(a, 'shared', server.address)
    await leads(a, 'shared')
    const b = await start({}, 'shared.db')
    await b.put('shared', 'Model', 'rank', model('rank'))
    await published('shared', 'models/rank', 1)
    assert.equal(b.publishers.state('shared')?.leader, false)
    await a.publishers.close()
    await leads(b, 'shared')
    await b.put('shared', 'Model', 'rank', model('rank', 8502))
    await published('shared', 'models/rank', 2)
    await eventually(() => assert.equal(b.publishers.state('shared')?.published.get('models/rank'), 2))
    assert.deepEqual(await audit(b), [])
    assert.equal((await audit(b, 'publish')).length, 1)
  })
})
