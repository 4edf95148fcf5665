import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sql } from 'kysely'
import { describeOnSqlite } from '../../../harness/databases.ts'
import { addOne, openCounters, readCounter } from '../../../suites/database.ts'

const AWAY = { code: 'ABOX_DATABASE_AWAY' }
const fileOf = (url: string): string => url.slice('sqlite:'.length)

describeOnSqlite('trouble with the file', (make) => {
  test('a folder in its place is named', async () => {
    const url = await make()
    mkdirSync(fileOf(url))
    await assert.rejects(openCounters(url), { ...AWAY, message: new RegExp(fileOf(url)) })
  })

  test('a file in a folder that does not exist is named', async () => {
    const url = `${await make()}/none/manager.db`
    await assert.rejects(openCounters(url), { ...AWAY, message: new RegExp(fileOf(url)) })
  })

  test('what is no database of SQLite is refused', async () => {
    const url = await make()
    writeFileSync(fileOf(url), 'x'.repeat(8192))
    await assert.rejects(openCounters(url), { ...AWAY, message: new RegExp(fileOf(url)) })
  })

  test('a database that may only be read refuses writes and goes on answering reads', async () => {
    const database = await openCounters(await make())
    await database.write((db) => sql`pragma query_only = 1`.execute(db))
    await assert.rejects(addOne(database), AWAY)
    assert.equal(await readCounter(database), 0)
    await database.close()
  })

  test('a full disk refuses the write that does not fit, whole, and takes the next that does', async () => {
    const database = await openCounters(await make())
    await database.write((db) => sql`pragma max_page_count = 20`.execute(db))
    const big = database.write(async (db) => {
      await db.updateTable('counters').set({ value: 9 }).execute()
      await db
        .insertInto('counters')
        .values({ name: 'x'.repeat(1_000_000), value: 1, big: 1 })
        .execute()
    })
    await assert.rejects(big, AWAY)
    assert.equal(await readCounter(database), 0)
    await addOne(database)
    assert.equal(await readCounter(database), 1)
    await database.close()
  })

  test('while another process holds the file, a write waits, this process goes on, and reads are answered', async () => {
    const url = await make()
    const database = await openCounters(url)
    const other = new DatabaseSync(fileOf(url))
    other.exec('begin immediate')
    let isWritten = false
    const write = addOne(database).then(() => {
      isWritten = true
    })
    assert.equal(await readCounter(database), 0)
    assert.equal(isWritten, false)
    other.exec('commit')
    other.close()
    await write
    assert.equal(await readCounter(database), 1)
    await database.close()
  })

  test('a file that is held for good refuses writes after some seconds', async () => {
    const url = await make()
    const database = await openCounters(url)
    const other = new DatabaseSync(fileOf(url))
    other.exec('begin immediate')
    await assert.rejects(addOne(database), AWAY)
    other.exec('rollback')
    other.close()
    await addOne(database)
    assert.equal(await readCounter(database), 1)
    await database.close()
  })

  test('a database in memory is one for all who read and write it', async () => {
    const database = await openCounters('sqlite::memory:')
    await Promise.all([addOne(database), addOne(database)])
    assert.equal(await readCounter(database), 2)
    await database.close()
  })

  test('an address of another kind is refused without being shown', async () => {
    for (const url of ['sqlite:', 'mysql://root:hunter2@db/abox', 'hunter2', '']) {
      await assert.rejects(openCounters(url), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'ABOX_DATABASE_URL')
        assert.doesNotMatch(String(error.stack), /hunter2@|:hunter2/)
        return true
      })
    }
  })
})
