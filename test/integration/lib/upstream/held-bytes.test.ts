import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertFails, callSignal, ok, type RawRequest, rawServer, turns, until, upstreamFor } from './servers.ts'

const KIB = 1024
const head = (bytes: number): string => `HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`

/** `held N` gets the head of an answer of N bytes and no more; `chunked N` N bytes of unknown length; `N` N bytes. */
function answer({ socket, body }: RawRequest): void {
  const bytes = Number(body.split(' ').at(-1))
  if (body.startsWith('held')) socket.write(head(bytes))
  else if (body.startsWith('chunked')) {
    const chunk = `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n0\r\n\r\n`
    socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`)
  } else socket.write(ok('x'.repeat(bytes)))
}

describe('upstream: the bytes of all answers together', () => {
  it('an announced answer that would be more than may be held ends at its head, and is counted', async (t) => {
    const { origin } = await rawServer(t, answer)
    const upstream = upstreamFor(t, { maxHeldBytes: 300 * KIB })
    const signal = callSignal()
    const first = upstream.post({ origin, path: '/', body: `held ${200 * KIB}`, timeoutMs: 5000, signal })
    await until(() => upstream.stats().heldBytes === 200 * KIB)
    await assertFails(
      upstream,
      { origin, body: `${200 * KIB}` },
      {
        code: 'ABOX_UPSTREAM_BUSY',
        message: /found an answer of 204800 bytes .* while 204800 bytes .* 307200/,
        status: 200
      }
    )
    assert.equal(upstream.stats().noRoom, 1)
    signal.abort()
    await assert.rejects(first, { code: 'ABOX_UPSTREAM_CANCELED' })
    assert.equal(upstream.stats().heldBytes, 0)
    const reply = await upstream.post({ origin, path: '/', body: `${200 * KIB}`, timeoutMs: 5000 })
    assert.equal(reply.body.length, 200 * KIB)
  })

  it('an answer without a length ends when what came of it is too much', async (t) => {
    const { origin } = await rawServer(t, answer)
    const upstream = upstreamFor(t, { maxHeldBytes: 300 * KIB })
    const first = await upstream.post({ origin, path: '/', body: `${100 * KIB}`, timeoutMs: 5000 })
    await assertFails(
      upstream,
      { origin, body: `chunked ${800 * KIB}` },
      { code: 'ABOX_UPSTREAM_BUSY', message: /upstream\.maxHeldBytes/, status: 200 }
    )
    assert.equal(upstream.stats().heldBytes, 100 * KIB)
    first.release()
    first.release()
    assert.equal(upstream.stats().heldBytes, 0)
  })

  it('small answers come while large ones hold everything, and count for nothing', async (t) => {
    const { origin } = await rawServer(t, answer)
    const upstream = upstreamFor(t, { maxHeldBytes: 100 * KIB })
    const large = await upstream.post({ origin, path: '/', body: `${100 * KIB}`, timeoutMs: 5000 })
    for (const body of [`${64 * KIB}`, `chunked ${64 * KIB}`, 'chunked 50000']) {
      const { status } = await upstream.post({ origin, path: '/', body, timeoutMs: 5000 })
      assert.equal(status, 200)
    }
    assert.equal(upstream.stats().heldBytes, 100 * KIB)
    large.release()
  })

  it('one alone is taken even if it is more than all may hold together', async (t) => {
    const { origin } = await rawServer(t, answer)
    const upstream = upstreamFor(t, { maxHeldBytes: 100 * KIB })
    for (const body of [`${300 * KIB}`, `chunked ${300 * KIB}`]) {
      const reply = await upstream.post({ origin, path: '/', body, timeoutMs: 5000 })
      assert.equal(reply.body.length, 300 * KIB)
      reply.release()
      assert.equal(upstream.stats().heldBytes, 0)
    }
  })
})

describe('upstream: connections that are closed for room', () => {
  it('one that was never opened is none of them', async (t) => {
    const probed = await rawServer(t, () => {})
    const called = await rawServer(t, answer)
    const next = await rawServer(t, answer)
    let hasRoom = true
    const upstream = upstreamFor(t, { hasRoom: () => hasRoom })
    // Its client has a connection for calls, which nobody has used.
    const signal = callSignal()
    const probe = upstream.get({ origin: probed.origin, path: '/', timeoutMs: 5000, signal })
    await upstream.post({ origin: called.origin, path: '/', body: '1', timeoutMs: 5000 })
    await until(() => probed.requests.length === 1)
    // A connection is free a turn after its answer.
    await turns()
    hasRoom = false
    await upstream.post({ origin: next.origin, path: '/', body: '1', timeoutMs: 5000 })
    assert.equal(upstream.stats().idleClosed, 1)
    signal.abort()
    await probe.catch(() => {})
  })
})
