import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { silentLogger } from '../../src/core/logger.ts'
import { type Database, type DatabaseOptions, openDatabase } from '../../src/lib/database/index.ts'
import type { MakeDatabase } from '../harness/databases.ts'

/** The tables of these tests. */
export type Counters = {
  counters: { name: string; value: number; big: number }
}

const first = (): Migration => ({
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('counters')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('value', 'integer', (c) => c.notNull())
      .addColumn('big', 'bigint', (c) => c.notNull())
      .execute()
    await db
      .withTables<Counters>()
      .insertInto('counters')
      .values({ name: 'a', value: 0, big: 2 ** 53 - 1 })
      .execute()
  }
})

/** Opens it with the one table `counters`, which has one row: `a`, 0. */
export const openCounters = (
  url: string,
  migrations: DatabaseOptions['migrations'] = { '001-first': first }
): Promise<Database<Counters>> => openDatabase<Counters>({ url, migrations, log: silentLogger })

/** The value of the row `a`. */
export async function readCounter(database: Database<Counters>): Promise<number> {
  const row = await database.read((db) => db.selectFrom('counters').selectAll().executeTakeFirstOrThrow())
  return row.value
}

/** Adds one to the row `a`, by reading it first. */
export const addOne = (database: Database<Counters>): Promise<void> =>
  database.write(async (db) => {
    const { value } = await db.selectFrom('counters').selectAll().executeTakeFirstOrThrow()
    await db
      .updateTable('counters')
      .set({ value: value + 1 })
      .execute()
  })

