import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertFails, callSignal, ok, rawServer, until, upstreamFor } from './servers.ts'

describe('upstream: connections that are kept and let go', () => {
  it('forgets an origin with its last connection, and knows it again when it is asked for', async (t) => {
    const server = await rawServer(t, ({ socket }) => socket.end(ok('{}', 'Connection: close\r\n')))
    const upstream = upstreamFor(t)
    for (let n = 1; n <= 3; n++) {
      await upstream.post({ origin: server.origin, path: '/', body: '{}', timeoutMs: 5000 })
      await upstream.get({ origin: server.origin, path: '/', timeoutMs: 5000 })
      await until(() => upstream.stats().origins === 0)
    }
    const { requests, receivedBytes, connected } = upstream.stats()
    assert.deepEqual({ requests, receivedBytes, connected }, { requests: 6, receivedBytes: 12, connected: 0 })
  })

  it('lets go of all connections of a burst when their keep-alive is over', async (t) => {
    const server = await rawServer(t, ({ socket, body }) => {
      if (server.requests.length === 50) for (const each of server.requests) each.socket.write(ok(body))
      if (server.requests.length > 50) socket.write(ok(body))
    })
    const upstream = upstreamFor(t, { connections: 100, keepAliveMs: 50 })
    const post = () => upstream.post({ origin: server.origin, path: '/', body: '{}', timeoutMs: 5000 })
    await Promise.all(Array.from({ length: 50 }, post))
    assert.equal(upstream.stats().origins, 1)
    await until(() => upstream.stats().origins === 0)
    assert.equal(server.connections(), 50)
    await post()
    assert.equal(server.connections(), 51)
  })

  it('forgets an origin that could not be reached, or to which nothing was sent', async (t) => {
    const upstream = upstreamFor(t, { maxRequestBytes: 10 })
    const origin = 'http://127.0.0.1:1'
    await assertFails(upstream, { origin }, { code: 'ABOX_UPSTREAM_CONNECT', message: /ECONNREFUSED/ })
    await until(() => upstream.stats().origins === 0)
    const tooLarge = { code: 'ABOX_UPSTREAM_REQUEST_TOO_LARGE', message: /11 bytes/, attempts: 0 }
    await assertFails(upstream, { origin, body: 'x'.repeat(11) }, tooLarge)
    const signal = callSignal()
    signal.abort()
    await assertFails(upstream, { origin, signal }, { code: 'ABOX_UPSTREAM_CANCELED', message: /./ })
    assert.equal(upstream.stats().origins, 0)
  })

  it('closes the connection that was idle longest, of the origin with most of them, where there is no handle for another', async (t) => {
    const first = await rawServer(t, ({ socket, body }) => {
      if (first.requests.length === 2) for (const each of first.requests) each.socket.write(ok(body))
      if (first.requests.length > 2) socket.write(ok(body))
    })
    const second = await rawServer(t, ({ socket, body }) => socket.write(ok(body)))
    const third = await rawServer(t, ({ socket, body }) => socket.write(ok(body)))
    const asked: number[] = []
    const upstream = upstreamFor(t, {
      keepAliveMs: 60_000,
      hasRoom: (open) => {
        asked.push(open)
        return open < 3
      }
    })
    const post = ({ origin }: { origin: string }) => upstream.post({ origin, path: '/', body: '{}', timeoutMs: 5000 })
    await Promise.all([post(first), post(first)])
    await post(second)
    assert.deepEqual([upstream.stats().idleClosed, asked], [0, [0, 1, 2]])
    await post(third)
    assert.deepEqual([upstream.stats().idleClosed, asked.at(-1)], [1, 3])
    await until(() => first.open.size === 1)
    assert.deepEqual([second.open.size, third.open.size, upstream.stats().connected], [1, 1, 3])
    await Promise.all([post(first), post(second), post(third)])
    assert.equal(upstream.stats().idleClosed, 1, 'what is left of them is used')
  })

  it('makes a connection all the same where there is no idle one to close', async (t) => {
    const server = await rawServer(t, ({ socket, body }) => {
      if (server.requests.length === 3) for (const each of server.requests) each.socket.write(ok(body))
      if (server.requests.length > 3) socket.write(ok(body))
    })
    const upstream = upstreamFor(t, { hasRoom: () => false })
    const post = () => upstream.post({ origin: server.origin, path: '/', body: '{}', timeoutMs: 5000 })
    await Promise.all([post(), post(), post()])
    const { idleClosed, connected } = upstream.stats()
    assert.deepEqual({ idleClosed, connected }, { idleClosed: 0, connected: 3 })
  })
})
