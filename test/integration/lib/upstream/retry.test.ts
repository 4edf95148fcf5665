import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UpstreamError } from '#lib/upstream'
import { heldClock, ok, type RawRequest, rawServer, until, upstreamFor } from './servers.ts'

describe('upstream: the one safe retry', () => {
  for (const [name, drop] of [
    ['closes', ({ socket }: RawRequest) => socket.end()],
    ['resets', ({ socket }: RawRequest) => socket.resetAndDestroy()]
  ] as const) {
    it(`makes a call succeed whose kept connection the server ${name} as it arrives`, async (t) => {
      const server = await rawServer(t, (request) => {
        if (request.nth === 0) request.socket.write(ok(request.body))
        else drop(request)
      })
      const upstream = upstreamFor(t, { connections: 1 })
      const post = (body: string) => upstream.post({ origin: server.origin, path: '/', body, timeoutMs: 5000 })
      assert.deepEqual((await post('[1]')).attempts, 1)
      const reply = await post('[2]')
      assert.deepEqual([reply.body.toString(), reply.attempts, reply.reused], ['[2]', 2, false])
      assert.deepEqual(
        server.requests.map(({ body, connection }) => [body, connection]),
        [
          ['[1]', 0],
          ['[2]', 0],
          ['[2]', 1]
        ]
      )
      const { retries, sentBytes, requests } = upstream.stats()
      assert.deepEqual({ retries, sentBytes, requests }, { retries: 1, sentBytes: 9, requests: 2 })
    })
  }

  it('uses a fresh connection although other kept ones are there, which are as stale as the first', async (t) => {
    const held: RawRequest[] = []
    let stale = false
    const server = await rawServer(t, (request) => {
      if (stale && request.nth > 0) request.socket.resetAndDestroy()
      else if (stale) request.socket.write(ok(request.body))
      else if (held.push(request) === 8) for (const { socket, body } of held) socket.write(ok(body))
    })
    const upstream = upstreamFor(t, { connections: 8 })
    const all = () =>
      Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          upstream.post({ origin: server.origin, path: '/', body: `[${n}]`, timeoutMs: 5000 })
        )
      )
    await all()
    await until(() => upstream.stats().running === 0)
    stale = true
    const replies = await all()
    assert.deepEqual(new Set(replies.map(({ attempts }) => attempts)), new Set([2]))
    assert.equal(server.requests.length, 24)
  })

  it('is no second chance for a first request, for a begun answer, for a timeout or for a second failure', async (t) => {
    let then: (request: RawRequest) => void = () => {}
    let always = false
    const server = await rawServer(t, (request) => {
      if (request.nth === 0 && !always) request.socket.write(ok('{}'))
      else then(request)
    })
    const cases: [string, (request: RawRequest) => void, boolean, string, number, number][] = [
      ['first', ({ socket }) => socket.end(), true, 'ABOX_UPSTREAM_RESET', 1, 1],
      ['begun', ({ socket }) => socket.end('HTTP'), false, 'ABOX_UPSTREAM_RESET', 1, 2],
      ['timeout', () => {}, false, 'ABOX_UPSTREAM_TIMEOUT', 1, 2]
    ]
    for (const [name, answer, first, code, attempts, seen] of cases) {
      const upstream = upstreamFor(t, { connections: 1 })
      const before = server.requests.length
      then = answer
      always = first
      const post = () => upstream.post({ origin: server.origin, path: '/', body: '{}', timeoutMs: 150 })
      if (!first) await post()
      const error = await post().catch((reason: unknown) => reason)
      assert.ok(error instanceof UpstreamError, name)
      assert.deepEqual(
        [error.code, error.attempts, server.requests.length - before],
        [code, attempts, seen],
        error.message
      )
    }

    const upstream = upstreamFor(t, { connections: 1 })
    const post = () => upstream.post({ origin: server.origin, path: '/', body: '{}', timeoutMs: 5000 })
    always = false
    await post()
    always = true
    then = ({ socket }) => socket.end()
    const before = server.requests.length
    const error = await post().catch((reason: unknown) => reason)
    assert.ok(error instanceof UpstreamError)
    assert.deepEqual([error.code, error.attempts, server.requests.length - before], ['ABOX_UPSTREAM_RESET', 2, 2])
    assert.match(error.message, /attempt 2/)
  })

  it('is counted in the one deadline of the call', async (t) => {
    const server = await rawServer(t, ({ socket }) => {
      if (server.requests.length === 1) socket.write(ok('{}'))
    })
    const clock = heldClock()
    const upstream = upstreamFor(t, { connections: 1, clock })
    const post = () => upstream.post({ origin: server.origin, path: '/', body: '{}', timeoutMs: 100 })
    await post()
    const end = post().catch((reason: unknown) => reason)
    await until(() => server.requests.length === 2)
    clock.pass(60)
    server.requests[1]?.socket.end()
    await until(() => server.requests.length === 3)
    // The time of the first attempt and that of the second together are more than there is, neither is so alone.
    clock.pass(60)
    const error = await end
    assert.ok(error instanceof UpstreamError)
    assert.deepEqual([error.code, error.attempts], ['ABOX_UPSTREAM_TIMEOUT', 2])
  })
})
