import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { until } from '../../../harness/until.ts'
import { STAT, type StubBehaviour, startStub, TYPE } from './stub-server.ts'

/** Of the sessions here, ms: long enough that a machine that does other things does not end them by its pauses. */
const SESSION_MS = 3000
const good: StubBehaviour = { greet: () => SESSION_MS, reply: () => STAT }

describe('ZooKeeper session against servers that misbehave', () => {
  const open: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (let part = open.pop(); part !== undefined; part = open.pop()) await part.close()
  })
  const stub = async (behaviour: Partial<StubBehaviour> = {}) => {
    const server = await startStub({ ...good, ...behaviour })
    open.push(server)
    return server
  }
  const connect = async (
    address: string,
    options: Partial<Parameters<typeof createZookeeper>[0]> = {}
  ): Promise<ZookeeperSession> => {
    const session = createZookeeper({
      address,
      sessionTimeoutMs: SESSION_MS,
      reconnectMaxMs: 20,
      random: () => 0.5,
      ...options
    })
    open.push(session)
    await session.start()
    return session
  }

  test('a server that accepts and says nothing is left for the next one', async () => {
    const silent = await stub({ greet: () => undefined })
    const healthy = await stub()
    const session = await connect(`${silent.address},${healthy.address}`, { random: () => 0 })
    assert.equal(session.state(), 'connected')
    assert.equal(silent.handshakes.length, 1)
  })

  test('a server that falls silent is noticed before the session is over, which then goes on elsewhere', async () => {
    const server = await stub({ reply: () => undefined })
    const session = await connect(server.address)
    await until('a second handshake', () => server.handshakes.length === 2, SESSION_MS)
    assert.notEqual(server.handshakes[1]?.session, 0n)
    assert.equal(server.handshakes[1]?.password, '77'.repeat(16))
    assert.notEqual(session.state(), 'closed')
  })

  test('an operation without an answer ends with its time limit', async () => {
    const server = await stub({ reply: (type) => (type === TYPE.getData ? undefined : STAT) })
    const session = await connect(server.address, { operationTimeoutMs: 50 })
    await assert.rejects(session.read('/a'), {
      code: 'ABOX_ZK_TIMEOUT',
      message: /read \/a: no answer from .* in 50 ms/
    })
  })

  test('an operation whose connection is lost ends at once', async () => {
    const server = await stub({ reply: (type) => (type === TYPE.getData ? 'hang up' : STAT) })
    const session = await connect(server.address)
    await assert.rejects(session.read('/a'), { code: 'ABOX_ZK_AWAY' })
  })

  test('an error code that the client does not know ends the connection, not the process', async () => {
    const server = await stub({ reply: (type) => (type === TYPE.getData ? { error: -118 } : STAT) })
    const session = await connect(server.address)
    await assert.rejects(session.read('/a'), { code: 'ABOX_ZK_AWAY' })
    await until('connected again', () => session.state() === 'connected' && server.handshakes.length === 2)
  })

  test('an event type that the client does not know ends the connection, not the process', async () => {
    const server = await stub()
    const session = await connect(server.address)
    const event = Buffer.alloc(16 + 4 + 4 + 4 + 2)
    event.writeInt32BE(-1, 0)
    event.writeInt32BE(99, 16)
    event.writeInt32BE(3, 20)
    event.writeInt32BE(2, 24)
    event.write('/a', 28)
    server.push(event)
    await until('connected again', () => session.state() === 'connected' && server.handshakes.length === 2)
  })

  test('bytes that are no reply end the connection, not the process', async () => {
    const server = await stub()
    const session = await connect(server.address)
    server.push(Buffer.alloc(3, 0xff))
    await until('connected again', () => session.state() === 'connected' && server.handshakes.length === 2)
  })

  test('a thousand replies in one piece do not nest', async () => {
    const server = await stub({ reply: (type) => (type === TYPE.getData ? { error: -101 } : STAT) })
    const session = await connect(server.address)
    const read = await Promise.all(Array.from({ length: 1000 }, () => session.read('/a')))
    assert.ok(read.every((data) => data === undefined))
    assert.equal(server.handshakes.length, 1)
  })

  test('after an expiry a new session begins, and it still knows how far the old one had read', async () => {
    const server = await stub({
      greet: (_handshake, index) => (index === 1 ? 0 : SESSION_MS),
      reply: (type) => (type === TYPE.getData ? 'hang up' : { ...STAT, zxid: 77n })
    })
    const session = await connect(server.address)
    await session.ensurePersistent('/a')
    await assert.rejects(session.read('/a'), { code: 'ABOX_ZK_AWAY' })
    await until('a third handshake', () => server.handshakes.length === 3)
    assert.deepEqual(
      server.handshakes.map(({ session: id, zxid }) => [id === 0n, zxid]),
      [
        [true, 0n],
        [false, 77n],
        [true, 77n]
      ]
    )
  })

  test('servers set up anew refuse what we have seen, and are believed after twice the session time', async () => {
    const server = await stub({
      greet: ({ zxid }) => (zxid > 0n ? 'hang up' : SESSION_MS),
      reply: (type) => (type === TYPE.getData ? 'hang up' : { ...STAT, zxid: 77n })
    })
    const session = await connect(server.address, { sessionTimeoutMs: 100 })
    await session.ensurePersistent('/a')
    const lostAt = performance.now()
    await assert.rejects(session.read('/a'), { code: 'ABOX_ZK_AWAY' })
    await until('disconnected', () => session.state() === 'disconnected')
    await until('connected again', () => session.state() === 'connected')
    assert.ok(performance.now() - lostAt >= 200)
    assert.equal(server.handshakes.at(-1)?.zxid, 0n)
  })

  test('credentials that are not accepted keep it trying', async () => {
    const server = await stub({ reply: (type) => (type === TYPE.auth ? { error: -115 } : STAT) })
    const session = await connect(server.address, { auth: { scheme: 'digest', credential: 'a:b' }, startTimeoutMs: 50 })
    await until('several tries', () => server.handshakes.length > 2)
    assert.notEqual(session.state(), 'closed')
  })

  test('closing does not wait for a server that says nothing', async () => {
    const server = await stub({ reply: () => undefined, farewell: false })
    const session = await connect(server.address, { operationTimeoutMs: 50 })
    await session.close()
    assert.equal(session.state(), 'closed')
    await until('the socket is closed', () => server.connections() === 0)
  })

  test('closing during a handshake or a pause ends at once, and nothing works afterwards', async () => {
    const silent = await stub({ greet: () => undefined })
    // The handshake would be waited for far longer.
    const session = await connect(silent.address, { startTimeoutMs: 10, sessionTimeoutMs: 600_000 })
    const startedAt = performance.now()
    await session.close()
    assert.ok(performance.now() - startedAt < 10_000)
    await assert.rejects(session.read('/a'), { code: 'ABOX_ZK_CLOSED' })
    assert.throws(() => session.setEphemeral('/a', Buffer.alloc(0)), { code: 'ABOX_ZK_CLOSED' })
    assert.throws(() => session.watchData('/a', () => {}), { code: 'ABOX_ZK_CLOSED' })
  })
})
