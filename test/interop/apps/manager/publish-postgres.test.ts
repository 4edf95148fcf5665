import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { describeOnPostgres } from '../../../harness/databases.ts'
import { describeWithPeers } from '../../../harness/peers.ts'
import { startZookeeper, type Zookeeper } from '../../../peers/zookeeper.ts'
import { eventually } from '../../lib/eventually.ts'
import { leads, model, type Publishing, putEnvironment, startPublishing } from './publishing.ts'

describeWithPeers('publishing from PostgreSQL', ['zookeeper', 'postgres'], () => {
  describeOnPostgres('two managers', (make) => {
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
    })
    const published = (generation: number): Promise<void> =>
      eventually(async () => {
        const text = (await reader.read('/abox/pg/models/rank'))?.toString() ?? '{}'
        assert.equal((JSON.parse(text) as { generation?: number }).generation, generation)
      })

    test('one leads and publishes what both write, and the other one takes over', async () => {
      const url = await make()
      const a = await startPublishing(url, 'a')
      open.push(a)
      await putEnvironment(a, 'pg', server.address)
      await leads(a, 'pg')
      const b = await startPublishing(url, 'b')
      open.push(b)
      await b.put('pg', 'Model', 'rank', model('rank'))
      await published(1)
      await reader.write('/abox/pg/models/rank', Buffer.from('{}'))
      await published(1)
      await a.publishers.close()
      await leads(b, 'pg')
      await b.put('pg', 'Model', 'rank', model('rank', 8502))
      await published(2)
      const rows = await b.store.read((db) =>
        db.selectFrom('audit').select(['key', 'reason']).where('action', '=', 'repair').execute()
      )
      assert.deepEqual(rows, [{ key: 'rank', reason: 'ZooKeeper: the node held something else' }])
    })
  })
})
