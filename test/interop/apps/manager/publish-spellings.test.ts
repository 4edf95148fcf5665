import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { describeWithPeers } from '../../../harness/peers.ts'
import { startZookeeper, type Zookeeper } from '../../../peers/zookeeper.ts'
import { eventually } from '../../lib/eventually.ts'
import { leads, model, type Publishing, startPublishing } from './publishing.ts'

describeWithPeers('two environments at one root of a ZooKeeper that has two addresses', ['zookeeper'], () => {
  const folder = mkdtempSync(join(tmpdir(), 'abox-publish-spellings-'))
  let server: Zookeeper
  let reader: ZookeeperSession
  const open: Publishing[] = []
  before(async () => {
    server = await startZookeeper()
    reader = createZookeeper({ address: server.address, sessionTimeoutMs: 30_000 })
    await reader.start()
  })
  after(async () => {
    await Promise.all(open.map((publishing) => publishing.close()))
    await reader.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const start = async (): Promise<Publishing> => {
    const publishing = await startPublishing(join(folder, 'shared.db'), `m${open.length}`)
    open.push(publishing)
    return publishing
  }
  const put = async (publishing: Publishing, name: string, host: string, port: number): Promise<void> => {
    const address = server.address.replace('127.0.0.1', host)
    const publish = { kind: 'zookeeper', address, root: '/abox/shared' }
    await publishing.put('', 'Environment', name, { kind: 'Environment', name, publish })
    await publishing.put(name, 'Cluster', 'legacy', { kind: 'Cluster', name: 'legacy', type: 'legacy' })
    await publishing.put(name, 'Model', 'rank', model('rank', port))
  }
  const text = async (): Promise<string> => String(await reader.read('/abox/shared/models/rank'))

  test('the second one is refused, shows nothing of the first as its own, and takes nothing away when it goes', async () => {
    const publishing = await start()
    const { publishers } = publishing
    await put(publishing, 'first', '127.0.0.1', 8501)
    await eventually(async () => assert.match(await text(), /:8501/))
    await eventually(() => assert.equal(publishers.state('first')?.published.size, 1))
    await reader.setEphemeral('/abox/shared/receipts/g1', Buffer.from('{}')).created()
    await put(publishing, 'second', 'localhost', 8502)
    await eventually(() =>
      assert.match(
        publishers.state('second')?.refused ?? '',
        /^localhost:\d+\/abox\/shared is the place of environment first, which publishes to 127/
      )
    )
    await eventually(() => assert.equal(publishers.state('first')?.instances.length, 1))
    await eventually(() => {
      const second = publishers.state('second')
      assert.deepEqual(
        [second?.leader, second?.published.size, second?.instances, second?.alarms()],
        [false, 0, [], []]
      )
    })
    await publishing.put('', 'Environment', 'second')
    await eventually(() => assert.deepEqual(publishers.leaving(), []))
    assert.match(await text(), /:8501/)
    assert.equal(publishers.state('first')?.refused, undefined)
  })

  test('whoever leads after a start, the first one is published', async () => {
    await Promise.all(open.splice(0).map((publishing) => publishing.close()))
    const publishing = await start()
    await put(publishing, 'second', 'localhost', 8502)
    await eventually(() => assert.match(publishing.publishers.state('second')?.refused ?? '', /is the place of/))
    await publishing.put('first', 'Model', 'rank', model('rank', 8503))
    await leads(publishing, 'first')
    await eventually(async () => assert.match(await text(), /:8503/))
  })

  test('the second one follows when the first one has gone', async () => {
    const [publishing] = open
    assert.ok(publishing !== undefined)
    await publishing.put('first', 'Model', 'rank')
    await publishing.put('first', 'Cluster', 'legacy')
    await publishing.put('', 'Environment', 'first')
    await eventually(async () => assert.match(await text(), /:8502/))
    await eventually(() => assert.equal(publishing.publishers.state('second')?.refused, undefined))
    // What it has written comes back to it by a watch of its own.
    await eventually(() => assert.equal(publishing.publishers.state('second')?.published.size, 1))
  })
})
