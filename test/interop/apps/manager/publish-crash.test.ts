import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { after, before, test } from 'node:test'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { placeOf, publishedText } from '../../../../src/apps/manager/publish/published.ts'
import { describeWithPeers } from '../../../harness/peers.ts'
import { startZookeeper, type Zookeeper } from '../../../peers/zookeeper.ts'
import { eventually } from '../../lib/eventually.ts'
import { model, type Publishing, putEnvironment, startPublishing } from './publishing.ts'

const TOTAL = 500

interface Child {
  readonly process: ChildProcessByStdio<Writable, Readable, null>
  readonly lines: string[]
  /** What the store has taken from it. */
  written(): { key: string; generation: number }[]
}

describeWithPeers('managers that die or freeze while they publish', ['zookeeper'], () => {
  const folder = mkdtempSync(join(tmpdir(), 'abox-publish-crash-'))
  const children: Child[] = []
  const open: Publishing[] = []
  let server: Zookeeper
  let reader: ZookeeperSession
  before(async () => {
    server = await startZookeeper()
    reader = createZookeeper({ address: server.address, sessionTimeoutMs: 30_000 })
    await reader.start()
  })
  after(async () => {
    for (const child of children) child.process.kill('SIGKILL')
    await Promise.all(open.map((publishing) => publishing.close()))
    await reader.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A database with the environment; its own publishers are closed at once. */
  const prepare = async (environment: string): Promise<Publishing> => {
    const publishing = await startPublishing(join(folder, `${environment}.db`), 'test')
    await publishing.publishers.close()
    await putEnvironment(publishing, environment, server.address)
    open.push(publishing)
    return publishing
  }
  const startChild = async (environment: string, name: string): Promise<Child> => {
    const script = join(import.meta.dirname, 'publish-child.ts')
    const child = spawn(
      process.execPath,
      ['--no-node-snapshot', script, join(folder, `${environment}.db`), environment, name],
      { stdio: ['pipe', 'pipe', 'inherit'] }
    )
    const lines: string[] = []
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
    const written = () =>
      lines.flatMap((line) => {
        const [, key, generation] = /^wrote (\S+) (\d+)$/.exec(line) ?? []
        return key === undefined ? [] : [{ key, generation: Number(generation) }]
      })
    const started = { process: child, lines, written }
    children.push(started)
    await eventually(() => assert.ok(lines.includes('ready')))
    return started
  }
  const leads = (child: Child): Promise<void> =>
    eventually(() =>
      assert.equal(
        child.lines.findLast((line) => line === 'leader' || line === 'follower'),
        'leader'
      )
    )
  /** ZooKeeper holds exactly what the store wants. */
  const agrees = ({ store }: Publishing, environment: string): Promise<void> =>
    eventually(async () => {
      const rows = await store.read((db) =>
        db.selectFrom('documents').selectAll().where('scope', '=', environment).where('kind', '=', 'Model').execute()
      )
      const wanted = new Map(rows.map((row) => [placeOf(row.kind, row.key), publishedText(row)]))
      const found = new Map<string, string | undefined>()
      for (const name of await reader.children(`/abox/${environment}/models`)) {
        const place = `models/${name}`
        found.set(place, (await reader.read(`/abox/${environment}/${place}`))?.toString())
      }
      assert.deepEqual(Object.fromEntries(found), Object.fromEntries(wanted))
    })
  /** What the audit says was repaired: nobody but the managers writes here. */
  const repairs = ({ store }: Publishing): Promise<unknown[]> =>
    store.read((db) =>
      db
        .selectFrom('audit')
        .select(['seq', 'key', 'generation', 'reason', 'difference'])
        .where('action', '=', 'repair')
        .execute()
    )

  test(`kill -9 of the leader in the middle of ${TOTAL} writes loses nothing that was taken`, async () => {
    const publishing = await prepare('killed')
    const a = await startChild('killed', 'a')
    await leads(a)
    const b = await startChild('killed', 'b')
    a.process.stdin.write(`${TOTAL}\n`)
    b.process.stdin.write(`${TOTAL / 4}\n`)
    await eventually(() => assert.ok(a.written().length > TOTAL / 4), 60_000)
    a.process.kill('SIGKILL')
    await once(a.process, 'close')
    const missing = TOTAL - a.written().length - TOTAL / 4
    assert.ok(missing > 0, 'it was killed in the middle')
    b.process.stdin.write(`${missing}\n`)
    await leads(b)
    await eventually(() => assert.equal(b.written().length, missing + TOTAL / 4), 60_000)
    const taken = [...a.written(), ...b.written()]
    assert.equal(taken.length, TOTAL)
    const revisions = await publishing.store.read((db) =>
      db.selectFrom('revisions').select(['key', 'generation']).where('kind', '=', 'Model').execute()
    )
    const kept = new Set(revisions.map(({ key, generation }) => `${key} ${generation}`))
    for (const { key, generation } of taken) assert.ok(kept.has(`${key} ${generation}`), `${key} ${generation}`)
    await agrees(publishing, 'killed')
    assert.deepEqual(await repairs(publishing), [])
  })

  test('a leader that was frozen while another one took over changes nothing when it wakes up', async () => {
    const publishing = await prepare('frozen')
    const a = await startChild('frozen', 'a')
    await leads(a)
    a.process.stdin.write('20\n')
    await eventually(() => assert.equal(a.written().length, 20))
    await agrees(publishing, 'frozen')
    const b = await startChild('frozen', 'b')
    // Its store must not be left locked, so it is frozen while it writes nothing.
    a.process.kill('SIGSTOP')
    await leads(b)
    await publishing.put('frozen', 'Model', 'a-0', model('a-0', 9999))
    await agrees(publishing, 'frozen')
    const woken = a.lines.length
    a.process.kill('SIGCONT')
    await eventually(() => assert.deepEqual(a.lines.slice(woken), ['follower']))
    b.process.stdin.write('20\n')
    await eventually(() => assert.equal(b.written().length, 20))
    await agrees(publishing, 'frozen')
    assert.deepEqual(await repairs(publishing), [])
  })
})
