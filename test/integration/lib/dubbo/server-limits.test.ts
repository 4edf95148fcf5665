import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nullResult, ResultWriter } from '#lib/dubbo'
import { RawPeer, requestFrame, startServer, until } from './peers.ts'

const status = (frame: Buffer): number => frame[3] as number
const idOf = (frame: Buffer): string => frame.subarray(4, 12).toString('hex').replace(/^0+/, '')

/** Status 20, because a consumer would send the request twice more after any other. */
function assertShed(frame: Buffer): void {
  assert.equal(status(frame), 20)
  assert.match(frame.toString('latin1'), /java\.lang\.RuntimeException.*ABOX_DUBBO_OVERLOADED/s)
}

describe('the limits of the Dubbo server', () => {
  it('answer an exception at once to a call beyond the calls in flight of its connection', async (t) => {
    const { port, requests, counts } = await startServer(t, { maxInFlightPerConnection: 2 })
    const peer = await RawPeer.connect(t, port)
    const other = await RawPeer.connect(t, port)
    peer.send(requestFrame({ id: 'a1' }), requestFrame({ id: 'a2' }), requestFrame({ id: 'a3' }))
    const refused = await peer.frame()
    assertShed(refused)
    assert.equal(idOf(refused), 'a3')
    assert.match(refused.toString('latin1'), /ABOX_DUBBO_OVERLOADED: found 2 calls in flight on this connection/)
    other.send(requestFrame({ id: 'b1' }))
    await until(() => requests.length === 3, 'the call of the other connection')
    requests[0]?.reply(nullResult(requests[0].requestId))
    assert.equal(idOf(await peer.frame()), 'a1')
    peer.send(requestFrame({ id: 'a4' }))
    await until(() => requests.length === 4, 'the call that has room again')
    assert.equal(counts.get('overflow'), 1)
  })

  it('count one-way calls until they are ended', async (t) => {
    const { server, port, requests } = await startServer(t, { maxInFlightPerConnection: 1 })
    const peer = await RawPeer.connect(t, port)
    peer.send(requestFrame({ flags: 0x82 }), requestFrame({ id: 'a1' }))
    assertShed(await peer.frame())
    assert.equal(server.inFlight(), 1)
    requests[0]?.reply(undefined)
    assert.equal(server.inFlight(), 0)
  })

  it('answer an exception to a call when the bodies of all calls in flight are too large together', async (t) => {
    const { port, requests } = await startServer(t, { payloadBytes: 4000, maxHeldBytes: 5000 })
    const first = await RawPeer.connect(t, port)
    const second = await RawPeer.connect(t, port)
    first.send(requestFrame({ id: 'a1', body: Buffer.alloc(3000) }))
    await until(() => requests.length === 1, 'the first call')
    second.send(requestFrame({ id: 'b1', body: Buffer.alloc(3000) }))
    assertShed(await second.frame())
    requests[0]?.reply(nullResult(requests[0].requestId))
    second.send(requestFrame({ id: 'b2', body: Buffer.alloc(3000) }))
    await until(() => requests.length === 2, 'the call that has room again')
  })

  it('end the largest half frame when half frames hold too much, and spare the others', async (t) => {
    const { port, requests, counts } = await startServer(t, { payloadBytes: 100_000, maxHeldBytes: 100_000 })
    const small = await RawPeer.connect(t, port)
    const rest = requestFrame({ id: 'c1' })
    small.send(rest.subarray(0, 20))
    const large = await RawPeer.connect(t, port)
    large.send(requestFrame({ id: 'a1', length: 90_000, body: Buffer.alloc(80_000) }))
    const second = await RawPeer.connect(t, port)
    second.send(requestFrame({ id: 'b1', length: 90_000, body: Buffer.alloc(40_000) }))
    const refused = await large.frame()
    assertShed(refused)
    assert.equal(idOf(refused), 'a1')
    await large.end()
    assert.equal(counts.get('overflow'), 1)
    small.send(rest.subarray(20))
    await until(() => requests.length === 1, 'the small frame')
    assert.equal(second.closed, false)
  })

  it('close a connection whose header does not become whole, also when bytes trickle in', async (t) => {
    const { port, counts } = await startServer(t, { headerTimeoutMs: 60 })
    const silent = await RawPeer.connect(t, port)
    silent.send(requestFrame().subarray(0, 15))
    const trickling = await RawPeer.connect(t, port)
    trickling.send(requestFrame().subarray(0, 1))
    let at = 1
    const timer = setInterval(() => at < 15 && trickling.send(requestFrame().subarray(at, ++at)), 20)
    t.after(() => clearInterval(timer))
    const idle = await RawPeer.connect(t, port)
    await silent.end()
    await trickling.end()
    assert.equal(counts.get('header_timeout'), 2)
    assert.equal(idle.closed, false)
  })

  it('close a connection whose frame does not become whole', async (t) => {
    const { port, counts } = await startServer(t, { headerTimeoutMs: 10_000, idleTimeoutMs: 80, heartbeatMs: 10_000 })
    const peer = await RawPeer.connect(t, port)
    const timer = setInterval(() => peer.send('00'), 20)
    t.after(() => clearInterval(timer))
    peer.send(requestFrame({ length: 1_000_000 }))
    await peer.end()
    assert.equal(counts.get('frame_timeout'), 1)
  })

  it('send heartbeats to a silent consumer and close it when it stays silent', async (t) => {
    const { port, counts } = await startServer(t, { heartbeatMs: 40, idleTimeoutMs: 200 })
    const peer = await RawPeer.connect(t, port)
    const heartbeat = await peer.frame()
    assert.match(heartbeat.toString('hex'), /^dabbe200[0-9a-f]{16}000000014e$/)
    await peer.end()
    assert.equal(counts.get('idle_timeout'), 1)
  })

  it('keep a consumer that answers heartbeats, and one with a call in flight', async (t) => {
    const { port, requests, counts } = await startServer(t, { heartbeatMs: 250, idleTimeoutMs: 2500 })
    const answering = await RawPeer.connect(t, port)
    const waiting = await RawPeer.connect(t, port)
    waiting.send(requestFrame({ id: 'a1' }))
    const silent = await RawPeer.connect(t, port)
    const seen: string[] = []
    for (let i = 0; i < 12; i++) {
      const heartbeat = await answering.frame()
      seen.push(idOf(heartbeat))
      answering.send(`dabb2214${heartbeat.subarray(4, 12).toString('hex')}000000014e`)
    }
    await silent.end()
    assert.equal(answering.closed, false)
    assert.equal(waiting.closed, false)
    assert.equal(counts.get('idle_timeout'), 1)
    assert.equal(new Set(seen).size, 12)
    requests[0]?.reply(nullResult(requests[0].requestId))
  })

  it('refuse connections beyond their number', async (t) => {
    const { port, counts } = await startServer(t, { maxConnections: 1 })
    const first = await RawPeer.connect(t, port)
    const second = await RawPeer.connect(t, port)
    await second.end()
    assert.equal(counts.get('connection_refused'), 1)
    assert.equal(first.closed, false)
  })
})

