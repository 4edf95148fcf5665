import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHousekeeping } from '../../../../src/apps/manager/housekeeping.ts'
import { ANSWERS_KEPT_MS } from '../../../../src/apps/manager/store/idempotency.ts'
import type { Store } from '../../../../src/apps/manager/store/open-store.ts'
import type { Clock } from '../../../../src/core/clock.ts'
import { silentLogger } from '../../../../src/core/logger.ts'
import { openTestStore } from '../../../harness/store.ts'
import { until } from '../../../harness/until.ts'

/** All that was answered at 0 is over by then. */
const clock: Clock = { wallMs: () => ANSWERS_KEPT_MS + 1, monotonicMs: () => 0 }

async function storeWith(count: number): Promise<Store> {
  const store = await openTestStore('sqlite::memory:')
  await store.write(async (db) => {
    for (let index = 0; index < count; index++) {
      const row = { actor: 'a', key: `k${index}`, request: '', status: 200, headers: '{}', body: '', at: 0 }
      await db.insertInto('idempotency').values(row).execute()
    }
  })
  return store
}

async function countOf(store: Store): Promise<number> {
  return (await store.read((db) => db.selectFrom('idempotency').select('key').execute())).length
}

test('what is over when a manager starts is removed at once, in portions between which others write', async () => {
  const store = await storeWith(2500)
  const left: number[] = []
  const counted: Store = {
    kind: store.kind,
    read: (work) => store.read(work),
    write: async (work) => {
      const result = await store.write(work)
      left.push(await countOf(store))
      return result
    },
    close: () => store.close()
  }
  const housekeeping = createHousekeeping(counted, clock, silentLogger)
  await until('all were removed', () => left.at(-1) === 0)
  assert.deepEqual(left, [1500, 500, 0])
  await housekeeping.close()
  await store.close()
})

test('a manager that ends begins no further portion, and leaves none half done', async () => {
  const store = await storeWith(2500)
  await createHousekeeping(store, clock, silentLogger).close()
  assert.equal(await countOf(store), 1500)
  await store.close()
})
