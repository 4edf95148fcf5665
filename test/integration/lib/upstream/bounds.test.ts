import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { UpstreamError } from '#lib/upstream'
import {
  assertFails,
  callSignal,
  heldClock,
  ok,
  type RawRequest,
  rawServer,
  turns,
  until,
  upstreamFor
} from './servers.ts'

/** Answers with the request's own body, but for those that begin with `held`. */
const echo = ({ socket, body }: RawRequest): void => {
  if (!body.startsWith('held')) socket.write(ok(body))
}

describe('upstream: requests that wait', () => {
  it('refuses one more than may wait at once, sends nothing of it and counts it', async (t) => {
    const server = await rawServer(t, echo)
    const upstream = upstreamFor(t, { connections: 2, maxWaiting: 3 })
    const { origin } = server
    const post = (body: string) => upstream.post({ origin, path: '/', body, timeoutMs: 5000 })
    const held = [post('held'), post('held')]
    const waiting = [post('[1]'), post('[2]'), post('[3]')]
    const error = await assertFails(
      upstream,
      { origin },
      { code: 'ABOX_UPSTREAM_BUSY', message: /2 connections taken and 3 requests waiting/, attempts: 0 }
    )
    assert.equal(error.sent, false)
    assert.deepEqual([upstream.stats().busy, upstream.stats().waiting], [1, 5])
    await until(() => server.requests.length === 2)
    assert.equal(upstream.stats().waiting, 3)
    for (const { socket } of server.requests) socket.write(ok('[0]'))
    const bodies = (await Promise.all([...held, ...waiting])).map(({ body }) => body.toString())
    assert.deepEqual(bodies, ['[0]', '[0]', '[1]', '[2]', '[3]'])
    assert.equal(server.requests.length, 5)
    assert.equal(server.connections(), 2)
  })

  it('may let nobody wait', async (t) => {
    const server = await rawServer(t, echo)
    const upstream = upstreamFor(t, { connections: 1, maxWaiting: 0 })
    const { origin } = server
    const held = upstream.post({ origin, path: '/', body: 'held', timeoutMs: 5000 })
    await assertFails(upstream, { origin }, { code: 'ABOX_UPSTREAM_BUSY', message: /0 requests waiting/, attempts: 0 })
    await until(() => server.requests.length === 1)
    server.requests[0]?.socket.write(ok('[0]'))
    await held
  })

  it('has one bound per origin, and one of its own for probes', async (t) => {
    const slow = await rawServer(t, () => {})
    const other = await rawServer(t, echo)
    const upstream = upstreamFor(t, { connections: 1, maxWaiting: 1 })
    const lost = Array.from({ length: 3 }, () =>
      upstream.post({ origin: slow.origin, path: '/', body: '{}', timeoutMs: 200 }).catch((reason: unknown) => reason)
    )
    const reply = await upstream.post({ origin: other.origin, path: '/', body: '[1]', timeoutMs: 5000 })
    assert.equal(reply.body.toString(), '[1]')
    const probes = Array.from({ length: 3 }, () =>
      upstream.get({ origin: slow.origin, path: '/', timeoutMs: 200 }).catch((reason: unknown) => reason)
    )
    const codes = (await Promise.all([...lost, ...probes])).map((error) => (error as UpstreamError).code.slice(14))
    assert.deepEqual(codes, ['TIMEOUT', 'TIMEOUT', 'BUSY', 'TIMEOUT', 'TIMEOUT', 'BUSY'])
  })

  it('keeps nothing of the requests to a server that accepts and never answers', async (t) => {
    const server = await rawServer(t, () => {})
    const upstream = upstreamFor(t, { connections: 4, maxWaiting: 100 })
    const post = () =>
      upstream.post({ origin: server.origin, path: '/', body: '{}', timeoutMs: 8 }).catch((reason: unknown) => reason)
    const codes = new Map<string, number>()
    let most = 0
    for (let round = 0; round < 50; round++) {
      const calls = Array.from({ length: 200 }, post)
      most = Math.max(most, upstream.stats().waiting)
      for (const error of await Promise.all(calls)) {
        assert.ok(error instanceof UpstreamError)
        codes.set(error.code, (codes.get(error.code) ?? 0) + 1)
      }
      // Only what stands on a connection in the making may be left.
      assert.ok(upstream.stats().waiting <= 4, `${upstream.stats().waiting} are left after round ${round}`)
    }
    assert.ok(most <= 104, `${most} waited`)
    assert.deepEqual(new Set(codes.keys()), new Set(['ABOX_UPSTREAM_TIMEOUT', 'ABOX_UPSTREAM_BUSY']))
    assert.ok((codes.get('ABOX_UPSTREAM_BUSY') ?? 0) >= 50 * 96)
    await until(() => upstream.stats().waiting === 0 && upstream.stats().running === 0 && server.open.size === 0)
    const { timeouts, busy } = upstream.stats()
    assert.equal(timeouts.waiting + timeouts.sent + busy, 10_000)
  })

  it('gives the connection of a request that could not be sent to the next one', async (t) => {
    const server = await rawServer(t, echo)
    const upstream = upstreamFor(t, { connections: 1, maxWaiting: 5 })
    const { origin } = server
    const good = () => upstream.post({ origin, path: '/', body: '[1]', timeoutMs: 5000 })
    const bad = () =>
      assertFails(upstream, { origin, path: '/a b' }, { code: 'ABOX_UPSTREAM_REQUEST', message: /path/ })
    for (let round = 0; round < 3; round++) {
      const all = [bad(), good(), bad(), bad(), good()]
      await Promise.all(all)
    }
    assert.equal(server.requests.length, 6)
    assert.equal(server.connections(), 1)
  })

  it('serves those that wait before it closes', async (t) => {
    const server = await rawServer(t, echo)
    const upstream = upstreamFor(t, { connections: 1 })
    const post = (body: string) => upstream.post({ origin: server.origin, path: '/', body, timeoutMs: 5000 })
    const calls = [post('[1]'), post('[2]'), post('[3]')]
    await upstream.close()
    const bodies = (await Promise.all(calls)).map(({ body }) => body.toString())
    assert.deepEqual(bodies, ['[1]', '[2]', '[3]'])
    await until(() => server.open.size === 0)
  })
})

