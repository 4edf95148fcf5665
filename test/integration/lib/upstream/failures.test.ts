import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { createUpstream, UpstreamError, type UpstreamPost } from '#lib/upstream'
import { assertFails, callSignal, listen, ok, type RawServer, rawServer, until, upstreamFor } from './servers.ts'

/** A server that writes these bytes to every request and then does `after` with the socket. */
function writing(t: TestContext, bytes: string, after?: (socket: Socket) => void): Promise<RawServer> {
  return rawServer(t, ({ socket }) => {
    if (after === undefined) socket.write(bytes)
    else socket.write(bytes, () => after(socket))
  })
}

const LENGTH_100 = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"predictions":'
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n'

describe('upstream: requests that fail', () => {
  it('names the refused connection', async (t) => {
    const gone = createServer()
    const origin = await listen(t, gone)
    gone.close()
    await once(gone, 'close')
    const error = await assertFails(
      upstreamFor(t),
      { origin },
      { code: 'ABOX_UPSTREAM_CONNECT', message: /POST http:.*\/p: .*ECONNREFUSED/ }
    )
    assert.equal(error.sent, false)
  })

  it('names the host that does not exist', async (t) => {
    const origin = 'http://model.invalid'
    await assertFails(upstreamFor(t), { origin }, { code: 'ABOX_UPSTREAM_CONNECT', message: /model\.invalid/ })
  })

  it('says that nobody accepted the connection in the time there was', async (t) => {
    // A TLS handshake that is never answered is a connection that is never made.
    const silent = await listen(
      t,
      createServer((socket) => t.after(() => socket.destroy()))
    )
    const origin = silent.replace('http:', 'https:')
    const request = { origin, timeoutMs: 60 }
    await assertFails(upstreamFor(t), request, {
      code: 'ABOX_UPSTREAM_TIMEOUT',
      message: /within 60 ms, ended before there was a connection/
    })
    const own = upstreamFor(t, { connectTimeoutMs: 60 })
    await assertFails(own, { origin }, { code: 'ABOX_UPSTREAM_CONNECT', message: /timeout: 60ms/ })
  })

  it('ends at its deadline when the server accepts and never answers', async (t) => {
    const server = await rawServer(t, () => {})
    const startedAt = performance.now()
    await assertFails(
      upstreamFor(t),
      { origin: server.origin, timeoutMs: 80 },
      { code: 'ABOX_UPSTREAM_TIMEOUT', message: /within 80 ms, ended before any byte of the answer/ }
    )
    assert.ok(performance.now() - startedAt >= 79)
    await until(() => server.open.size === 0)
  })

  it('ends at its deadline when only the head comes', async (t) => {
    const server = await writing(t, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')
    await assertFails(
      upstreamFor(t),
      { origin: server.origin, timeoutMs: 500 },
      { code: 'ABOX_UPSTREAM_TIMEOUT', message: /after status 200 and 0 bytes of the body/, status: 200 }
    )
    await until(() => server.open.size === 0)
  })

  it('ends at its deadline although a byte of the body comes all the time', async (t) => {
    const server = await rawServer(t, ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n')
      const drip = setInterval(() => socket.write('1'), 5)
      socket.on('close', () => clearInterval(drip))
    })
    await assertFails(
      upstreamFor(t),
      { origin: server.origin, timeoutMs: 500 },
      { code: 'ABOX_UPSTREAM_TIMEOUT', message: /after status 200 and [1-9]\d* bytes of the body/, status: 200 }
    )
    await until(() => server.open.size === 0)
  })

  it('tells a reset before the answer from one inside the head and one inside the body', async (t) => {
    const cases: [string, RegExp, number?][] = [
      ['', /before any byte of the answer/],
      ['HTTP/1.1 200 OK\r\nContent-', /inside the head of the answer/],
      [LENGTH_100, /after status 200 and 15 bytes of the body/, 200]
    ]
    for (const [bytes, message, status] of cases) {
      const server = await writing(t, bytes, (socket) => socket.resetAndDestroy())
      const expected = { code: 'ABOX_UPSTREAM_RESET', message, status }
      await assertFails(upstreamFor(t), { origin: server.origin }, expected)
      assert.equal(server.requests.length, 1, 'a first request on a connection is never sent twice')
    }
  })

  it('calls an answer cut off when the connection closes inside its head or its body', async (t) => {
    const upstream = upstreamFor(t)
    const cut = { code: 'ABOX_UPSTREAM_TRUNCATED', status: 200 }
    for (const close of ['', 'Connection: close\r\n']) {
      const bytes = LENGTH_100.replace('\r\n\r\n', `\r\n${close}\r\n`)
      const { origin } = await writing(t, bytes, (socket) => socket.end())
      await assertFails(upstream, { origin }, { ...cut, message: /after status 200 and 15 bytes of the body/ })
    }
    const chunked = await writing(t, CHUNKED, (socket) => socket.end())
    await assertFails(
      upstream,
      { origin: chunked.origin },
      { ...cut, message: /after status 200 and 5 bytes of the body/ }
    )
    const head = await writing(t, 'HTTP/1.1 200 OK\r\nContent-Le', (socket) => socket.end())
    await assertFails(
      upstream,
      { origin: head.origin },
      { code: 'ABOX_UPSTREAM_RESET', message: /inside the head of the answer/ }
    )
  })

  it('says that the answer is no HTTP/1.1', async (t) => {
    const upstream = upstreamFor(t)
    const bad = [
      'garbage that is no HTTP at all\n',
      '\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80',
      'HTTP/2 200 OK\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`
    ]
    for (const bytes of bad) {
      const { origin } = await writing(t, bytes)
      const error = await upstream
        .post({ origin, path: '/', body: '{}', timeoutMs: 5000 })
        .catch((reason: unknown) => reason)
      assert.ok(error instanceof UpstreamError)
      assert.equal(error.code, 'ABOX_UPSTREAM_PROTOCOL', `${bytes.slice(0, 40)}: ${error.message}`)
    }
  })

  it('refuses an announced gigabyte before it comes and drops the connection', async (t) => {
    let written = 0
    const server = await rawServer(t, ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n')
      socket.on('close', () => {
        written = socket.bytesWritten
      })
    })
    await assertFails(
      upstreamFor(t),
      { origin: server.origin },
      {
        code: 'ABOX_UPSTREAM_TOO_LARGE',
        message: /a body of 1073741824 bytes was announced, at most 16777216/,
        status: 200
      }
    )
    await until(() => server.open.size === 0)
    assert.ok(written < 1024)
  })

  it('refuses a streamed gigabyte at the limit, with bounded memory', async (t) => {
    let written = 0
    const block = Buffer.alloc(64 * 1024, 0x20)
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), block, Buffer.from('\r\n')])
    const server = await rawServer(t, ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      const more = () => {
        for (let free = !socket.destroyed; free && written < 2 ** 30; written += block.length)
          free = socket.write(chunk)
      }
      socket.on('drain', more)
      more()
    })
    const before = process.memoryUsage().arrayBuffers
    await assertFails(
      upstreamFor(t, { maxResponseBytes: 1024 * 1024 }),
      { origin: server.origin },
      { code: 'ABOX_UPSTREAM_TOO_LARGE', message: /bytes of a body came, at most 1048576/, status: 200 }
    )
    await until(() => server.open.size === 0)
    assert.ok(written < 64 * 1024 * 1024, `${written} bytes were written`)
    assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 1024 * 1024)
  })

  it('keeps a body of single-byte chunks in memory of its own size', async (t) => {
    const bytes = 200_000
    const server = await rawServer(t, ({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(bytes)}0\r\n\r\n`)
    })
    const reply = await upstreamFor(t).post({ origin: server.origin, path: '/', body: '{}', timeoutMs: 20_000 })
    assert.equal(reply.body.length, bytes)
    assert.ok(reply.body.buffer.byteLength <= 2 * bytes)
  })

  it('sends nothing when Host, path, origin or a header cannot be sent', async (t) => {
    const server = await rawServer(t, ({ socket }) => socket.write(ok('{}')))
    const { origin } = server
    const upstream = upstreamFor(t)
    const bad: [Partial<UpstreamPost>, RegExp, number][] = [
      [{ headers: ['x-a', 'b\r\nx-injected: 1'] }, /x-a/, 1],
      [{ headers: ['x-a\r\nx-injected', '1'] }, /header key/, 1],
      [{ headers: ['x-a', '\u4e2d'] }, /x-a/, 1],
      [{ headers: ['transfer-encoding', 'chunked'] }, /transfer-encoding/, 1],
      [{ headers: ['content-length', '7'] }, /content-length/, 1],
      [{ host: 'a\r\nx-injected: 1' }, /host/, 1],
      [{ path: '/a b' }, /path/, 1],
      [{ path: '/a\r\nx: 1' }, /path/, 1],
      [{ path: 'http://other.example/' }, /path: found "http:\/\/other\.example\/"/, 0],
      [{ path: '' }, /path/, 0],
      [{ origin: 'ftp://a' }, /ftp:\/\/a/, 0],
      [{ origin: `${origin}/path` }, /path/, 0],
      [{ origin: 'nonsense' }, /nonsense/, 0]
    ]
    for (const [request, message, attempts] of bad) {
      await assertFails(upstream, { origin, ...request }, { code: 'ABOX_UPSTREAM_REQUEST', message, attempts })
    }
    assert.equal(server.requests.length, 0)
    assert.equal((await upstream.post({ origin, path: '/', body: '{}', timeoutMs: 5000 })).status, 200)
  })

  it('gives up at once when the call is canceled, before, while waiting and while answering', async (t) => {
    const server = await rawServer(t, () => {})
    const upstream = upstreamFor(t, { connections: 1, keepAliveMs: 20 })
    const canceled = { code: 'ABOX_UPSTREAM_CANCELED' }
    const early = { aborted: true, onAbort: () => assert.fail('it is over'), offAbort: () => {} }
    await assertFails(upstream, { origin: server.origin, signal: early }, { ...canceled, message: /given up before/ })

    const running = callSignal()
    const queued = callSignal()
    const first = assertFails(
      upstream,
      { origin: server.origin, signal: running },
      { ...canceled, message: /given up before any byte of the answer/ }
    )
    const second = assertFails(
      upstream,
      { origin: server.origin, signal: queued },
      { ...canceled, message: /given up before there was a connection/ }
    )
    await until(() => server.requests.length === 1)
    queued.abort()
    await second
    running.abort()
    await first
    await until(() => server.open.size === 0)
    assert.equal(server.requests.length, 1, 'the one that waited was never sent')
  })

  it('does not spend a connection on requests whose time is over when their turn comes', async (t) => {
    const server = await rawServer(t, ({ socket, body }) => {
      if (body !== 'held') socket.write(ok(body))
    })
    const upstream = upstreamFor(t, { connections: 1, maxWaiting: 6 })
    const { origin } = server
    const held = upstream.post({ origin, path: '/', body: 'held', timeoutMs: 5000 })
    await until(() => server.requests.length === 1)
    const dead = Array.from({ length: 5 }, () =>
      assertFails(
        upstream,
        { origin, timeoutMs: 30 },
        { code: 'ABOX_UPSTREAM_TIMEOUT', message: /before there was a connection/ }
      )
    )
    const alive = upstream.post({ origin, path: '/', body: '[1]', timeoutMs: 5000 })
    await Promise.all(dead)
    server.requests[0]?.socket.write(ok('[0]'))
    assert.equal((await held).body.toString(), '[0]')
    const reply = await alive
    assert.deepEqual([reply.body.toString(), reply.reused], ['[1]', true])
    assert.deepEqual([server.requests.length, server.connections()], [2, 1])
  })

  it('refuses new requests when it closes and lets those in flight end', async (t) => {
    const server = await rawServer(t, () => {})
    const upstream = createUpstream()
    const reply = upstream.post({ origin: server.origin, path: '/', body: '{}', timeoutMs: 5000 })
    await until(() => server.requests.length === 1)
    let closed = false
    const closing = upstream.close().then(() => {
      closed = true
    })
    await assertFails(
      upstream,
      { origin: server.origin },
      { code: 'ABOX_UPSTREAM_CLOSED', message: /closed/, attempts: 0 }
    )
    assert.equal(closed, false)
    server.requests[0]?.socket.write(ok('[1]'))
    assert.equal((await reply).body.toString(), '[1]')
    await closing
    await until(() => server.open.size === 0)
    await upstream.close()
  })

  it('survives many requests to a server that breaks every answer in another way', async (t) => {
    const ways = [
      '',
      'x',
      LENGTH_100,
      CHUNKED,
      ok('{}'),
      ok('{}', 'Connection: close\r\n'),
      'HTTP/1.1 100 Continue\r\n\r\n'
    ]
    const server = await rawServer(t, ({ socket, body }) => {
      const n = Number(body)
      socket.write(ways[n % ways.length] ?? '')
      if (n % 3 === 0) socket.end()
      if (n % 3 === 1) setImmediate(() => socket.resetAndDestroy())
    })
    const upstream = upstreamFor(t, { connections: 8, maxWaiting: 200 })
    const ends = await Promise.allSettled(
      Array.from({ length: 200 }, (_, n) =>
        upstream.post({ origin: server.origin, path: '/', body: String(n), timeoutMs: 100 })
      )
    )
    assert.equal(ends.length, 200)
    for (const end of ends)
      if (end.status === 'rejected') assert.ok(end.reason instanceof UpstreamError, String(end.reason))
    await until(() => upstream.stats().running === 0 && upstream.stats().waiting === 0)
  })
})
