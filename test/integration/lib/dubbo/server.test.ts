import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nullResult, statusResult } from '#lib/dubbo'
import { decodeBytes } from '#lib/hessian2'
import { bytesOf, goldenFrames } from '../../../unit/lib/dubbo/golden.ts'
import { RawPeer, requestFrame, startServer, until } from './peers.ts'

const answer = (id: string): string => `dabb0214${id.padStart(16, '0')}0000000192`

/** Status and text of an answer other than 20. */
function refusal(frame: Buffer): { status: number; id: string; text: string } {
  const [text] = decodeBytes(frame.subarray(16))
  return { status: frame[3] as number, id: frame.subarray(4, 12).toString('hex'), text: String(text) }
}

describe('the Dubbo server', () => {
  it('hands out a request and sends its answer', async (t) => {
    const { server, port, requests } = await startServer(t)
    const peer = await RawPeer.connect(t, port)
    peer.send(requestFrame({ id: '07' }))
    await until(() => requests.length === 1, 'the request')
    const [request] = requests
    assert.equal(request?.twoWay, true)
    assert.equal(request?.serialization, 2)
    assert.equal(request?.connection.remoteAddress, '127.0.0.1')
    assert.equal(request?.connection.remotePort, peer.socket.localPort)
    assert.equal(request?.body.toString('hex'), requestFrame().subarray(16).toString('hex'))
    assert.equal(server.inFlight(), 1)
    request?.reply(nullResult(request.requestId))
    assert.equal((await peer.frame()).toString('hex'), answer('07'))
    assert.equal(server.inFlight(), 0)
    assert.equal(server.connections(), 1)
  })

  it('gives ids back as they came, with the top bit set and beyond what a number holds', async (t) => {
    const { port } = await startServer(t, { onRequest: (request) => request.reply(nullResult(request.requestId)) })
    const peer = await RawPeer.connect(t, port)
    for (const id of ['84b0f4bfbe111a4b', 'ffffffffffffffff', '3c99d1b2a7e8f130', '8000000000000000']) {
      peer.send(requestFrame({ id }))
      assert.equal((await peer.frame()).toString('hex'), answer(id))
    }
  })

  it('answers 64 calls of one connection in the order in which they are done', async (t) => {
    const { port, requests } = await startServer(t)
    const peer = await RawPeer.connect(t, port)
    const ids = Array.from({ length: 64 }, (_, i) => i.toString(16).padStart(16, '0'))
    peer.send(...ids.map((id) => requestFrame({ id })))
    await until(() => requests.length === 64, '64 requests')
    for (const request of requests.toReversed()) request.reply(nullResult(request.requestId))
    for (const id of ids.toReversed()) assert.equal((await peer.frame()).toString('hex'), answer(id))
  })

  it('answers heartbeats of all Java versions with their own bytes', async (t) => {
    const { port, requests } = await startServer(t)
    const peer = await RawPeer.connect(t, port)
    const golden = goldenFrames('event')
    for (const heartbeat of golden.filter(({ kind }) => kind === 'event-request:heartbeat')) {
      peer.send(heartbeat.hex)
      const java = golden.find(
        ({ kind, consumer }) => kind === 'event-response:heartbeat' && consumer === heartbeat.consumer
      )
      assert.equal((await peer.frame()).toString('hex'), java?.hex)
    }
    assert.equal(requests.length, 0)
  })

  it('sends nothing for a one-way call and answers the next one right', async (t) => {
    const { server, port } = await startServer(t, {
      onRequest: (request) => request.reply(nullResult(request.requestId))
    })
    const peer = await RawPeer.connect(t, port)
    peer.send(requestFrame({ flags: 0x82, id: '01' }), requestFrame({ id: '02' }))
    assert.equal((await peer.frame()).toString('hex'), answer('02'))
    assert.equal(server.inFlight(), 0)
  })

  it('ignores events it does not know and answers to nothing', async (t) => {
    const { port, counts } = await startServer(t, {
      onRequest: (request) => request.reply(nullResult(request.requestId))
    })
    const peer = await RawPeer.connect(t, port)
    const event = (hex: string) => requestFrame({ flags: 0xa2, body: Buffer.from(hex, 'hex') })
    peer.send(event('0152'), event('0157'), event('0158'), event('4e'.repeat(16)), event(''))
    peer.send('dabb221400000000000000090000 00014e', 'dabb0214000000000000000900000001 92')
    peer.send(requestFrame({ id: '03' }))
    assert.equal((await peer.frame()).toString('hex'), answer('03'))
    assert.equal(counts.get('event_ignored'), 5)
    assert.equal(counts.get('unexpected_response'), 1)
  })

  it('refuses an event of an impossible size with 40 where an answer is awaited', async (t) => {
    const { port } = await startServer(t)
    const peer = await RawPeer.connect(t, port)
    for (const body of ['', '4e'.repeat(16)]) {
      peer.send(requestFrame({ flags: 0xe2, id: '09', body: Buffer.from(body, 'hex') }))
      const { status, id, text } = refusal(await peer.frame())
      assert.equal(status, 40)
      assert.equal(id, '0000000000000009')
      assert.match(
        text,
        new RegExp(`ABOX_DUBBO_BODY: event: found a body of ${body.length / 2} bytes, expected 1 to 15`)
      )
    }
  })

  it('answers a heartbeat of another serialization in it', async (t) => {
    const { port, counts } = await startServer(t)
    const peer = await RawPeer.connect(t, port)
    peer.send('dabbf70000000000000000ff0000000500000001af')
    assert.equal((await peer.frame()).toString('hex'), 'dabb371400000000000000ff0000000500000001af')
    assert.equal(counts.get('heartbeat'), 1)
  })

  it('answers nothing to text and serves the frame behind it', async (t) => {
    const { port, counts } = await startServer(t, {
      onRequest: (request) => request.reply(nullResult(request.requestId))
    })
    for (const junk of ['status\r\n', 'GET /\r\n', '\n', '\x01\x02\x03\x04\x05', '\xda\xda']) {
      const peer = await RawPeer.connect(t, port)
      peer.send(Buffer.from(junk, 'latin1'), requestFrame({ id: '04' }))
      assert.equal((await peer.frame()).toString('hex'), answer('04'))
      assert.equal(peer.bytesReceived, answer('04').length / 2)
    }
    assert.equal(counts.get('junk_skipped'), 5)
    assert.equal(counts.get('bad_magic'), undefined)
  })

  it('closes a connection that speaks HTTP, and serves no frame behind it', async (t) => {
    const { port, requests, counts } = await startServer(t)
    const body = requestFrame({ id: '04' })
    const page = fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: { 'content-type': 'text/plain' }
    })
    await assert.rejects(page)
    await until(() => counts.get('bad_magic') === 1, 'the connection to be ended')
    assert.deepEqual(requests, [])
  })

  it('closes a connection with more than 4096 bytes between two frames and serves the others', async (t) => {
    const { server, port, counts } = await startServer(t, {
      onRequest: (request) => request.reply(nullResult(request.requestId))
    })
    const good = await RawPeer.connect(t, port)
    const bad = await RawPeer.connect(t, port)
    for (let i = 0; i < 3; i++) {
      bad.send(Buffer.alloc(4096, '\n'), requestFrame({ id: '04' }))
      assert.equal((await bad.frame()).toString('hex'), answer('04'))
    }
    bad.send(Buffer.alloc(4097, '\n'))
    await bad.end()
    assert.equal(counts.get('bad_magic'), 1)
    good.send(requestFrame({ id: '04' }))
    assert.equal((await good.frame()).toString('hex'), answer('04'))
    await until(() => server.connections() === 1, 'the closed connection to be forgotten')
  })

  it('answers a body that is too long or of negative length with 40, then closes', async (t) => {
    const { port, counts } = await startServer(t, { payloadBytes: 1000 })
    for (const length of [0x7fffffff, 1001, -1, -0x80000000]) {
      const peer = await RawPeer.connect(t, port)
      peer.send(requestFrame({ id: 'ff00000000000001', length }))
      const { status, id, text } = refusal(await peer.frame())
      assert.equal(status, 40)
      assert.equal(id, 'ff00000000000001')
      assert.match(text, new RegExp(`ABOX_DUBBO_TOO_LARGE: found a body of ${length} bytes, expected 0 to 1000`))
      await peer.end()
    }
    assert.equal(counts.get('too_large'), 2)
    assert.equal(counts.get('bad_length'), 2)
  })

  it('delivers that 40 even when the whole long body is under way', async (t) => {
    const { port } = await startServer(t, { payloadBytes: 1000 })
    const peer = await RawPeer.connect(t, port)
    peer.send(requestFrame({ id: '05', body: Buffer.alloc(4 * 1024 * 1024) }))
    assert.equal(refusal(await peer.frame()).status, 40)
    await peer.end()
  })

  it('still answers the calls in flight of a connection that sent an impossible frame', async (t) => {
    const { port, requests } = await startServer(t, { payloadBytes: 1000 })
    const peer = await RawPeer.connect(t, port)
    peer.send(requestFrame({ id: '06' }), requestFrame({ id: '07', length: 5000 }), requestFrame({ id: '08' }))
    assert.equal(refusal(await peer.frame()).status, 40)
    assert.equal(requests.length, 1)
    requests[0]?.reply(nullResult(requests[0].requestId))
    assert.equal((await peer.frame()).toString('hex'), answer('06'))
    await peer.end()
  })

  it('sends nothing to a one-way call that is too long', async (t) => {
    const { port } = await startServer(t, { payloadBytes: 1000 })
    const peer = await RawPeer.connect(t, port)
    peer.send(requestFrame({ flags: 0x82, length: 5000 }))
    await peer.end()
    assert.equal(peer.bytesReceived, 0)
  })

  it('answers other serializations with 40 naming what it expects, and the connection lives on', async (t) => {
    const { port, counts } = await startServer(t, {
      onRequest: (request) => request.reply(nullResult(request.requestId))
    })
    const peer = await RawPeer.connect(t, port)
    const [fastjson2] = goldenFrames('fastjson2')
    assert.ok(fastjson2)
    peer.send(bytesOf(fastjson2))
    const refused = refusal(await peer.frame())
    assert.equal(refused.status, 40)
    assert.equal(refused.id, bytesOf(fastjson2).subarray(4, 12).toString('hex'))
    assert.match(
      refused.text,
      /ABOX_DUBBO_SERIALIZATION: found serialization id 23 \(fastjson2\), expected 2 \(hessian2\): set serialization=hessian2/
    )
    for (const flags of [0xc0, 0xc3, 0xd5]) {
      peer.send(requestFrame({ flags }))
      assert.equal(refusal(await peer.frame()).status, 40)
    }
    peer.send(requestFrame({ flags: 0x97 }), requestFrame({ id: '09' }))
    assert.equal((await peer.frame()).toString('hex'), answer('09'))
    assert.equal(counts.get('bad_serialization'), 5)
  })

  it('answers 80 when the application throws', async (t) => {
    const { server, port } = await startServer(t, {
      onRequest: () => {
        throw new Error('defect')
      }
    })
    const peer = await RawPeer.connect(t, port)
    peer.send(requestFrame())
    const { status, text } = refusal(await peer.frame())
    assert.equal(status, 80)
    assert.match(text, /ABOX_INTERNAL: defect/)
    assert.equal(server.inFlight(), 0)
  })

  it('takes one answer per request and none for a peer that is gone', async (t) => {
    const { server, port, requests, counts } = await startServer(t)
    const peer = await RawPeer.connect(t, port)
    peer.send(requestFrame({ id: '0a' }), requestFrame({ id: '0b' }))
    await until(() => requests.length === 2, 'two requests')
    const [first, second] = requests
    assert.ok(first && second)
    first.reply(nullResult(first.requestId))
    first.reply(statusResult(first.requestId, 80, 'again'))
    assert.equal((await peer.frame()).toString('hex'), answer('0a'))
    assert.equal(server.inFlight(), 1)
    peer.socket.destroy()
    await until(() => second.connection.closed, 'the connection to be known as closed')
    assert.equal(server.inFlight(), 0)
    second.reply(nullResult(second.requestId))
    assert.equal(server.inFlight(), 0)
    assert.equal(counts.get('reply_lost'), 1)
  })

  it('tells that its port cannot be opened', async (t) => {
    const { port } = await startServer(t)
    await assert.rejects(startServer(t, { port }), {
      code: 'ABOX_DUBBO_LISTEN',
      message: new RegExp(`127\\.0\\.0\\.1:${port}: .*EADDRINUSE`)
    })
  })

  it('survives random bytes', async (t) => {
    const { server, port } = await startServer(t, {
      onRequest: (request) => request.reply(nullResult(request.requestId))
    })
    let seed = 42
    const random = (): number => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff
      return seed >> 8
    }
    for (let i = 0; i < 50; i++) {
      const peer = await RawPeer.connect(t, port)
      const bytes = Buffer.from(Array.from({ length: 200 }, random))
      if (i % 2 === 0) bytes.write('dabb', 'hex')
      peer.send(bytes)
      peer.socket.end()
      await peer.end()
    }
    const peer = await RawPeer.connect(t, port)
    peer.send(requestFrame({ id: '0c' }))
    assert.equal((await peer.frame()).toString('hex'), answer('0c'))
    assert.equal(server.inFlight(), 0)
  })
})