describe('upstream: sizes', () => {
  it('refuses a body above its limit and sends nothing of it', async (t) => {
    const server = await rawServer(t, echo)
    const upstream = upstreamFor(t, { maxRequestBytes: 10 })
    const { origin } = server
    for (const body of [Buffer.alloc(11, 0x31), '1'.repeat(11), '\u4e2d\u4e2d\u4e2d\u4e2d']) {
      const expected = { code: 'ABOX_UPSTREAM_REQUEST_TOO_LARGE', message: /1[12] bytes, at most 10/, attempts: 0 }
      assert.equal((await assertFails(upstream, { origin, body }, expected)).sent, false)
    }
    assert.equal(server.connections(), 0)
    assert.equal(upstream.stats().requestTooLarge, 3)
    const reply = await upstream.post({ origin, path: '/', body: '1'.repeat(10), timeoutMs: 5000 })
    assert.equal(reply.body.length, 10)
  })
})

describe('upstream: limits between the pieces of an answer', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n'
  /** The limits here are 10 ms; they are found at the next tick of the wheel. */
  const LIMIT_AND_TICK_MS = 14

  /** A server that writes what the body of the request says, and a client whose time the test lets pass. */
  async function scene(t: TestContext) {
    const server = await rawServer(t, ({ socket, body }) => socket.write(body))
    const clock = heldClock()
    const upstream = upstreamFor(t, { clock, keepAliveMs: 20 })
    return { server, origin: server.origin, clock, upstream }
  }

  it('ends when the head is not there in its time', async (t) => {
    for (const [body, message] of [
      ['', /within 10 ms of sending, ended before any byte/],
      ['HTTP/1.1 200 OK\r\nX-', /within 10 ms of sending, ended inside the head/]
    ] as const) {
      const { server, origin, clock, upstream } = await scene(t)
      const request = { origin, body, headersTimeoutMs: 10, timeoutMs: 60_000 }
      const end = assertFails(upstream, request, { code: 'ABOX_UPSTREAM_TIMEOUT', message })
      await until(() => server.requests.length === 1)
      await turns()
      clock.pass(LIMIT_AND_TICK_MS)
      await end
      await until(() => server.open.size === 0)
    }
  })

  it('ends when the body stands still, before its first byte and after some', async (t) => {
    for (const start of ['', '{"a":']) {
      const { server, origin, clock, upstream } = await scene(t)
      const request = { origin, body: HEAD + start, headersTimeoutMs: 20, bodyTimeoutMs: 10, timeoutMs: 60_000 }
      const message = new RegExp(`nothing more came for 10 ms, ended after status 200 and ${start.length} bytes`)
      const end = assertFails(upstream, request, { code: 'ABOX_UPSTREAM_TIMEOUT', message, status: 200 })
      await until(() => server.requests.length === 1 && upstream.stats().receivedBytes === start.length)
      await turns()
      clock.pass(LIMIT_AND_TICK_MS)
      await end
      await until(() => server.open.size === 0)
    }
  })

  it('does not end while pieces come, and the limit of the head is over with the head', async (t) => {
    const { server, origin, clock, upstream } = await scene(t)
    const limits = { headersTimeoutMs: 10, bodyTimeoutMs: 10, timeoutMs: 60_000 }
    const reply = upstream.post({ origin, path: '/', body: `${HEAD}1`, ...limits })
    for (let come = 1; come < 6; come++) {
      await until(() => upstream.stats().receivedBytes === come)
      clock.pass(9)
      // The wheel looks at it: a limit that is over would end the request.
      const looks = clock.reads()
      await until(() => clock.reads() > looks)
      server.requests[0]?.socket.write('1')
    }
    assert.equal((await reply).body.toString(), '111111')
  })

  it('the limit over everything counts although each piece is in time', async (t) => {
    const { server, origin, clock, upstream } = await scene(t)
    const request = { origin, body: `${HEAD}1`, headersTimeoutMs: 10, bodyTimeoutMs: 10, timeoutMs: 20 }
    const expected = { code: 'ABOX_UPSTREAM_TIMEOUT', message: /no whole answer within 20 ms/, status: 200 }
    const end = assertFails(upstream, request, expected)
    for (let come = 1; come < 4; come++) {
      await until(() => upstream.stats().receivedBytes === come)
      clock.pass(7)
      if (come < 3) server.requests[0]?.socket.write('1')
    }
    await end
  })

  it('counts time-outs by how far the answer had come', async (t) => {
    const { server, origin, clock, upstream } = await scene(t)
    const call = (body: string) => upstream.post({ origin, path: '/', body, timeoutMs: 10 })
    const calls = ['', 'HTTP/1.1 200 OK\r\nX-', `${HEAD}123`].map(call)
    await until(() => server.requests.length === 3 && upstream.stats().receivedBytes === 3)
    await turns()
    clock.pass(LIMIT_AND_TICK_MS)
    await Promise.allSettled(calls)
    assert.deepEqual(upstream.stats().timeouts, { waiting: 0, sent: 1, begun: 1, body: 1 })
  })
})

