import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnPostgres } from '../../harness/databases.ts'
import { until } from '../../harness/until.ts'
import { addOne, databaseSuite, openCounters, readCounter } from '../../suites/database.ts'

const AWAY = { code: 'ABOX_DATABASE_AWAY' }

describeOnPostgres('database', (make, server) => {
  databaseSuite(make)

  test('a server that ends in the middle of a write and comes back refuses that write and takes the next', async () => {
    const database = await openCounters(await make())
    await addOne(database)
    const broken = database.write(async (db) => {
      await db.updateTable('counters').set({ value: 9 }).execute()
      await server().kill()
      await db.updateTable('counters').set({ value: 10 }).execute()
    })
    await assert.rejects(broken, AWAY)
    await assert.rejects(readCounter(database), AWAY)
    await assert.rejects(addOne(database), AWAY)
    await server().start()
    assert.equal(await readCounter(database), 1)
    await addOne(database)
    assert.equal(await readCounter(database), 2)
    await database.close()
  })

  test('a server that freezes in a write for longer than everybody waits has not kept half of it', async () => {
    const database = await openCounters(await make())
    const frozen = database.write(async (db) => {
      await db.updateTable('counters').set({ value: 9 }).execute()
      server().signal('SIGSTOP')
      await db.updateTable('counters').set({ value: 10 }).execute()
    })
    const others = Array.from({ length: 50 }, () => assert.rejects(addOne(database), AWAY))
    try {
      await Promise.all([assert.rejects(frozen, AWAY), ...others])
    } finally {
      server().signal('SIGCONT')
    }
    for (let n = 1; n <= 20; n++) await addOne(database)
    assert.equal(await readCounter(database), 20)
    await database.close()
  })

  test('a replica that goes to sleep in the middle of a write is put out, and the others go on', async () => {
    const url = await make()
    const [asleep, awake] = await Promise.all([openCounters(url), openCounters(url)])
    const { promise: mayGoOn, resolve: wake } = Promise.withResolvers<void>()
    const { promise: hasBegun, resolve: begun } = Promise.withResolvers<void>()
    const half = asleep.write(async (db) => {
      await db.updateTable('counters').set({ value: 9 }).execute()
      begun()
      await mayGoOn
    })
    await hasBegun
    await assert.rejects(addOne(awake), AWAY)
    await until(
      'the others can write',
      () =>
        addOne(awake).then(
          () => true,
          () => false
        ),
      40_000
    )
    wake()
    await assert.rejects(half, AWAY)
    assert.equal(await readCounter(awake), 1)
    assert.equal(await readCounter(asleep), 1)
    await Promise.all([asleep.close(), awake.close()])
  })

  test('readers are answered while many writers wait for one that takes long', async () => {
    const database = await openCounters(await make())
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>()
    const first = database.write(() => mayEnd)
    const others = Promise.all(Array.from({ length: 50 }, () => addOne(database)))
    const read = await Promise.all(Array.from({ length: 20 }, () => readCounter(database)))
    assert.deepEqual(new Set(read), new Set([0]))
    end()
    await Promise.all([first, others])
    assert.equal(await readCounter(database), 50)
    await database.close()
  })

  test('a server that cannot be reached, a wrong name and a wrong address are told without the password', async () => {
    const good = new URL(await make())
    good.password = 'hunter2'
    const urls = [
      good.href.replace(`:${good.port}`, ':1'),
      good.href.replace(/abox\d+$/, 'none'),
      good.href.replace('127.0.0.1', 'no.such.host.invalid'),
      good.href.replace('127.0.0.1', '127.0.0.1:x')
    ]
    for (const url of urls) {
      await assert.rejects(openCounters(url), (error: Error & { code?: string; cause?: unknown }) => {
        assert.match(String(error.code), /^ABOX_DATABASE_(AWAY|URL)$/, `${url}: ${error.stack}`)
        assert.doesNotMatch(`${error.stack}${(error.cause as Error | undefined)?.stack}`, /hunter2/)
        return true
      })
    }
  })
})
