import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  createDubboClient,
  type DubboClientOptions,
  decodeInvocation,
  exceptionResult,
  nullResult,
  ResultWriter,
  statusResult
} from '#lib/dubbo'
import { decodeValue, encodeValue, HInt, HLong } from '#lib/hessian2'
import { startListener, startServer, until } from './peers.ts'

const FRAME = { declaringClass: 'a.B', methodName: 'm', fileName: 'f', lineNumber: -1 }
const ECHO = { service: 'a.B', method: 'echo', parameterTypes: ['java.lang.Object'] }

function client(t: TestContext, port: number, options: Partial<DubboClientOptions> = {}) {
  const made = createDubboClient({ host: '127.0.0.1', port, ...options })
  t.after(() => made.close())
  return made
}

/** A server whose methods do what their names say. */
function startMethods(t: TestContext) {
  const results = new ResultWriter()
  return startServer(t, {
    onRequest: (request) => {
      const id = request.requestId
      const { method, scan, argOffsets, responseAttachmentsAllowed } = decodeInvocation(request.body)
      switch (method) {
        case 'echo':
          assert.equal(responseAttachmentsAllowed, true)
          encodeValue(results.begin(id, new Map([['served', 'yes']])), decodeValue(scan, argOffsets[0] as number))
          return request.reply(results.end())
        case 'fail':
          return request.reply(exceptionResult(id, { className: 'a.E', message: 'why', frame: FRAME }))
        case 'busy':
          return request.reply(statusResult(id, 100, 'busy'))
        case 'void':
          return request.reply(nullResult(id))
        case 'drop':
          return request.reply(undefined)
      }
    }
  })
}