describe('a consumer that does not read its answers', () => {
  const results = new ResultWriter()
  const large = (requestId: Buffer): Buffer => {
    results.begin(requestId).string('x'.repeat(30_000))
    return results.end()
  }

  it('is not read either until it takes them, and then gets all of them', async (t) => {
    const { server, port, requests, counts } = await startServer(t, {
      pauseBytes: 100_000,
      onRequest: (request) => request.reply(large(request.requestId))
    })
    const peer = await RawPeer.connect(t, port)
    peer.socket.pause()
    const total = 1000
    let sent = 0
    while ((counts.get('paused') ?? 0) === 0 && sent < total) {
      peer.send(requestFrame({ id: (++sent).toString(16) }))
      await until(() => requests.length === sent || (counts.get('paused') ?? 0) > 0, 'the request or the pause')
    }
    assert.equal(counts.get('paused'), 1)
    const before = requests.length
    for (; sent < total; sent++) peer.send(requestFrame({ id: (sent + 1).toString(16) }))
    peer.socket.resume()
    for (let i = 1; i <= total; i++) assert.equal(idOf(await peer.frame()), i.toString(16))
    assert.ok(before < total, `${before} of ${total} requests were read before the pause`)
    assert.equal(server.inFlight(), 0)
  })

  it('is disconnected when the calls it has begun answer more than may be kept', async (t) => {
    const { server, port, requests, counts } = await startServer(t, { pauseBytes: 100_000, outboxBytes: 2_000_000 })
    const peer = await RawPeer.connect(t, port)
    const other = await RawPeer.connect(t, port)
    peer.socket.pause()
    for (let i = 0; i < 2000; i++) peer.send(requestFrame({ id: i.toString(16) }))
    await until(() => requests.length === 2000, 'all requests')
    for (const request of requests) request.reply(large(request.requestId))
    await until(() => server.connections() === 1, 'the connection to be ended')
    assert.equal(counts.get('slow_consumer'), 1)
    assert.equal(server.inFlight(), 0)
    other.send(requestFrame({ id: 'b1' }))
    await until(() => requests.length === 2001, 'the call of the other')
    requests[2000]?.reply(nullResult(requests[2000].requestId))
    assert.equal(idOf(await other.frame()), 'b1')
  })
  it('loses its connection when all answers that nobody took are too much, before others notice', async (t) => {
    const { server, port, requests, counts } = await startServer(t, { maxUnsentBytes: 20_000_000 })
    const other = await RawPeer.connect(t, port)
    const peers = await Promise.all(Array.from({ length: 4 }, () => RawPeer.connect(t, port)))
    for (const peer of peers) {
      peer.socket.pause()
      for (let i = 0; i < 500; i++) peer.send(requestFrame({ id: i.toString(16) }))
    }
    await until(() => requests.length === 2000, 'all requests')
    for (const request of requests) {
      request.reply(large(request.requestId))
      assert.ok(server.unsentBytes() <= 20_000_000, `${server.unsentBytes()} bytes`)
    }
    assert.ok((counts.get('slow_consumer') ?? 0) >= 1)
    other.send(requestFrame({ id: 'b1' }))
    await until(() => requests.length === 2001, 'the call of the other')
    requests[2000]?.reply(nullResult(requests[2000].requestId))
    assert.equal(idOf(await other.frame()), 'b1')
    for (const peer of peers) peer.socket.destroy()
    await until(() => server.connections() === 1, 'the others to be gone')
    assert.equal(server.unsentBytes(), 0)
  })
})
