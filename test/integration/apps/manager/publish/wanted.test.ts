import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rootOf } from '#contracts/environment'
import { WantedDocuments } from '../../../../../src/apps/manager/publish/wanted.ts'
import type { Store } from '../../../../../src/apps/manager/store/open-store.ts'
import { describeOnSqlite } from '../../../../harness/databases.ts'
import { applyChange, modelOf, openTestStore, prepareStore } from '../../../../harness/store.ts'
import { service } from '../../../../interop/apps/manager/publishing.ts'

describeOnSqlite('what the store wants published', (make) => {
  /** The store, with `change` made once right behind the next thing that is read. */
  const changedBehindRead = (store: Store, change: () => Promise<void>): Store => {
    let pending: typeof change | undefined = change
    return {
      ...store,
      async read(work) {
        const found = await store.read(work)
        const now = pending
        pending = undefined
        await now?.()
        return found
      }
    }
  }
  const start = async (): Promise<Store> => {
    const store = await openTestStore(await make())
    await prepareStore(store)
    await applyChange(store, { kind: 'Model', key: 'old', body: modelOf('old'), seen: 'absent' })
    await applyChange(store, { kind: 'Service', key: 'S', body: service('S', 'old'), seen: 'absent' })
    return store
  }
  const generations = async (wanted: WantedDocuments) =>
    Object.fromEntries([...(await wanted.read())].map(([place, { generation }]) => [place, generation]))

  test('a service that was changed since the list was read is not there before the model that it names', async () => {
    const store = await start()
    const wanted = new WantedDocuments(
      changedBehindRead(store, async () => {
        await applyChange(store, { kind: 'Model', key: 'new', body: modelOf('new'), seen: 'absent' })
        await applyChange(store, { kind: 'Service', key: 'S', body: service('S', 'new'), seen: 1 })
      }),
      'qa'
    )
    assert.deepEqual(await generations(wanted), { 'models/old': 1, 'services/S': 1 })
    assert.deepEqual(await generations(wanted), { 'models/new': 1, 'models/old': 1, 'services/S': 2 })
    await store.close()
  })

  test('a model that was deleted since the list was read is there as long as the service that names it', async () => {
    const store = await start()
    const wanted = new WantedDocuments(
      changedBehindRead(store, async () => {
        await applyChange(store, { kind: 'Service', key: 'S', seen: 1 })
        await applyChange(store, { kind: 'Model', key: 'old', seen: 1 })
      }),
      'qa'
    )
    assert.deepEqual(await generations(wanted), { 'models/old': 1, 'services/S': 1 })
    assert.deepEqual(await generations(wanted), {})
    await store.close()
  })

  test('the environment is known as it stands when the documents are read, and not at all when it is gone', async () => {
    const store = await start()
    const wanted = new WantedDocuments(store, 'qa')
    const rootWith = async (body: object | undefined, seen: number | 'absent'): Promise<string | undefined> => {
      await applyChange(store, { scope: '', kind: 'Environment', key: 'qa', seen, ...(body !== undefined && { body }) })
      await wanted.read()
      return wanted.environment && rootOf(wanted.environment)
    }
    const environment = { kind: 'Environment', name: 'qa', publish: { kind: 'zookeeper', address: 'zk:2181' } }
    await wanted.read()
    assert.equal(wanted.environment, undefined)
    assert.equal(await rootWith(environment, 'absent'), '/abox/qa')
    assert.equal(await rootWith({ ...environment, publish: { ...environment.publish, root: '/other' } }, 1), '/other')
    await store.close()
  })
})
