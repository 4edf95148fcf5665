import { writeSync } from 'node:fs'
import { readDocument } from '../../src/apps/manager/store/documents.ts'
import { AboxError } from '../../src/core/errors.ts'
import { applyChange, modelOf, openTestStore, TESTER } from './store.ts'

// A process of its own: writes the model `busy` so many times, and says each generation once it has been answered.
// Arguments: URL of the database, name of the writer, number of writes.
const [url = '', name = '', count = '0'] = process.argv.slice(2)
const store = await openTestStore(url)
for (let done = 0; done < Number(count); ) {
  const found = await store.read((db) => readDocument(db, { scope: 'qa', kind: 'Model', key: 'busy' }))
  const body = modelOf('busy', { path: `/${name}/${done}` })
  const actor = { ...TESTER, name }
  try {
    const stored = await applyChange(store, { kind: 'Model', key: 'busy', body, seen: found?.generation ?? -1, actor })
    writeSync(1, `${stored?.generation} ${done}\n`)
    done++
  } catch (error) {
    if (AboxError.from(error).code !== 'ABOX_GENERATION') throw error
  }
}
await store.close()
