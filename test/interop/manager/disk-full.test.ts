import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import {
  type Answer,
  landscape,
  modelDocument,
  putAll,
  type RunningManager,
  startManager
} from '../../harness/manager.ts'
import { describeWithPeers } from '../../harness/peers.ts'
import { until } from '../../harness/until.ts'
import { findProgram } from '../../peers/peer.ts'
import { startPostgres } from '../../peers/postgres.ts'

const MODELS = '/api/v1/environments/qa/models'

/** A disk in memory; false where we may not make one. */
const mount = (folder: string): boolean =>
  spawnSync(findProgram('mount') ?? '', ['-t', 'tmpfs', '-o', 'size=200m', 'tmpfs', folder]).status === 0

const folder = mkdtempSync(join(tmpdir(), 'abox-disk-'))
const isMounted = process.platform === 'linux' && process.getuid?.() === 0 && mount(folder)

/** Takes all room that the disk has; gives what makes room again. */
function fill(): () => void {
  const ballast = join(folder, 'ballast')
  const { bavail, bsize } = statfsSync(folder)
  writeFileSync(ballast, Buffer.alloc(bavail * bsize))
  return () => rmSync(ballast)
}

/** Changes until there is no more room, then with room again. */
async function checkFull({ root, nobody }: RunningManager): Promise<void> {
  const put = (index: number): Promise<Answer> =>
    root.ask('PUT', `${MODELS}/m${index}`, {
      body: modelDocument(`m${index}`, 'rank'),
      seen: 'absent',
      headers: { 'idempotency-key': `put-${index}` }
    })
  const makeRoom = fill()
  let made = 0
  let refused = await put(made)
  // There is some room within the files that it has.
  while (refused.status === 201) refused = await put(++made)
  assert.deepEqual([refused.status, refused.body.code], [503, 'ABOX_DATABASE_AWAY'], JSON.stringify(refused.body))
  assert.match(refused.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
  assert.equal((await nobody.ask('GET', '/healthz')).status, 200)
  makeRoom()
  // A server that ended for want of room takes a moment to come back.
  await until('the database is back', async () => (await nobody.ask('GET', '/readyz')).status === 200)
  assert.equal((await root.ask('GET', `${MODELS}/m${made}`)).status, 404)
  assert.equal((await put(made)).status, 201)
  assert.equal((await put(made)).headers.get('idempotency-replayed'), 'true')
  assert.equal((await root.ask('GET', `${MODELS}/m${made}/revisions`)).body.items.length, 1)
  const audit: string[] = []
  for (let query = ''; ; ) {
    const { items, next } = (await root.ask('GET', `/api/v1/audit?kind=Model&limit=1000${query}`)).body
    audit.push(...items.map(({ key }) => key))
    if (next === undefined) break
    query = `&before=${next}`
  }
  const all = Array.from({ length: made + 1 }, (_, index) => `m${index}`)
  assert.deepEqual(audit.toSorted(), all.toSorted())
}

const skip = isMounted ? false : 'no right to mount a disk'

describe('the API while the disk of its database is full', { skip }, () => {
  test('SQLite: 503, nothing half written, and what was refused is done once there is room', async () => {
    const running = await startManager({ url: `sqlite:${join(folder, 'manager.db')}` })
    try {
      await putAll(running.root, landscape({ rank: [], fraud: [] }))
      await checkFull(running)
      assert.equal((await running.root.ask('GET', '/api/v1/groups')).status, 200)
    } finally {
      await running.close()
    }
  })
})

describeWithPeers('the API while the disk of its PostgreSQL is full', ['postgres'], () => {
  test('503, nothing half written, and what was refused is done once there is room', { skip }, async () => {
    const postgres = await startPostgres({ within: folder })
    try {
      const running = await startManager({ url: await postgres.createDatabase() })
      try {
        await putAll(running.root, landscape({ rank: [], fraud: [] }))
        await checkFull(running)
      } finally {
        await running.close()
      }
    } finally {
      await postgres.stop()
    }
  })
})

after(() => {
  if (isMounted) spawnSync(findProgram('umount') ?? '', [folder])
  rmSync(folder, { recursive: true, force: true })
})
