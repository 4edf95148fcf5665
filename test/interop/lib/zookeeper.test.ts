import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { openConnection } from '../../../src/lib/zookeeper/connection.ts'
import { describeWithPeers } from '../../harness/peers.ts'
import { startZookeeper, type Zookeeper } from '../../peers/zookeeper.ts'
import { eventually } from './eventually.ts'

/** What comes by a watch is there before the client reads everything again, which it does every 30 s. */
const BY_WATCH_MS = 20_000

describeWithPeers('ZooKeeper session against a real server', ['zookeeper'], () => {
  let server: Zookeeper
  const open: ZookeeperSession[] = []
  before(async () => {
    server = await startZookeeper()
  })
  after(async () => {
    await Promise.all(open.map((session) => session.close()))
    await server.stop()
  })

  const connect = async (options: Partial<Parameters<typeof createZookeeper>[0]> = {}): Promise<ZookeeperSession> => {
    const session = createZookeeper({
      address: server.address,
      sessionTimeoutMs: 8000,
      reconnectMaxMs: 500,
      operationTimeoutMs: 15_000,
      ...options
    })
    open.push(session)
    await session.start()
    return session
  }
  /** The server's own view: path → owner (`''` for persistent nodes) and data. */
  const nodes = async (path: string): Promise<Map<string, { owner: string; data: string }>> => {
    const lines = (await server.control(`tree ${path}`)).split('\n').filter((line) => line !== '')
    return new Map(
      lines.map((line) => {
        const [, name = '', owner = '', data = ''] = /^(\S+)(?: E(0x[0-9a-f]+))?(?: = (.*))?$/.exec(line) ?? []
        return [name, { owner, data }]
      })
    )
  }
  const ownerOf = async (path: string): Promise<string> => {
    const node = (await nodes(path)).get(path)
    assert.ok(node, `${path} is there`)
    assert.notEqual(node.owner, '', `${path} is ephemeral`)
    return node.owner
  }
  /** An ephemeral node whose session is alive on the server although its client has gone without a word. */
  const leaveBehind = async (path: string, data: string): Promise<void> => {
    const opened = await openConnection({
      server: server.address,
      sessionTimeoutMs: 30_000,
      operationTimeoutMs: 15_000,
      handshakeTimeoutMs: 15_000
    }).opened
    assert.ok(opened.kind === 'open')
    assert.equal(await opened.connection.create(path, Buffer.from(data), 'ephemeral', 'open'), 'created')
    opened.connection.end('gone without a word')
  }

  test('an ephemeral node is there once, with its data and with persistent parents', async () => {
    const session = await connect()
    await session.setEphemeral('/first/a/b', Buffer.from('one')).created()
    assert.deepEqual([...(await nodes('/first')).keys()], ['/first', '/first/a', '/first/a/b'])
    const found = await nodes('/first')
    assert.equal(found.get('/first/a')?.owner, '')
    assert.equal(found.get('/first/a/b')?.data, 'one')
    await ownerOf('/first/a/b')
  })

  test('after an expiry a new session makes the node again', async () => {
    const session = await connect()
    await session.setEphemeral('/expiry/a', Buffer.from('one')).created()
    const before = await ownerOf('/expiry/a')
    await server.control('expire all')
    await eventually(async () => assert.notEqual(await ownerOf('/expiry/a'), before))
    assert.equal((await nodes('/expiry')).size, 2)
  })

  test('a lost connection keeps the session and its node', async () => {
    const session = await connect()
    await session.setEphemeral('/drop/a', Buffer.from('one')).created()
    const before = await ownerOf('/drop/a')
    const states: string[] = []
    session.on('state', (state) => states.push(state))
    await server.control('drop')
    await eventually(() => assert.deepEqual(states, ['disconnected', 'connected']))
    assert.equal(await ownerOf('/drop/a'), before)
  })

  test('after more than two session time-outs without a server there is exactly one node again', async () => {
    const sessionTimeoutMs = 2000
    const session = await connect({ sessionTimeoutMs })
    await session.setEphemeral('/outage/a', Buffer.from('one')).created()
    await server.control('down')
    await eventually(() => assert.equal(session.state(), 'disconnected'))
    // Only time can end a session.
    await new Promise((resolve) => setTimeout(resolve, 2.5 * sessionTimeoutMs))
    await server.control('up')
    await eventually(() => assert.equal(session.state(), 'connected'))
    await eventually(() => ownerOf('/outage/a'))
    assert.equal((await nodes('/outage')).size, 2)
  })

  test('a server that was frozen for longer than the session lasts has the node again from a session in its line', async () => {
    const messages: string[] = []
    const note = (_fields: object, message: string): void => void messages.push(message)
    const log = { debug: note, info: note, warn: note, error: note }
    const session = await connect({ log, sessionTimeoutMs: 2000 })
    await session.setEphemeral('/frozen/a', Buffer.from('one')).created()
    const before = await ownerOf('/frozen/a')
    server.signal('SIGSTOP')
    try {
      await eventually(() => assert.ok(messages.some((message) => message.includes('a new one begins'))))
    } finally {
      server.signal('SIGCONT')
    }
    await eventually(async () => assert.notEqual(await ownerOf('/frozen/a'), before))
    assert.equal((await nodes('/frozen')).size, 2)
    assert.equal((await nodes('/frozen/a')).get('/frozen/a')?.data, 'one')
    assert.ok(!messages.some((message) => message.includes('expired')), messages.join('\n'))
  })

  test('what is registered, changed and taken back during an outage is so afterwards', async () => {
    const session = await connect()
    const changed = session.setEphemeral('/memory/changed', Buffer.from('one'))
    const removed = session.setEphemeral('/memory/removed', Buffer.from('one'))
    await Promise.all([changed.created(), removed.created()])
    await server.control('down')
    await eventually(() => assert.equal(session.state(), 'disconnected'))
    changed.update(Buffer.from('two'))
    await removed.remove()
    const late = session.setEphemeral('/memory/late', Buffer.from('three'))
    await server.control('up')
    await late.created()
    await eventually(async () => {
      const data = [...(await nodes('/memory'))].map(([path, node]) => `${path}=${node.data}`)
      assert.deepEqual(data, ['/memory=', '/memory/changed=two', '/memory/late=three'])
    })
  })

  test('a node that a dead session left behind is replaced at once', async () => {
    const session = await connect()
    await session.ensurePersistent('/left')
    await leaveBehind('/left/a', 'old')
    const before = await ownerOf('/left/a')
    await session.setEphemeral('/left/a', Buffer.from('new')).created()
    assert.notEqual(await ownerOf('/left/a'), before)
    assert.equal((await nodes('/left/a')).get('/left/a')?.data, 'new')
  })

  test('a node that was left behind with the same data is replaced as well', async () => {
    const session = await connect()
    await session.ensurePersistent('/same')
    await leaveBehind('/same/a', 'data')
    const before = await ownerOf('/same/a')
    const seen: (string | undefined)[] = []
    const watcher = await connect()
    watcher.watchData('/same/a', (data) => seen.push(data?.toString()))
    await eventually(() => assert.deepEqual(seen, ['data']))
    const handle = session.setEphemeral('/same/a', Buffer.from('data'))
    await handle.created()
    assert.notEqual(await ownerOf('/same/a'), before)
    handle.update(Buffer.from('later'))
    await eventually(() => assert.equal(seen.at(-1), 'later'))
    assert.ok(!seen.includes(undefined), 'nobody sees it missing')
  })

  test('a node that somebody deletes comes back', async () => {
    const session = await connect()
    const other = await connect()
    await session.setEphemeral('/deleted/a', Buffer.from('one')).created()
    await other.remove('/deleted/a')
    await eventually(() => ownerOf('/deleted/a'), BY_WATCH_MS)
  })

  test('data that somebody else writes into our node is set right again', async () => {
    const session = await connect()
    const other = await connect()
    await session.setEphemeral('/overwritten/a', Buffer.from('ours')).created()
    await other.write('/overwritten/a', Buffer.from('theirs'))
    await eventually(async () => assert.equal(String(await other.read('/overwritten/a')), 'ours'), BY_WATCH_MS)
  })

  test('two living sessions that claim one node do not chase each other', async () => {
    const warnings: object[] = []
    const note = (fields: object): void => void warnings.push(fields)
    const log = { debug: () => {}, info: () => {}, warn: note, error: note }
    const [first, second] = await Promise.all([
      connect({ log, random: () => 0.9 }),
      connect({ log, random: () => 0.9 })
    ])
    await first.setEphemeral('/claimed/a', Buffer.from('first')).created()
    await second.setEphemeral('/claimed/a', Buffer.from('second')).created()
    await eventually(() => assert.ok(warnings.length >= 2, 'both have been displaced once'))
    assert.ok(warnings.length <= 4, `${warnings.length} warnings`)
  })

  test('closing takes the ephemeral nodes away at once', async () => {
    const session = await connect({ sessionTimeoutMs: 30_000 })
    await session.setEphemeral('/closing/a', Buffer.from('one')).created()
    await session.close()
    assert.deepEqual([...(await nodes('/closing')).keys()], ['/closing'])
    assert.equal(session.state(), 'closed')
  })

  test('taking a node back removes it before the promise resolves', async () => {
    const session = await connect()
    const handle = session.setEphemeral('/taken/a', Buffer.from('one'))
    await handle.created()
    await handle.remove()
    assert.deepEqual([...(await nodes('/taken')).keys()], ['/taken'])
    await session.setEphemeral('/taken/a', Buffer.from('two')).created()
    await ownerOf('/taken/a')
  })

  test('a session started while the server is away connects when it comes', async () => {
    await server.control('down')
    const session = await connect({ startTimeoutMs: 200 })
    assert.equal(session.state(), 'disconnected')
    const seen: (string | undefined)[] = []
    session.watchData('/waited/a', (data) => seen.push(data?.toString()))
    const handle = session.setEphemeral('/waited/a', Buffer.from('one'))
    await server.control('up')
    await handle.created()
    await eventually(() => assert.equal(seen.at(-1), 'one'))
  })

  test('single operations create, write, read, list and remove', async () => {
    const session = await connect()
    await session.ensurePersistent('/single/a', Buffer.from('one'))
    await session.ensurePersistent('/single/a', Buffer.from('not written over'))
    assert.equal(String(await session.read('/single/a')), 'one')
    await session.write('/single/a', Buffer.from('two'))
    await session.write('/single/b/c', Buffer.from('three'), { create: true })
    assert.equal(String(await session.read('/single/a')), 'two')
    assert.equal(String(await session.read('/single/b/c')), 'three')
    assert.deepEqual(await session.children('/single'), ['a', 'b'])
    await session.remove('/single/a')
    await session.remove('/single/a')
    assert.equal(await session.read('/single/a'), undefined)
    assert.deepEqual(await session.children('/single/nothing'), [])
    assert.deepEqual(await session.read('/single/b'), Buffer.alloc(0))
  })

  test('a write to a missing node, and removing a node with children, are coded errors', async () => {
    const session = await connect()
    await assert.rejects(session.write('/none', Buffer.from('x')), { code: 'ABOX_ZK_NO_NODE' })
    await session.ensurePersistent('/full/child')
    await assert.rejects(session.remove('/full'), { code: 'ABOX_ZK_REFUSED' })
  })

  test('without a server single operations are rejected at once', async () => {
    const session = await connect()
    await server.control('down')
    await eventually(() => assert.equal(session.state(), 'disconnected'))
    await assert.rejects(session.write('/away', Buffer.from('x'), { create: true }), { code: 'ABOX_ZK_AWAY' })
    await assert.rejects(session.read('/away'), { code: 'ABOX_ZK_AWAY' })
    await server.control('up')
    await eventually(() => assert.equal(session.state(), 'connected'))
    assert.equal(await session.read('/away'), undefined)
  })

  test('half a mebibyte goes through', async () => {
    const session = await connect()
    const data = Buffer.alloc(512 * 1024, 'x')
    await session.write('/large', data, { create: true })
    assert.ok((await session.read('/large'))?.equals(data))
  })

  test('a data watch sees the last value of every burst and never an older one', async () => {
    const session = await connect()
    const writer = await connect()
    await session.ensurePersistent('/burst')
    const seen: number[] = []
    session.watchData('/burst', (data) => seen.push(Number(data)))
    for (let burst = 1; burst <= 5; burst++) {
      for (let value = burst * 100; value < burst * 100 + 50; value++)
        void writer.write('/burst', Buffer.from(String(value)))
      await eventually(() => assert.equal(seen.at(-1), burst * 100 + 49))
    }
    assert.deepEqual(
      seen,
      [...new Set(seen)].sort((a, b) => a - b)
    )
  })

  test('a data watch follows creation, deletion and creation again', async () => {
    const session = await connect()
    const writer = await connect()
    const seen: (string | undefined)[] = []
    session.watchData('/comes', (data) => seen.push(data?.toString()))
    await eventually(() => assert.deepEqual(seen, [undefined]))
    await writer.write('/comes', Buffer.from('one'), { create: true })
    await eventually(() => assert.deepEqual(seen, [undefined, 'one']))
    await writer.remove('/comes')
    await eventually(() => assert.deepEqual(seen, [undefined, 'one', undefined]))
    await writer.write('/comes', Buffer.from('two'), { create: true })
    await eventually(() => assert.deepEqual(seen, [undefined, 'one', undefined, 'two']))
  })

  test('watches survive an expiry and tell only what changed', async () => {
    const session = await connect()
    const writer = await connect()
    await writer.write('/survive/a', Buffer.from('one'), { create: true })
    const data: string[] = []
    const names: (readonly string[])[] = []
    session.watchData('/survive/a', (found) => data.push(String(found)))
    session.watchChildren('/survive', (found) => names.push(found))
    await eventually(() => assert.deepEqual([data, names], [['one'], [['a']]]))
    await server.control('expire all')
    await eventually(() => assert.equal(writer.state(), 'connected'))
    await eventually(() => writer.write('/survive/a', Buffer.from('two')).catch(() => assert.fail('not yet')))
    await writer.ensurePersistent('/survive/b')
    await eventually(() =>
      assert.deepEqual(
        [data, names],
        [
          ['one', 'two'],
          [['a'], ['a', 'b']]
        ]
      )
    )
  })

  test('a tree watch delivers whole sets: the missing folder, then what is added, changed and removed', async () => {
    const session = await connect()
    const writer = await connect()
    const seen: string[] = []
    session.watchTree('/tree', (found) => seen.push([...found].map(([name, data]) => `${name}=${String(data)}`).join()))
    await eventually(() => assert.deepEqual(seen, ['']))
    await writer.ensurePersistent('/tree')
    await writer.write('/tree/b', Buffer.from('1'), { create: true })
    await eventually(() => assert.equal(seen.at(-1), 'b=1'))
    await writer.write('/tree/a', Buffer.from('1'), { create: true })
    await writer.write('/tree/b', Buffer.from('2'))
    await eventually(() => assert.equal(seen.at(-1), 'a=1,b=2'))
    await writer.remove('/tree/a')
    await eventually(() => assert.equal(seen.at(-1), 'b=2'))
    await writer.remove('/tree/b')
    await writer.remove('/tree')
    await eventually(() => assert.equal(seen.at(-1), ''))
    assert.equal(new Set(seen.slice(1, -1)).size, seen.length - 2, 'nothing is delivered twice in a row')
  })

  test('a tree of a thousand nodes arrives as one set, and the regular pass delivers nothing new', async () => {
    const session = await connect({ reReadMs: 50 })
    const writer = await connect()
    const names = Array.from({ length: 1000 }, (_, index) => `n${index}`)
    await writer.ensurePersistent('/thousand')
    await Promise.all(names.map((name) => writer.write(`/thousand/${name}`, Buffer.from(name), { create: true })))
    const sizes: number[] = []
    session.watchTree('/thousand', (found) => sizes.push(found.size))
    await eventually(() => assert.deepEqual(sizes, [1000]))
    await session.write('/thousand/n7', Buffer.from('other'))
    await eventually(() => assert.deepEqual(sizes, [1000, 1000]))
  })

  test('a listener that throws does not end its watch', async () => {
    const session = await connect()
    await session.write('/thrower', Buffer.from('one'), { create: true })
    let calls = 0
    session.watchData('/thrower', () => {
      calls++
      throw new Error('the listener fails')
    })
    await eventually(() => assert.equal(calls, 1))
    await session.write('/thrower', Buffer.from('two'))
    await eventually(() => assert.equal(calls, 2))
  })

  test('a removed watch delivers nothing more', async () => {
    const session = await connect()
    await session.write('/quiet', Buffer.from('one'), { create: true })
    let removed = 0
    let kept = 0
    const handle = session.watchData('/quiet', () => removed++)
    session.watchData('/quiet', () => kept++)
    await eventually(() => assert.deepEqual([removed, kept], [1, 1]))
    handle.remove()
    await session.write('/quiet', Buffer.from('two'))
    await eventually(() => assert.equal(kept, 2))
    assert.equal(removed, 1)
  })

  test('with credentials others can read our nodes but not change them, and open parents stay open', async () => {
    const session = await connect({ auth: { scheme: 'digest', credential: 'abox:secret' } })
    const twin = await connect({ auth: { scheme: 'digest', credential: 'abox:secret' } })
    const stranger = await connect()
    await session.write('/guarded/document', Buffer.from('one'), { create: true })
    assert.equal(String(await stranger.read('/guarded/document')), 'one')
    await assert.rejects(stranger.write('/guarded/document', Buffer.from('two')), { code: 'ABOX_ZK_DENIED' })
    await assert.rejects(stranger.ensurePersistent('/guarded/other'), { code: 'ABOX_ZK_DENIED' })
    await twin.write('/guarded/document', Buffer.from('three'))
    await session
      .setEphemeral('/shared/a', Buffer.from('mine'), { parents: 'open', before: ['/shared/beside'] })
      .created()
    await stranger.setEphemeral('/shared/b', Buffer.from('yours')).created()
    await stranger.ensurePersistent('/shared/beside/c')
    await assert.rejects(stranger.write('/shared/a', Buffer.from('x')), { code: 'ABOX_ZK_DENIED' })
  })

  test('through drops, expiries and restarts a watch never goes back and ends at the last value', async () => {
    const session = await connect({ reconnectMaxMs: 100 })
    const writer = await connect({ reconnectMaxMs: 100 })
    await writer.ensurePersistent('/storm', Buffer.from('0'))
    await session.setEphemeral('/storm/node', Buffer.from('here')).created()
    const seen: number[] = []
    session.watchData('/storm', (data) => seen.push(Number(data)))
    let value = 0
    for (const command of ['drop', 'expire all', 'restart 300', 'drop', 'expire all', 'restart 100', 'expire all']) {
      const disturbed = server.control(command)
      for (let count = 0; count < 200; count++) {
        await writer
          .write('/storm', Buffer.from(String(++value)))
          .catch(() => new Promise((resolve) => setTimeout(resolve, 5)))
      }
      await disturbed
      await eventually(() => writer.write('/storm', Buffer.from(String(++value))).catch(() => assert.fail('not yet')))
      await eventually(() => assert.equal(seen.at(-1), value))
    }
    assert.deepEqual(
      seen,
      [...new Set(seen)].sort((a, b) => a - b)
    )
    await eventually(() => ownerOf('/storm/node'))
  })
})
