import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nullResult } from '#lib/dubbo'
import { RawPeer, requestFrame, startServer, until } from './peers.ts'

describe('a peer that goes away while its calls are in flight', () => {
  it('is told to each call that asked, once', async (t) => {
    const { port, requests } = await startServer(t)
    const peer = await RawPeer.connect(t, port)
    peer.send(Buffer.concat([requestFrame({ id: '01' }), requestFrame({ id: '02' }), requestFrame({ id: '03' })]))
    await until(() => requests.length === 3, 'the requests')
    const gone: number[] = []
    requests[0]?.onAbort({ cancel: () => gone.push(0) })
    requests[2]?.onAbort({ cancel: () => gone.push(2) })
    assert.equal(requests[0]?.aborted, false)
    peer.socket.destroy()
    await until(() => gone.length === 2, 'both calls to hear of it')
    assert.deepEqual(gone, [0, 2])
    assert.equal(requests[1]?.aborted, true)
  })

  it('leaves the bytes of its calls counted until they are ended, and nobody waits for them', async (t) => {
    const { server, port, requests } = await startServer(t, { payloadBytes: 4000, maxHeldBytes: 5000 })
    const peer = await RawPeer.connect(t, port)
    peer.send(requestFrame({ id: '01', body: Buffer.alloc(3000) }))
    await until(() => requests.length === 1, 'the request')
    peer.socket.destroy()
    await until(() => server.connections() === 0, 'the connection to be forgotten')
    assert.equal(server.inFlight(), 0)
    const other = await RawPeer.connect(t, port)
    other.send(requestFrame({ id: '02', body: Buffer.alloc(3000) }))
    assert.match((await other.frame()).toString('latin1'), /ABOX_DUBBO_OVERLOADED: .* 3016 bytes of requests held/)
    requests[0]?.reply(nullResult(requests[0].requestId))
    requests[0]?.reply(nullResult(requests[0].requestId))
    assert.equal(server.inFlight(), 0)
    other.send(requestFrame({ id: '03', body: Buffer.alloc(3000) }))
    await until(() => requests.length === 2, 'the call that has room again')
  })

  it('is not told to calls that were answered before', async (t) => {
    const { port, requests, counts } = await startServer(t)
    const peer = await RawPeer.connect(t, port)
    peer.send(Buffer.concat([requestFrame({ id: '01' }), requestFrame({ id: '02' })]))
    await until(() => requests.length === 2, 'the requests')
    const gone: number[] = []
    for (const [index, request] of requests.entries()) request.onAbort({ cancel: () => gone.push(index) })
    requests[0]?.reply(nullResult(requests[0].requestId))
    await peer.frame()
    peer.socket.destroy()
    await until(() => gone.length === 1, 'the open call to hear of it')
    assert.deepEqual(gone, [1])
    requests[1]?.reply(nullResult(requests[1].requestId))
    assert.equal(counts.get('reply_lost'), 1)
  })

  it('is not told to a listener that was taken off', async (t) => {
    const { port, requests } = await startServer(t)
    const peer = await RawPeer.connect(t, port)
    peer.send(Buffer.concat([requestFrame({ id: '01' }), requestFrame({ id: '02' })]))
    await until(() => requests.length === 2, 'the requests')
    const gone: string[] = []
    const [first, second] = ['first', 'second'].map((name) => ({ cancel: () => gone.push(name) }))
    assert.ok(first !== undefined && second !== undefined)
    requests[0]?.onAbort(first)
    requests[0]?.offAbort(second)
    requests[1]?.onAbort(second)
    requests[1]?.offAbort(second)
    peer.socket.destroy()
    await until(() => gone.length > 0, 'the one that is left to hear of it')
    assert.deepEqual(gone, ['first'])
  })
})
