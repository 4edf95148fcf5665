import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { systemClock } from '#core/clock'
import { silentLogger } from '#core/logger'
import { RepairAudit } from '../../../../../src/apps/manager/publish/repair-audit.ts'
import type { Repair } from '../../../../../src/apps/manager/publish/repairs.ts'
import type { Store } from '../../../../../src/apps/manager/store/open-store.ts'
import { describeOnSqlite } from '../../../../harness/databases.ts'
import { openTestStore } from '../../../../harness/store.ts'

const repairOf = (name: string, found?: string): Repair => ({
  place: `models/${name}`,
  wanted: { generation: 1, data: Buffer.from('{"name":"rank"}'), businessGroup: 'rank', changedAt: 1 },
  found: found === undefined ? undefined : { data: Buffer.from(found), generation: -1 },
  what: 'the node was gone'
})

describeOnSqlite('the audit of repairs', (make) => {
  const start = async () => {
    const store = await openTestStore(await make())
    const logged: string[] = []
    const log = { ...silentLogger, warn: (_: object, message: string) => void logged.push(message) }
    return { store, logged, audit: new RepairAudit({ store, environment: 'qa', clock: systemClock, log }) }
  }
  const rows = (store: Store) =>
    store.read((db) => db.selectFrom('audit').select(['key', 'reason', 'difference']).orderBy('seq').execute())

  test('what a stranger nested without end is told by its beginning', async () => {
    const { store, audit } = await start()
    audit.add(repairOf('rank', '['.repeat(100_000) + ']'.repeat(100_000)))
    await audit.write()
    const [row] = await rows(store)
    assert.equal(row?.key, 'rank')
    assert.match(row?.difference ?? '', /^\[\{"path":"","before":"\\"\[{100}/)
    assert.ok((row?.difference.length ?? 0) < 2000)
    await store.close()
  })

  test('what cannot be written is no failure of the publisher, and is written as soon as it can be', async () => {
    const { store, audit, logged } = await start()
    await store.write((db) =>
      sql`create trigger refuse before insert on audit begin select raise(abort, 'not now'); end`.execute(db)
    )
    audit.add(repairOf('one'))
    await audit.write()
    audit.add(repairOf('two'))
    await audit.write()
    assert.deepEqual(await rows(store), [])
    assert.deepEqual(logged, ['repairs are not in the audit yet', 'repairs are not in the audit yet'])
    await store.write((db) => sql`drop trigger refuse`.execute(db))
    await audit.write()
    await audit.write()
    assert.deepEqual(
      (await rows(store)).map(({ key }) => key),
      ['one', 'two']
    )
    await store.close()
  })

  test('of many repairs at once the number is right, also beyond those that are kept', async () => {
    const { store, audit } = await start()
    for (let n = 0; n < 5000; n++) audit.add(repairOf(`m${n}`))
    await audit.write()
    audit.add(repairOf('later'))
    await audit.write()
    assert.deepEqual(
      (await rows(store)).map(({ reason }) => reason),
      ['ZooKeeper differed at 5000 places, of which 100 are named', 'ZooKeeper: the node was gone']
    )
    await store.close()
  })
})
