import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnSqlite } from '../../../../harness/databases.ts'
import { applyChange, modelOf, openTestStore, prepareStore } from '../../../../harness/store.ts'

describeOnSqlite('how deep a document may be nested', (make) => {
  test('a sample without end is refused as a wrong document, one of a tensor is taken', async () => {
    const store = await openTestStore(await make())
    await prepareStore(store)
    const put = (key: string, depth: number) => {
      const sample: unknown = JSON.parse('['.repeat(depth) + ']'.repeat(depth))
      return applyChange(store, { kind: 'Model', key, seen: 'absent', body: { ...modelOf(key), sample } })
    }
    await put('tensor', 16)
    // The document itself is the first level.
    await put('most', 63)
    for (const depth of [64, 50_000]) {
      await assert.rejects(put('deep', depth), {
        code: 'ABOX_DOCUMENT_INVALID',
        message:
          'ABOX_DOCUMENT_INVALID: Model deep: found more than 64 levels of lists and objects, expected at most 64'
      })
    }
    await store.close()
  })
})
