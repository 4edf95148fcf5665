import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { describe, it } from 'node:test'
import { listen, ok, rawServer, until, upstreamFor } from './servers.ts'

describe('upstream: requests that succeed', () => {
  it('sends path, Host and body byte for byte and adds the JSON headers', async (t) => {
    const server = await rawServer(t, ({ socket }) => socket.write(ok('{}')))
    const upstream = upstreamFor(t)
    const path = '/v1/models/a%2Fb:predict/../x//y?q=%20+&z'
    const body = Buffer.from('{"n":12345678901234567890,"s":"\u4e2d"}')
    await upstream.post({
      origin: server.origin,
      path,
      host: 'rank.models.internal',
      headers: ['X-Request-ID', 'abc', 'authorization', 'Bearer t'],
      body,
      timeoutMs: 5000
    })
    const [request] = server.requests
    assert.deepEqual(request?.head.split('\r\n'), [
      `POST ${path} HTTP/1.1`,
      'host: rank.models.internal',
      'connection: keep-alive',
      'content-type: application/json',
      'accept: application/json',
      'X-Request-ID: abc',
      'authorization: Bearer t',
      `content-length: ${body.length}`
    ])
    assert.equal(request?.body, body.toString('latin1'))
  })

  it('takes the Host from the origin when none is given, and the content-type from the request when it has one', async (t) => {
    const server = await rawServer(t, ({ socket }) => socket.write(ok('{}')))
    const headers = ['Content-Type', 'application/x-ndjson']
    await upstreamFor(t).post({ origin: server.origin, path: '/', headers, body: '1\n2\n', timeoutMs: 5000 })
    const [request] = server.requests
    assert.match(request?.head ?? '', new RegExp(`\r\nhost: ${server.origin.slice('http://'.length)}\r\n`))
    assert.match(request?.head ?? '', /\r\nContent-Type: application\/x-ndjson\r\n/)
    assert.doesNotMatch(request?.head ?? '', /application\/json/)
  })

  it('hands over status, content type and the exact bytes, whatever the status is', async (t) => {
    const body = Buffer.from([0x7b, 0x00, 0xff, 0xfe, 0x7d])
    const server = createServer((_request, response) => {
      response.writeHead(503, { 'content-type': 'text/html; charset=utf-8' })
      response.end(body)
    })
    const origin = await listen(t, server)
    const reply = await upstreamFor(t).post({ origin, path: '/', body: '{}', timeoutMs: 5000 })
    assert.equal(reply.status, 503)
    assert.equal(reply.contentType, 'text/html; charset=utf-8')
    assert.deepEqual(reply.body, body)
    assert.deepEqual([reply.attempts, reply.reused], [1, false])
  })

  it('reads bodies that come in chunks, in single bytes, and until the connection ends', async (t) => {
    const text = '{"predictions":[0.25,NaN]}'
    const server = await rawServer(t, ({ socket, head }) => {
      if (head.includes('/chunked')) {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        for (const letter of text) socket.write(`1\r\n${letter}\r\n`)
        socket.write('0\r\n\r\n')
      } else if (head.includes('/close')) socket.end(`HTTP/1.1 200 OK\r\n\r\n${text}`)
      else for (const letter of ok(text)) socket.write(letter)
    })
    const upstream = upstreamFor(t)
    for (const path of ['/chunked', '/close', '/bytes']) {
      const reply = await upstream.post({ origin: server.origin, path, body: '{}', timeoutMs: 5000 })
      assert.equal(reply.body.toString(), text, path)
    }
  })

  it('skips informational answers and takes an empty body for what it is', async (t) => {
    const server = await rawServer(t, ({ socket }) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n')
    })
    const reply = await upstreamFor(t).post({ origin: server.origin, path: '/', body: '', timeoutMs: 5000 })
    assert.deepEqual([reply.status, reply.contentType, reply.body.length], [204, '', 0])
  })

  it('does not follow redirects and asks for no compression', async (t) => {
    const server = await rawServer(t, ({ socket }) =>
      socket.write('HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n')
    )
    const reply = await upstreamFor(t).post({ origin: server.origin, path: '/', body: '{}', timeoutMs: 5000 })
    assert.equal(reply.status, 302)
    assert.equal(server.requests.length, 1)
    assert.doesNotMatch(server.requests[0]?.head ?? '', /accept-encoding/i)
  })

  it('reads the answer of a server that refuses a large body without reading it all', async (t) => {
    const server = createServer((request, response) => {
      response.writeHead(413, { connection: 'close' })
      response.end('too large')
      request.resume()
    })
    const origin = await listen(t, server)
    const body = Buffer.alloc(4 * 1024 * 1024, 0x20)
    const reply = await upstreamFor(t).post({ origin, path: '/', body, timeoutMs: 5000 })
    assert.deepEqual([reply.status, reply.body.toString()], [413, 'too large'])
  })

  it('keeps its connection, and makes a new one after `Connection: close`', async (t) => {
    let header = ''
    const server = await rawServer(t, ({ socket }) => {
      if (header === '') socket.write(ok('{}'))
      else socket.end(ok('{}', header))
    })
    const upstream = upstreamFor(t, { connections: 1 })
    const post = () => upstream.post({ origin: server.origin, path: '/', body: '{}', timeoutMs: 5000 })
    const kept = [await post(), await post(), await post()]
    assert.deepEqual([kept.map(({ reused }) => reused), server.connections()], [[false, true, true], 1])
    header = 'Connection: close\r\n'
    const closing = [await post(), await post(), await post(), await post()]
    assert.deepEqual(
      closing.map(({ reused }) => reused),
      [true, false, false, false]
    )
    assert.deepEqual(
      closing.map(({ attempts }) => attempts),
      [1, 1, 1, 1]
    )
    assert.equal(server.connections(), 4)
  })

  it('has 64 requests in flight at once on as many connections', async (t) => {
    const server = await rawServer(t, () => {
      if (server.requests.length < 64) return
      // All are here: answered in reverse, each with its own body.
      for (const { socket, body } of server.requests.toReversed()) socket.write(ok(body))
    })
    const upstream = upstreamFor(t, { connections: 64 })
    const replies = Array.from({ length: 64 }, (_, n) =>
      upstream.post({ origin: server.origin, path: '/', body: `[${n}]`, timeoutMs: 5000 })
    )
    const bodies = (await Promise.all(replies)).map(({ body }) => body.toString())
    assert.deepEqual(
      bodies,
      Array.from({ length: 64 }, (_, n) => `[${n}]`)
    )
    assert.equal(server.connections(), 64)
  })

  it('lets requests beyond its connections wait and counts them', async (t) => {
    const server = await rawServer(t, ({ socket, head }) => {
      if (!head.includes('/held')) socket.write(ok('{}'))
    })
    const upstream = upstreamFor(t, { connections: 1 })
    const post = (path: string) => upstream.post({ origin: server.origin, path, body: '{"a":1}', timeoutMs: 5000 })
    const held = post('/held')
    await until(() => server.requests.length === 1)
    const next = post('/next')
    const { running, waiting, connected, origins, requests } = upstream.stats()
    assert.deepEqual(
      { running, waiting, connected, origins, requests },
      { running: 1, waiting: 1, connected: 1, origins: 1, requests: 2 }
    )
    server.requests[0]?.socket.write(ok('[1]'))
    await Promise.all([held, next])
    const { sentBytes, receivedBytes, running: left } = upstream.stats()
    assert.deepEqual({ sentBytes, receivedBytes, left }, { sentBytes: 14, receivedBytes: 5, left: 0 })
  })

  it('probes with GET on a connection of its own while all others are busy', async (t) => {
    const server = await rawServer(t, ({ socket, head }) => {
      if (head.startsWith('GET')) socket.write(ok('{"ready":true}'))
    })
    const upstream = upstreamFor(t, { connections: 1 })
    const busy = upstream.post({ origin: server.origin, path: '/', body: '{}', timeoutMs: 5000 })
    await until(() => server.requests.length === 1)
    const reply = await upstream.get({ origin: server.origin, path: '/ready', host: 'a.b', timeoutMs: 5000 })
    assert.equal(reply.body.toString(), '{"ready":true}')
    assert.deepEqual(server.requests[1]?.head.split('\r\n'), ['GET /ready HTTP/1.1', 'host: a.b', 'connection: close'])
    server.requests[0]?.socket.write(ok('{}'))
    await busy
  })
})
