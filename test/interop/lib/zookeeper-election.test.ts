import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { createZookeeper, type Election, type Leadership, type ZookeeperSession } from '#lib/zookeeper'
import { describeWithPeers } from '../../harness/peers.ts'
import { startZookeeper, type Zookeeper } from '../../peers/zookeeper.ts'
import { eventually } from './eventually.ts'

interface Candidate {
  readonly session: ZookeeperSession
  readonly election: Election
  /** `leader` and `follower` as they were said. */
  readonly said: string[]
  readonly terms: Leadership[]
}

describeWithPeers('transactions and elections on a real ZooKeeper', ['zookeeper'], () => {
  let server: Zookeeper
  const sessions: ZookeeperSession[] = []
  const children: ChildProcess[] = []
  before(async () => {
    server = await startZookeeper()
  })
  after(async () => {
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(sessions.map((session) => session.close()))
    await server.stop()
  })

  const connect = async (): Promise<ZookeeperSession> => {
    const session = createZookeeper({ address: server.address, sessionTimeoutMs: 8000, reconnectMaxMs: 300 })
    sessions.push(session)
    await session.start()
    return session
  }
  const stand = async (root: string, name: string): Promise<Candidate> => {
    const session = await connect()
    const said: string[] = []
    const terms: Leadership[] = []
    const election = session.elect(`${root}/election`, {
      name,
      fence: `${root}/fence`,
      onLeader: (leadership) => {
        said.push('leader')
        terms.push(leadership)
      },
      onFollower: () => said.push('follower')
    })
    return { session, election, said, terms }
  }
  const leads = ({ election }: Candidate): Promise<Leadership> =>
    eventually(() => {
      const leadership = election.leadership()
      assert.ok(leadership !== undefined)
      return leadership
    })
  const candidatesAt = (root: string, { session }: Candidate): Promise<string[]> => session.children(`${root}/election`)
  const text = async (session: ZookeeperSession, path: string): Promise<string | undefined> =>
    (await session.read(path))?.toString()

  test('a transaction does all of its changes or none, and says which of them could not be done', async () => {
    const session = await connect()
    await session.ensurePersistent('/multi')
    await session.transact([
      { kind: 'create', path: '/multi/a', data: Buffer.from('1') },
      { kind: 'set', path: '/multi/a', data: Buffer.from('2') }
    ])
    assert.equal(await text(session, '/multi/a'), '2')
    const failing = session.transact([
      { kind: 'set', path: '/multi/a', data: Buffer.from('3') },
      { kind: 'check', path: '/multi/a', version: 7 },
      { kind: 'remove', path: '/multi/a' }
    ])
    await assert.rejects(failing, {
      code: 'ABOX_ZK_CONFLICT',
      message: /check \/multi\/a: its data has another version/
    })
    assert.equal(await text(session, '/multi/a'), '2')
  })

  test('version 0 means version 0 and not any version', async () => {
    const session = await connect()
    await session.ensurePersistent('/zero', Buffer.from('1'))
    await session.transact([{ kind: 'set', path: '/zero', data: Buffer.from('2'), version: 0 }])
    for (const change of [
      { kind: 'set', path: '/zero', data: Buffer.from('3'), version: 0 },
      { kind: 'check', path: '/zero', version: 0 },
      { kind: 'remove', path: '/zero', version: 0 }
    ] as const) {
      await assert.rejects(session.transact([change]), { code: 'ABOX_ZK_CONFLICT' }, change.kind)
    }
  })

  test('missing, existing and inhabited nodes are conflicts, each with its name', async () => {
    const session = await connect()
    await session.ensurePersistent('/states/child')
    const attempt = (change: Parameters<ZookeeperSession['transact']>[0][number], message: RegExp): Promise<void> =>
      assert.rejects(session.transact([change]), { code: 'ABOX_ZK_CONFLICT', message })
    await attempt({ kind: 'set', path: '/states/none', data: Buffer.alloc(0) }, /no such node/)
    await attempt({ kind: 'create', path: '/states/child', data: Buffer.alloc(0) }, /the node exists/)
    await attempt({ kind: 'remove', path: '/states' }, /has children/)
  })

  test('without a connection a transaction is away, not in conflict', async () => {
    const session = createZookeeper({ address: server.address, sessionTimeoutMs: 4000 })
    await assert.rejects(session.transact([{ kind: 'check', path: '/' }]), { code: 'ABOX_ZK_AWAY' })
    await session.close()
  })

  test('of three candidates one leads, and when it resigns the next one does with a greater epoch', async () => {
    const all = [await stand('/three', 'a'), await stand('/three', 'b'), await stand('/three', 'c')]
    const first = await eventually(() => {
      const leaders = all.filter(({ election }) => election.leadership() !== undefined)
      assert.equal(leaders.length, 1)
      return leaders[0] as Candidate
    })
    const { epoch } = await leads(first)
    await first.election.resign()
    assert.equal(first.said.at(-1), 'follower')
    const rest = all.filter((candidate) => candidate !== first)
    const second = await eventually(() => {
      const leaders = rest.filter(({ election }) => election.leadership() !== undefined)
      assert.equal(leaders.length, 1)
      return leaders[0] as Candidate
    })
    assert.ok((await leads(second)).epoch > epoch)
  })

  test('a leader whose session expires says so and stands again behind the other one', async () => {
    const a = await stand('/expiry', 'a')
    await leads(a)
    const b = await stand('/expiry', 'b')
    const [name = ''] = await eventually(async () => {
      const names = await candidatesAt('/expiry', b)
      assert.equal(names.length, 2)
      return names.filter((candidate) => candidate.startsWith('a-'))
    })
    await server.control(`expire 0x${name.split('-')[1]?.replace(/^0+/, '')}`)
    await leads(b)
    await eventually(() => assert.deepEqual(a.said, ['leader', 'follower']))
    await eventually(async () => assert.equal((await candidatesAt('/expiry', b)).length, 2))
    assert.equal(a.election.leadership(), undefined)
  })

  test('whoever was replaced cannot write with what it was given, and the node is as its successor left it', async () => {
    const a = await stand('/fenced', 'a')
    const old = await leads(a)
    const b = await stand('/fenced', 'b')
    await b.session.ensurePersistent('/fenced/data', Buffer.from('before'))
    const [name = ''] = await eventually(async () => {
      const names = (await candidatesAt('/fenced', b)).filter((candidate) => candidate.startsWith('a-'))
      assert.equal(names.length, 1)
      return names
    })
    await b.session.remove(`/fenced/election/${name}`)
    const change = (by: string) => [{ kind: 'set', path: '/fenced/data', data: Buffer.from(by) }] as const
    await (await leads(b)).write(change('b'))
    await assert.rejects(old.write(change('a')), { code: 'ABOX_ZK_FENCED' })
    assert.equal(await text(b.session, '/fenced/data'), 'b')
  })

  test('a fence that a stranger writes or deletes ends the term, and the same candidate leads in a new one', async () => {
    const a = await stand('/stranger', 'a')
    const old = await leads(a)
    const stranger = await connect()
    await stranger.write('/stranger/fence', Buffer.from('mine'))
    await eventually(() => assert.equal(a.terms.length, 2))
    await assert.rejects(old.write([{ kind: 'check', path: '/' }]), { code: 'ABOX_ZK_FENCED' })
    await stranger.remove('/stranger/fence')
    await eventually(() => assert.equal(a.terms.length, 3))
    await (await leads(a)).write([{ kind: 'check', path: '/' }])
  })

  test('a conflict of the change itself is no loss of the lead', async () => {
    const a = await stand('/conflict', 'a')
    const term = await leads(a)
    await assert.rejects(term.write([{ kind: 'remove', path: '/conflict/none' }]), { code: 'ABOX_ZK_CONFLICT' })
    assert.equal(a.election.leadership(), term)
  })

  test('over an outage the leader follows, and leads again when the server is back', async () => {
    const a = await stand('/outage', 'a')
    await leads(a)
    await server.control('down')
    await eventually(() => assert.deepEqual(a.said, ['leader', 'follower']))
    assert.equal(a.election.leadership(), undefined)
    await server.control('up')
    await leads(a)
  })

  test('a process that is frozen while another one takes over writes nothing when it wakes up', async () => {
    const lines: string[] = []
    const child = spawn(
      process.execPath,
      ['--no-node-snapshot', join(import.meta.dirname, 'election-child.ts'), server.address, '/frozen', 'sleeper'],
      { stdio: ['ignore', 'pipe', 'inherit'] }
    )
    children.push(child)
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
    const b = await connect()
    await b.ensurePersistent('/frozen/written')
    await eventually(() => assert.equal(lines.at(-1), 'written'))
    const other = await stand('/frozen', 'other')
    await eventually(async () => assert.equal((await b.children('/frozen/election')).length, 2))
    child.kill('SIGSTOP')
    const term = await leads(other)
    await term.write([{ kind: 'set', path: '/frozen/written', data: Buffer.from('other') }])
    const woken = lines.length
    child.kill('SIGCONT')
    // It has seen that its lead is over: by then it has tried to write over and over.
    await eventually(() => assert.ok(lines.slice(woken).includes('ABOX_ZK_FENCED'), lines.join()))
    assert.ok(!lines.slice(woken).includes('written'), lines.join())
    assert.equal(await text(b, '/frozen/written'), 'other')
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
})
