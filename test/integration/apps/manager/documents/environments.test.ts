import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnSqlite } from '../../../../harness/databases.ts'
import { applyChange, openTestStore } from '../../../../harness/store.ts'

describeOnSqlite('environments beside each other', (make) => {
  test('one whose folder is, contains or lies in that of another at the same ZooKeeper is refused', async () => {
    const store = await openTestStore(await make())
    const put = (name: string, publish: object, seen: number | 'absent' = 'absent') =>
      applyChange(store, {
        scope: '',
        kind: 'Environment',
        key: name,
        seen,
        body: { kind: 'Environment', name, publish: { kind: 'zookeeper', ...publish } }
      })
    const address = 'zk-1:2181,zk-2:2181'
    await put('qa', { address })
    for (const root of ['/abox', '/abox/qa', '/abox/qa/x']) {
      await assert.rejects(put('prod', { address: 'zk-2:2181', root }), {
        code: 'ABOX_DOCUMENT_INVALID',
        message: `ABOX_DOCUMENT_INVALID: Environment prod: publish.root: found "${root}", expected a folder that is not, contains or lies in that of qa, "/abox/qa" at the same ZooKeeper`
      })
    }
    await put('prod', { address: 'zk-3:2181', root: '/abox/qa' })
    await put('pre', { address })
    await assert.rejects(put('pre', { address, root: '/abox/qa' }, 1), { code: 'ABOX_DOCUMENT_INVALID' })
    // Its own folder is no other one's.
    await put('qa', { address, root: '/abox/qa/deeper' }, 1)
    await applyChange(store, { scope: '', kind: 'Environment', key: 'qa', seen: 2 })
    await put('pre', { address, root: '/abox/qa' }, 1)
    await store.close()
  })
})