describe('upstream: giving up', () => {
  it('leaves the list of those that wait, and costs no connection', async (t) => {
    const server = await rawServer(t, echo)
    const upstream = upstreamFor(t, { connections: 1 })
    const { origin } = server
    const held = upstream.post({ origin, path: '/', body: 'held', timeoutMs: 5000 })
    const signals = Array.from({ length: 3 }, callSignal)
    const calls = signals.map((signal) =>
      assertFails(
        upstream,
        { origin, signal },
        { code: 'ABOX_UPSTREAM_CANCELED', message: /given up before there was a connection/ }
      )
    )
    await until(() => server.requests.length === 1)
    assert.equal(upstream.stats().waiting, 3)
    for (const signal of signals) signal.abort()
    for (const error of await Promise.all(calls)) assert.equal(error.sent, false)
    assert.equal(upstream.stats().waiting, 0)
    server.requests[0]?.socket.write(ok('[0]'))
    await held
    const reply = await upstream.post({ origin, path: '/', body: '[1]', timeoutMs: 5000 })
    assert.deepEqual([reply.reused, server.connections(), server.requests.length], [true, 1, 2])
    assert.equal(upstream.stats().canceled, 3)
  })

  it('destroys the connection after sending and inside the body, and the next call has a new one', async (t) => {
    const cases: [string, RegExp, number | undefined][] = [
      ['', /given up before any byte of the answer/, undefined],
      ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123', /given up after status 200 and 3 bytes/, 200]
    ]
    for (const [bytes, message, status] of cases) {
      const server = await rawServer(t, ({ socket, body }) => socket.write(body === '{}' ? bytes : ok(body)))
      const upstream = upstreamFor(t, { connections: 1 })
      const { origin } = server
      const signal = callSignal()
      const call = assertFails(upstream, { origin, signal }, { code: 'ABOX_UPSTREAM_CANCELED', message, status })
      const received = bytes.slice(-3) === '123' ? 3 : 0
      await until(() => server.requests.length === 1 && upstream.stats().receivedBytes === received)
      signal.abort()
      assert.equal((await call).sent, true)
      await until(() => server.open.size === 0)
      const reply = await upstream.post({ origin, path: '/', body: '[1]', timeoutMs: 5000 })
      assert.deepEqual([reply.body.toString(), server.connections()], ['[1]', 2])
    }
  })

  it('leaves no listener behind, however the exchange ends', async (t) => {
    const server = await rawServer(t, ({ socket, body }) => {
      if (body === 'answer') socket.write(ok('{}'))
      if (body === 'reset') socket.resetAndDestroy()
    })
    const upstream = upstreamFor(t, { connections: 1, maxWaiting: 1, maxRequestBytes: 100 })
    const signal = callSignal()
    const { origin } = server
    const end = (body: string, path = '/') =>
      upstream.post({ origin, path, body, timeoutMs: 30, signal }).catch((reason: unknown) => reason)
    for (const body of ['answer', 'reset', 'never', 'x'.repeat(200)]) await end(body)
    await end('answer', '/a b')
    await Promise.all([end('never'), end('never'), end('never')])
    assert.equal(signal.listeners(), 0)
    const last = end('never')
    assert.equal(signal.listeners(), 1)
    signal.abort()
    assert.equal(((await last) as UpstreamError).code, 'ABOX_UPSTREAM_CANCELED')
    assert.equal(signal.listeners(), 0)
    assert.equal(((await end('answer')) as UpstreamError).code, 'ABOX_UPSTREAM_CANCELED')
  })
})
