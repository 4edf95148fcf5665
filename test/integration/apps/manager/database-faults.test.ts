import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import {
  type Answer,
  landscape,
  modelDocument,
  putAll,
  type RunningManager,
  startManager
} from '../../../harness/manager.ts'

const MODEL = '/api/v1/environments/qa/models/rank'

describe("SQLite's file held by another process", () => {
  let running: RunningManager
  let folder: string
  let other: DatabaseSync
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abox-test-'))
    const file = join(folder, 'manager.db')
    running = await startManager({ url: `sqlite:${file}` })
    await putAll(running.root, landscape({ rank: [], fraud: [] }))
    other = new DatabaseSync(file)
  })
  after(async () => {
    other.close()
    await running.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('reads go on, writes wait and are refused with 503, and what was refused is done once when it is sent again', async () => {
    const put = (): Promise<Answer> =>
      running.root.ask('PUT', MODEL, {
        body: modelDocument('rank', 'rank'),
        seen: 'absent',
        headers: { 'idempotency-key': 'one' }
      })
    other.exec('begin immediate')
    const waiting = put()
    let answered = 0
    let refused: Answer | undefined
    void waiting.then((answer) => {
      refused = answer
    })
    while (refused === undefined) {
      const { status } = await running.root.ask('GET', '/api/v1/groups')
      assert.equal(status, 200)
      answered++
    }
    // A process that waits inside SQLite would not have answered one of them.
    assert.ok(answered > 10, `expected many answers meanwhile, found ${answered}`)
    assert.deepEqual([refused.status, refused.body.code], [503, 'ABOX_DATABASE_AWAY'])
    assert.equal(refused.headers.get('retry-after'), '1')
    assert.match(refused.body.detail, /^another process holds it; /)
    assert.match(refused.headers.get('content-type') ?? '', /^application\/problem\+json/)
    other.exec('rollback')
    assert.equal((await put()).status, 201)
    assert.equal((await put()).headers.get('idempotency-replayed'), 'true')
    assert.equal((await running.root.ask('GET', `${MODEL}/revisions`)).body.items.length, 1)
  })
})

test('a change that thousands of documents follow lets others have their turn', async () => {
  const running = await startManager({ raw: { outbound: { thirdPartyRanges: ['10.0.0.0/8'] } } })
  try {
    const { root } = running
    await putAll(root, landscape({ rank: [], fraud: [] }))
    await putAll(root, { 'environments/qa/clusters/vendor': { kind: 'Cluster', name: 'vendor', type: 'third-party' } })
    const path = '/api/v1/environments/qa/endpoints/partner'
    const endpoint = { kind: 'Endpoint', name: 'partner', businessGroup: 'rank', origin: 'https://10.0.0.9' }
    assert.equal((await root.ask('PUT', path, { body: endpoint, seen: 'absent' })).status, 201)
    const variant = { name: 'a', cluster: 'vendor', endpoint: 'partner', protocol: 'raw', path: '/' }
    const names = Array.from({ length: 300 }, (_, index) => `m${index}`)
    for (const name of names) {
      await putAll(root, {
        [`environments/qa/models/${name}`]: { kind: 'Model', name, businessGroup: 'rank', variants: [variant] }
      })
    }
    let turns = 0
    let isOver = false
    const count = (): void => {
      turns++
      if (!isOver) setImmediate(count)
    }
    const changed = root.ask('PUT', path, { body: { ...endpoint, origin: 'https://10.0.0.10' }, seen: 1 })
    const before = turns
    count()
    const answer = await changed
    isOver = true
    assert.equal(answer.status, 200, answer.text)
    assert.ok(turns - before > 2 * (names.length / 20), `expected turns in between, found ${turns - before}`)
    assert.equal((await root.ask('GET', '/api/v1/environments/qa/models/m299')).body.generation, 2)
  } finally {
    await running.close()
  }
})
