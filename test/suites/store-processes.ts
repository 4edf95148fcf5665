import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { listRevisions } from '../../src/apps/manager/store/documents.ts'
import type { MakeDatabase } from '../harness/databases.ts'
import { applyChange, modelOf, openTestStore, prepareStore } from '../harness/store.ts'

const WRITER = join(import.meta.dirname, '../harness/store-writer.ts')
const WRITES = 250
/** The first writer is killed once it has been answered so often. */
const KILLED_AFTER = 60

/** Several managers on one database, one of which dies. */
export function processesSuite(make: MakeDatabase): void {
  test('two processes write 500 times and one is killed: what was answered is there, and no generation is missing', async () => {
    const url = await make()
    const store = await openTestStore(url)
    await prepareStore(store)
    await applyChange(store, { kind: 'Model', key: 'busy', body: modelOf('busy'), seen: 'absent' })
    const [killed, survivor] = await Promise.all([
      runWriter(url, 'killed', (lines, kill) => lines === KILLED_AFTER && kill()),
      runWriter(url, 'survivor', () => {})
    ])
    assert.equal(killed.signal, 'SIGKILL')
    assert.deepEqual([survivor.code, survivor.answered.length], [0, WRITES], survivor.errors)
    const revisions = await store.read((db) => listRevisions(db, { scope: 'qa', kind: 'Model', key: 'busy' }, 10_000))
    const byGeneration = new Map(revisions.map((revision) => [revision.generation, revision]))
    for (const [name, { answered }] of Object.entries({ killed, survivor })) {
      for (const { generation, index } of answered) {
        const revision = byGeneration.get(generation)
        assert.equal(revision?.changed_by, name)
        assert.ok(revision?.body.includes(`"/${name}/${index}"`))
      }
    }
    assert.deepEqual(
      revisions.map(({ generation }) => generation),
      revisions.map((_, index) => revisions.length - index)
    )
    // At most the one write that was under way has been written without an answer.
    const unanswered = revisions.length - 1 - killed.answered.length - survivor.answered.length
    assert.ok(unanswered === 0 || unanswered === 1, `${unanswered} writes without an answer`)
    const audit = await store.read((db) =>
      db.selectFrom('audit').select('generation').where('key', '=', 'busy').orderBy('seq').execute()
    )
    assert.deepEqual(
      audit.map(({ generation }) => generation),
      audit.map((_, index) => index + 1)
    )
    assert.equal(audit.length, revisions.length)
    await store.close()
  })
}

interface Written {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly answered: readonly { readonly generation: number; readonly index: number }[]
  readonly errors: string
}

async function runWriter(
  url: string,
  name: string,
  onAnswer: (answers: number, kill: () => void) => void
): Promise<Written> {
  const child = spawn(process.execPath, ['--no-node-snapshot', WRITER, url, name, String(WRITES)], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const answered: { generation: number; index: number }[] = []
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [generation, index] = line.split(' ').map(Number)
    answered.push({ generation: generation ?? -1, index: index ?? -1 })
    onAnswer(answered.length, () => child.kill('SIGKILL'))
  })
  const { promise, resolve, reject } = Promise.withResolvers<Written>()
  child.once('error', reject)
  child.once('close', (code, signal) => resolve({ code, signal, answered, errors }))
  return promise
}