/** What both databases have to do. */
export function databaseSuite(make: MakeDatabase): void {
  test('tables are made once, by whichever of several that open it at the same time', async () => {
    const url = await make()
    const opened = await Promise.all([1, 2, 3, 4].map(() => openCounters(url)))
    for (const database of opened) assert.equal(await readCounter(database), 0)
    for (const database of opened) await database.close()
  })

  test('a later version adds its migrations to those that ran, and the older one is refused from then on', async () => {
    const url = await make()
    await (await openCounters(url)).close()
    const second = (): Migration => ({
      up: (db: Kysely<unknown>) => db.schema.alterTable('counters').addColumn('more', 'text').execute()
    })
    const newer = await openCounters(url, { '001-first': first, '002-second': second })
    assert.equal(await readCounter(newer), 0)
    await newer.close()
    await assert.rejects(openCounters(url), { code: 'ABOX_DATABASE_SCHEMA', message: /002-second/ })
  })

  test('a migration that fails leaves nothing behind and is named', async () => {
    const url = await make()
    const broken = (): Migration => ({
      async up(db: Kysely<unknown>) {
        await db.schema.createTable('half').addColumn('name', 'text').execute()
        throw new Error('out of ideas')
      }
    })
    const failing = openCounters(url, { '001-first': first, '002-broken': broken })
    await assert.rejects(failing, { code: 'ABOX_DATABASE_SCHEMA', message: /002-broken: .*out of ideas/ })
    const whole = (): Migration => ({
      up: (db: Kysely<unknown>) => db.schema.createTable('half').addColumn('name', 'text').execute()
    })
    await (await openCounters(url, { '001-first': first, '002-whole': whole })).close()
  })

  test('whole numbers beyond 32 bits come as numbers', async () => {
    const database = await openCounters(await make())
    const row = await database.read((db) => db.selectFrom('counters').selectAll().executeTakeFirstOrThrow())
    assert.equal(row.big, 2 ** 53 - 1)
    await database.close()
  })

  test('what a write has done is undone when it throws, and its error comes back as it was', async () => {
    const database = await openCounters(await make())
    const thrown = new TypeError('no')
    const failing = database.write(async (db) => {
      await db.updateTable('counters').set({ value: 7 }).execute()
      throw thrown
    })
    await assert.rejects(failing, (error) => error === thrown)
    assert.equal(await readCounter(database), 0)
    await addOne(database)
    assert.equal(await readCounter(database), 1)
    await database.close()
  })

  test('a write whose statement failed does not pretend to be written when its error is swallowed', async () => {
    const database = await openCounters(await make())
    const swallowing = database.write(async (db) => {
      await db.updateTable('counters').set({ value: 5 }).execute()
      await db
        .insertInto('counters')
        .values({ name: 'a', value: 1, big: 1 })
        .execute()
        .catch(() => {})
    })
    const failed = await swallowing.then(
      () => false,
      () => true
    )
    assert.equal(await readCounter(database), failed ? 0 : 5)
    await database.close()
  })

  test('writes of two that opened the same database never run beside each other', async () => {
    const url = await make()
    const [one, other] = await Promise.all([openCounters(url), openCounters(url)])
    await Promise.all(Array.from({ length: 100 }, (_, index) => addOne(index % 2 === 0 ? one : other)))
    assert.equal(await readCounter(one), 100)
    assert.equal(await readCounter(other), 100)
    await Promise.all([one.close(), other.close()])
  })

  test('writes of one process begin in the order in which they came', async () => {
    const database = await openCounters(await make())
    const order: number[] = []
    await Promise.all([0, 1, 2, 3, 4].map((n) => database.write(async () => void order.push(n))))
    assert.deepEqual(order, [0, 1, 2, 3, 4])
    await database.close()
  })

  test('a write that waits too long for those before it is refused while they go on, and is not done later', async () => {
    const migrations = { '001-first': first }
    const database = await openDatabase<Counters>({ url: await make(), migrations, queueMs: 20, log: silentLogger })
    const { promise, resolve: goOn } = Promise.withResolvers<void>()
    const stuck = database.write(() => promise)
    const refusal = { code: 'ABOX_DATABASE_AWAY', message: /waited 20 ms for the writes before this one/ }
    await Promise.all([1, 2, 3].map(() => assert.rejects(addOne(database), refusal)))
    goOn()
    await stuck
    assert.equal(await readCounter(database), 0)
    await addOne(database)
    assert.equal(await readCounter(database), 1)
    await database.close()
  })

  test('what was begun or waits when the database is closed is written before it is', async () => {
    const url = await make()
    const database = await openCounters(url)
    const begun = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const first = database.write(async (db) => {
      begun.resolve()
      await go.promise
      await db.updateTable('counters').set({ value: 5 }).execute()
    })
    const second = addOne(database)
    await begun.promise
    const closing = database.close()
    go.resolve()
    await Promise.all([first, second, closing])
    const again = await openCounters(url)
    assert.equal(await readCounter(again), 6)
    await again.close()
  })

  test('somebody who reads never sees half of a write', async () => {
    const url = await make()
    const [reader, writer] = await Promise.all([openCounters(url), openCounters(url)])
    await writer.write(async (db) => {
      await db.updateTable('counters').set({ value: 3 }).execute()
      assert.equal(await readCounter(reader), 0)
    })
    assert.equal(await readCounter(reader), 3)
    await Promise.all([reader.close(), writer.close()])
  })

  test('a text with U+0000 is refused on every database, where it is written and where it is asked for', async () => {
    const database = await openCounters(await make())
    const row = { name: 'a\0b', value: 1, big: 1 }
    const write = database.write((db) => db.insertInto('counters').values(row).execute())
    await assert.rejects(write, { code: 'ABOX_DATABASE_TEXT' })
    const read = database.read((db) => db.selectFrom('counters').selectAll().where('name', '=', row.name).execute())
    await assert.rejects(read, { code: 'ABOX_DATABASE_TEXT' })
    await addOne(database)
    assert.equal(await readCounter(database), 1)
    await database.close()
  })

  test('errors of a statement are not taken for a database that is away', async () => {
    const database = await openCounters(await make())
    const twice = database.write((db) => db.insertInto('counters').values({ name: 'a', value: 1, big: 1 }).execute())
    await assert.rejects(twice, (error) => error instanceof Error && !('fault' in error))
    await database.close()
  })
}