describe('the Dubbo client', () => {
  it('gets values back without loss, typed and generic', async (t) => {
    const { port } = await startMethods(t)
    const dubbo = client(t, port)
    for (const generic of [false, true]) {
      const result = await dubbo.call({ ...ECHO, generic, args: [new HLong(9007199254740993n)] })
      assert.deepEqual(result.value, new HLong(9007199254740993n))
      assert.equal(result.exception, undefined)
      assert.equal(result.attachments.get('served'), 'yes')
    }
  })

  it('tells exceptions of the method from calls that failed', async (t) => {
    const { port } = await startMethods(t)
    const dubbo = client(t, port)
    const failed = await dubbo.call({ service: 'a.B', method: 'fail', parameterTypes: [], args: [] })
    assert.equal(failed.exception?.className, 'a.E')
    assert.equal(failed.exception?.message, 'why')
    await assert.rejects(dubbo.call({ service: 'a.B', method: 'busy', parameterTypes: [], args: [] }), {
      code: 'ABOX_DUBBO_STATUS',
      message: /a\.B\.busy at 127\.0\.0\.1:\d+: found status 100 EXHAUSTED, expected 20 OK: busy/
    })
    const nothing = await dubbo.call({ service: 'a.B', method: 'void', parameterTypes: [], args: [] })
    assert.equal(nothing.value, null)
  })

  it('keeps many calls apart on one connection', async (t) => {
    const { server, port, requests } = await startServer(t)
    const dubbo = client(t, port)
    const calls = Array.from({ length: 64 }, (_, i) => dubbo.call({ ...ECHO, args: [new HInt(i)] }))
    await until(() => requests.length === 64, '64 requests')
    assert.equal(server.connections(), 1)
    const results = new ResultWriter()
    for (const request of requests.toReversed()) {
      const { scan, argOffsets } = decodeInvocation(request.body)
      encodeValue(results.begin(request.requestId), decodeValue(scan, argOffsets[0] as number))
      request.reply(results.end())
    }
    for (const [i, call] of calls.entries()) assert.deepEqual((await call).value, new HInt(i))
  })

  it('does not wait for an answer to a one-way call', async (t) => {
    const { port, requests } = await startServer(t)
    const dubbo = client(t, port)
    assert.equal((await dubbo.call({ ...ECHO, args: [null], oneWay: true })).value, null)
    await until(() => requests.length === 1, 'the request')
    assert.equal(requests[0]?.twoWay, false)
  })

  it('gives up when the deadline is over, and a late answer disturbs nobody', async (t) => {
    const { port, requests } = await startServer(t)
    const dubbo = client(t, port)
    await assert.rejects(dubbo.call({ ...ECHO, args: [null], timeoutMs: 30 }), {
      code: 'ABOX_DUBBO_TIMEOUT',
      message: /a\.B\.echo at 127\.0\.0\.1:\d+: no answer within 30 ms/
    })
    const next = dubbo.call({ ...ECHO, args: [null] })
    await until(() => requests.length === 2, 'the next request')
    for (const request of requests) request.reply(nullResult(request.requestId))
    assert.equal((await next).value, null)
  })

  it('rejects what is in flight when the connection dies, and connects again for the next call', async (t) => {
    const { port, requests } = await startServer(t, {
      onRequest: (request) =>
        decodeInvocation(request.body).method === 'void' && request.reply(nullResult(request.requestId))
    })
    const listening = await startListener(t, (socket) => socket.once('data', () => socket.destroy()))
    const broken = client(t, listening)
    for (let i = 0; i < 2; i++) {
      await assert.rejects(broken.call({ ...ECHO, args: [null] }), { code: 'ABOX_DUBBO_CLOSED' })
    }
    const dubbo = client(t, port)
    await dubbo.call({ service: 'a.B', method: 'void', parameterTypes: [], args: [] })
    assert.equal(requests.length, 1)
  })

  it('says where nobody listens', async (t) => {
    const port = await startListener(t, () => {})
    const gone = await startServer(t)
    await gone.server.close()
    await assert.rejects(client(t, gone.port).call({ ...ECHO, args: [null] }), {
      code: 'ABOX_DUBBO_CONNECT',
      message: new RegExp(`127\\.0\\.0\\.1:${gone.port}: .*ECONNREFUSED`)
    })
    await assert.rejects(client(t, port, { timeoutMs: 30 }).call({ ...ECHO, args: [null] }), {
      code: 'ABOX_DUBBO_TIMEOUT'
    })
  })

  it('rejects what is in flight when the provider sends no Dubbo', async (t) => {
    const port = await startListener(t, (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await assert.rejects(client(t, port).call({ ...ECHO, args: [null] }), {
      code: 'ABOX_DUBBO_CLOSED',
      message: /no Dubbo frame \(bad_magic\)/
    })
  })

  it('answers heartbeats of the provider with their bytes and sees the readonly event', async (t) => {
    let received = ''
    const port = await startListener(t, (socket) => {
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString('hex')
      })
      socket.write(
        Buffer.from(
          'dabbe2002ccbe8b9c2fca9de000000014edabba20000000000000000000000000201 52'.replaceAll(' ', ''),
          'hex'
        )
      )
    })
    const dubbo = client(t, port)
    assert.equal(dubbo.isReadonly(), false)
    await dubbo.call({ ...ECHO, args: [null], oneWay: true })
    await until(() => received.endsWith('dabb22142ccbe8b9c2fca9de000000014e'), 'the answer to the heartbeat')
    assert.equal(dubbo.isReadonly(), true)
  })

  it('sends heartbeats and gives a provider up that does not answer them', async (t) => {
    let received = ''
    const port = await startListener(t, (socket) => {
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString('hex')
      })
    })
    const dubbo = client(t, port, { heartbeatMs: 150 })
    await assert.rejects(dubbo.call({ ...ECHO, args: [null] }), {
      code: 'ABOX_DUBBO_CLOSED',
      message: /the provider does not answer heartbeats/
    })
    assert.match(received, /dabbe200[0-9a-f]{16}000000014e/)
  })

  it('keeps a silent connection alive by heartbeats', async (t) => {
    const { port, requests, counts } = await startServer(t)
    const dubbo = client(t, port, { heartbeatMs: 400 })
    const call = dubbo.call({ ...ECHO, args: [null] })
    await until(() => (counts.get('heartbeat') ?? 0) >= 4, 'four heartbeats')
    requests[0]?.reply(nullResult(requests[0].requestId))
    await call
  })

  it('rejects what is in flight when it is closed, and every call after', async (t) => {
    const { port, requests } = await startServer(t)
    const dubbo = client(t, port)
    const call = dubbo.call({ ...ECHO, args: [null] })
    call.catch(() => {})
    await until(() => requests.length === 1, 'the request')
    await dubbo.close()
    await assert.rejects(call, { code: 'ABOX_DUBBO_CLOSED', message: /the client was closed/ })
    await assert.rejects(dubbo.call({ ...ECHO, args: [null] }), { code: 'ABOX_DUBBO_CLOSED' })
    await client(t, port).close()
  })
})
