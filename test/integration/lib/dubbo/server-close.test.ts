import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDubboServer, nullResult } from '#lib/dubbo'
import { RawPeer, requestFrame, startServer, until } from './peers.ts'

const ANSWER = 'dabb02140000000000000001 0000000192'.replaceAll(' ', '')

describe('closing the Dubbo server', () => {
  it('waits until the calls in flight are answered', async (t) => {
    const { server, port, requests } = await startServer(t)
    const peer = await RawPeer.connect(t, port)
    peer.send(requestFrame({ id: '01' }))
    await until(() => requests.length === 1, 'the request')
    let done = false
    const closing = server.close(10_000).then(() => {
      done = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(done, false)
    requests[0]?.reply(nullResult(requests[0].requestId))
    assert.equal((await peer.frame()).toString('hex'), ANSWER)
    await closing
    await peer.end()
    assert.equal(server.connections(), 0)
  })

  it('serves calls that come meanwhile', async (t) => {
    const { server, port, requests } = await startServer(t)
    const peer = await RawPeer.connect(t, port)
    peer.send(requestFrame({ id: '02' }))
    await until(() => requests.length === 1, 'the first request')
    const closing = server.close(10_000)
    peer.send(requestFrame({ id: '01' }))
    await until(() => requests.length === 2, 'the second request')
    requests[1]?.reply(nullResult(requests[1].requestId))
    assert.equal((await peer.frame()).toString('hex'), ANSWER)
    requests[0]?.reply(nullResult(requests[0].requestId))
    await closing
  })

  it('gives up when the grace is over, and a late answer harms nobody', async (t) => {
    const { server, port, requests, counts } = await startServer(t)
    const peer = await RawPeer.connect(t, port)
    peer.send(requestFrame({ id: '01' }))
    await until(() => requests.length === 1, 'the request')
    await server.close(30)
    await peer.end()
    assert.equal(server.inFlight(), 0)
    requests[0]?.reply(nullResult(requests[0].requestId))
    assert.equal(counts.get('reply_lost'), 1)
  })

  it('does not wait for a consumer that does not close', async (t) => {
    const { server, port } = await startServer(t, { lingerMs: 50 })
    await RawPeer.connect(t, port, true)
    await until(() => server.connections() === 1, 'the connection')
    const begun = performance.now()
    await server.close()
    assert.ok(performance.now() - begun >= 45, 'the time to close was given')
    assert.equal(server.connections(), 0)
  })

  it('can stop accepting first: new connections are refused, old ones served', async (t) => {
    const { server, port } = await startServer(t, {
      onRequest: (request) => request.reply(nullResult(request.requestId))
    })
    const peer = await RawPeer.connect(t, port)
    await until(() => server.connections() === 1, 'the connection')
    await server.stopAccepting()
    await assert.rejects(RawPeer.connect(t, port), { code: 'ECONNREFUSED' })
    peer.send(requestFrame({ id: '01' }))
    assert.equal((await peer.frame()).toString('hex'), ANSWER)
  })

  it('can send every consumer the readonly event first, with calls still answered', async (t) => {
    const { server, port } = await startServer(t, {
      onRequest: (request) => request.reply(nullResult(request.requestId))
    })
    const peers = [await RawPeer.connect(t, port), await RawPeer.connect(t, port)]
    await until(() => server.connections() === 2, 'both connections')
    server.sendReadonly()
    for (const peer of peers) {
      assert.match((await peer.frame()).toString('hex'), /^dabba200[0-9a-f]{16}000000020152$/)
      peer.send(requestFrame({ id: '01' }))
      assert.equal((await peer.frame()).toString('hex'), ANSWER)
    }
  })

  it('may be asked twice, and before it listened', async (t) => {
    const { server } = await startServer(t)
    await Promise.all([server.close(), server.close()])
    await server.close()
    await createDubboServer({ host: '127.0.0.1', port: 0, onRequest: () => {} }).close()
  })
})
