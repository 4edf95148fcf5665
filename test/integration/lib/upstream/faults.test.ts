import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import type { Upstream, UpstreamOptions } from '#lib/upstream'
import {
  assertFails,
  heldClock,
  ok,
  type RawRequest,
  type RawServer,
  rawServer,
  turns,
  until,
  upstreamFor
} from './servers.ts'

const MIB = 1024 * 1024
const head = (status: string, headers = ''): string => `HTTP/1.1 ${status}\r\n${headers}`
const page = (status: string, body: string, headers = ''): string =>
  head(status, `Content-Type: text/html\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`)

interface Scene {
  readonly server: RawServer
  readonly upstream: Upstream
  /** The server does this to the calls with the body `fault`, and echoes all others. */
  readonly origin: string
}

/** One connection, so that what is left of a fault meets the next call. */
async function scene(
  t: TestContext,
  fault: (request: RawRequest) => void,
  options: UpstreamOptions = {}
): Promise<Scene> {
  const server = await rawServer(t, (request) => {
    if (request.body === 'fault') fault(request)
    else request.socket.write(ok(request.body))
  })
  return { server, origin: server.origin, upstream: upstreamFor(t, { connections: 1, ...options }) }
}

/** After whatever happened: the next call is answered with its own answer, on a connection that is new or kept. */
async function assertServes({ upstream, origin, server }: Scene, connections: number): Promise<void> {
  for (const body of ['[1]', '[2]']) {
    const reply = await upstream.post({ origin, path: '/', body, timeoutMs: 5000 })
    assert.deepEqual([reply.status, reply.body.toString()], [200, body])
  }
  assert.equal(server.connections(), connections)
  assert.deepEqual([upstream.stats().waiting, upstream.stats().running], [0, 0])
}

/** Writes `block` as fast as the other side takes it, until the socket is closed or `bytes` are written. */
function pour(socket: Socket, block: Buffer, bytes: number): { written: number } {
  const state = { written: 0 }
  const more = (): void => {
    for (let free = !socket.destroyed; free && state.written < bytes; state.written += block.length) {
      free = socket.write(block)
    }
  }
  socket.on('drain', more)
  more()
  return state
}

/** Most that `heapUsed` and `external` together grow while `act` runs, sampled all the while. */
async function growth(act: () => Promise<unknown>): Promise<number> {
  const used = (): number => {
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = used()
  let most = 0
  const sampling = setInterval(() => {
    most = Math.max(most, used() - before)
  }, 1)
  await act()
  clearInterval(sampling)
  return Math.max(most, used() - before)
}

describe('upstream: answers that are no success', () => {
  for (const [status, body] of [
    ['200 OK', '<html>Welcome to nginx</html>'],
    ['413 Request Entity Too Large', '<html>413</html>'],
    ['502 Bad Gateway', '<html>502</html>'],
    ['503 Service Unavailable', '<html>503</html>'],
    ['504 Gateway Time-out', '<html>504</html>']
  ] as const) {
    it(`hands over a page with ${status} and keeps the connection`, async (t) => {
      const { upstream, origin, ...rest } = await scene(t, ({ socket }) => socket.write(page(status, body)))
      const reply = await upstream.post({ origin, path: '/', body: 'fault', timeoutMs: 5000 })
      assert.deepEqual(
        [reply.status, reply.contentType, reply.body.toString(), reply.retryAfterMs],
        [Number(status.slice(0, 3)), 'text/html', body, undefined]
      )
      await assertServes({ upstream, origin, ...rest }, 1)
    })
  }

  it('hands over when the server wants to be asked again', async (t) => {
    for (const [status, header, ms] of [
      ['429 Too Many Requests', 'Retry-After: 7\r\n', 7000],
      ['503 Service Unavailable', 'Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n', 0],
      ['429 Too Many Requests', 'Retry-After: soon\r\n', undefined]
    ] as const) {
      const { upstream, origin, ...rest } = await scene(t, ({ socket }) => socket.write(page(status, 'no', header)))
      const reply = await upstream.post({ origin, path: '/', body: 'fault', timeoutMs: 5000 })
      assert.deepEqual([reply.status, reply.retryAfterMs], [Number(status.slice(0, 3)), ms])
      await assertServes({ upstream, origin, ...rest }, 1)
    }
  })
})

describe('upstream: faults of the answer, and the call after them', () => {
  const faults: [string, (request: RawRequest) => void, { code: string; message: RegExp; status?: number }][] = [
    [
      'accepts and never answers',
      () => {},
      { code: 'ABOX_UPSTREAM_TIMEOUT', message: /within 60 ms, ended before any byte/ }
    ],
    [
      'answers the head and stops',
      ({ socket }) => socket.write(head('200 OK', 'Content-Length: 10\r\n\r\n')),
      { code: 'ABOX_UPSTREAM_TIMEOUT', message: /after status 200 and 0 bytes/, status: 200 }
    ],
    [
      'resets inside the body',
      ({ socket }) => socket.write(head('200 OK', 'Content-Length: 10\r\n\r\n123'), () => socket.resetAndDestroy()),
      { code: 'ABOX_UPSTREAM_RESET', message: /after status 200 and 3 bytes/, status: 200 }
    ],
    [
      'is shorter than it said',
      ({ socket }) => socket.end(head('200 OK', 'Content-Length: 10\r\n\r\n123')),
      { code: 'ABOX_UPSTREAM_TRUNCATED', message: /after status 200 and 3 bytes/, status: 200 }
    ],
    [
      'ends inside a chunk',
      ({ socket }) => socket.end(head('200 OK', 'Transfer-Encoding: chunked\r\n\r\n5\r\n123')),
      { code: 'ABOX_UPSTREAM_TRUNCATED', message: /after status 200 and 3 bytes/, status: 200 }
    ],
    [
      'ends between two chunks, without the last one',
      ({ socket }) => socket.end(head('200 OK', 'Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n')),
      { code: 'ABOX_UPSTREAM_TRUNCATED', message: /after status 200 and 3 bytes/, status: 200 }
    ],
    [
      'has two lengths',
      ({ socket }) => socket.write(head('200 OK', 'Content-Length: 3\r\nContent-Length: 4\r\n\r\n1234')),
      { code: 'ABOX_UPSTREAM_PROTOCOL', message: /inside the head/ }
    ],
    [
      'has a length and chunks',
      ({ socket }) =>
        socket.write(head('200 OK', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n0\r\n\r\n')),
      { code: 'ABOX_UPSTREAM_PROTOCOL', message: /inside the head/ }
    ],
    [
      'has a length that is no number',
      ({ socket }) => socket.write(head('200 OK', 'Content-Length: -3\r\n\r\n123')),
      { code: 'ABOX_UPSTREAM_PROTOCOL', message: /inside the head/ }
    ],
    [
      'comes with 1 byte per second',
      ({ socket }) => {
        socket.write(head('200 OK', 'Content-Length: 100\r\n\r\n1'))
        const drip = setInterval(() => socket.write('1'), 1000)
        socket.on('close', () => clearInterval(drip))
      },
      { code: 'ABOX_UPSTREAM_TIMEOUT', message: /after status 200 and 1 bytes/, status: 200 }
    ],
    [
      'says 100 Continue, which nobody asked for',
      ({ socket }) => socket.write(head('100 Continue', '\r\n')),
      { code: 'ABOX_UPSTREAM_PROTOCOL', message: /inside the head/ }
    ],
    [
      'is a flood of informational answers',
      ({ socket }) => pour(socket, Buffer.from(head('103 Early Hints', 'Link: </x>\r\n\r\n').repeat(100)), 512 * MIB),
      { code: 'ABOX_UPSTREAM_PROTOCOL', message: /more than 100 informational answers/ }
    ],
    [
      'is a head of headers without end',
      ({ socket }) => {
        socket.write(head('200 OK'))
        pour(socket, Buffer.from('X-More: and more\r\n'.repeat(1000)), 512 * MIB)
      },
      { code: 'ABOX_UPSTREAM_PROTOCOL', message: /inside the head/ }
    ],
    [
      'is a head of one header without end',
      ({ socket }) => {
        socket.write(head('200 OK', 'X-More: '))
        pour(socket, Buffer.alloc(MIB, 0x78), 512 * MIB)
      },
      { code: 'ABOX_UPSTREAM_PROTOCOL', message: /inside the head/ }
    ]
  ]
  for (const [name, fault, expected] of faults) {
    it(`${name}: has its code, its connection is closed, and the next call has a new one`, async (t) => {
      const clock = heldClock()
      const one = await scene(t, fault, { clock })
      const grown = await growth(async () => {
        const post = { origin: one.origin, body: 'fault', timeoutMs: 60 }
        const end = assertFails(one.upstream, post, expected)
        if (expected.code === 'ABOX_UPSTREAM_TIMEOUT') {
          await until(() => one.server.requests.length === 1)
          await turns()
          clock.pass(60)
        }
        assert.equal((await end).sent, true)
      })
      await until(() => one.server.open.size === 0)
      assert.ok(grown < 64 * MIB, `memory grew by ${grown} bytes`)
      await assertServes(one, 2)
    })
  }

  it('trailers without end close the connection', async (t) => {
    const one = await scene(t, ({ socket }) => {
      socket.write(head('200 OK', 'Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n0\r\n'))
      pour(socket, Buffer.from('X-More: and more\r\n'.repeat(1000)), 512 * MIB)
    })
    const expected = { code: 'ABOX_UPSTREAM_PROTOCOL', message: /after status 200 and 3 bytes/, status: 200 }
    await assertFails(one.upstream, { origin: one.origin, body: 'fault' }, expected)
    await until(() => one.server.open.size === 0)
    await assertServes(one, 2)
  })

  it('is longer than it said: the bytes behind its end are nobody’s answer', async (t) => {
    const forged = ok('"forged"')
    for (const rest of ['456', forged, `\r\n${forged}`]) {
      const one = await scene(t, ({ socket }) => socket.write(head('200 OK', `Content-Length: 3\r\n\r\n123${rest}`)))
      const { upstream, origin } = one
      const first = upstream.post({ origin, path: '/', body: 'fault', timeoutMs: 5000 })
      // This one waits for the same connection.
      const second = upstream.post({ origin, path: '/', body: '[0]', timeoutMs: 5000 })
      assert.equal((await first).body.toString(), '123')
      assert.equal((await second).body.toString(), '[0]')
      await assertServes(one, 2)
    }
  })

  it('is a gigabyte, announced or in chunks: cut at the limit, with the memory of the limit', async (t) => {
    const block = Buffer.alloc(64 * 1024, 0x20)
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), block, Buffer.from('\r\n')])
    const cases: [string, Buffer, RegExp][] = [
      ['Content-Length: 1073741824', block, /a body of 1073741824 bytes was announced, at most 1048576/],
      ['Transfer-Encoding: chunked', chunk, /bytes of a body came, at most 1048576/],
      ['Connection: close', block, /bytes of a body came, at most 1048576/]
    ]
    for (const [header, piece, message] of cases) {
      let poured = { written: 0 }
      const one = await scene(
        t,
        ({ socket }) => {
          socket.write(head('200 OK', `${header}\r\n\r\n`))
          poured = pour(socket, piece, 1024 * MIB)
        },
        { maxResponseBytes: MIB }
      )
      const expected = { code: 'ABOX_UPSTREAM_TOO_LARGE', message, status: 200 }
      const grown = await growth(() => assertFails(one.upstream, { origin: one.origin, body: 'fault' }, expected))
      await until(() => one.server.open.size === 0)
      assert.ok(poured.written < 64 * MIB, `${header}: ${poured.written} bytes were written`)
      assert.ok(grown < 64 * MIB, `${header}: memory grew by ${grown} bytes`)
      await assertServes(one, 2)
    }
  })
})

describe('upstream: kept connections', () => {
  it('loses none of 100 calls when the server closes all kept connections under them', async (t) => {
    const server = await rawServer(t, (request) => {
      // As an ingress that is reloaded: what arrives on an old connection is not read any more.
      if (reloaded && old.has(request.socket)) request.socket.destroy()
      else request.socket.write(ok(request.body))
    })
    let reloaded = false
    const old = new Set<Socket>()
    const upstream = upstreamFor(t, { connections: 100 })
    const burst = () =>
      Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          upstream.post({ origin: server.origin, path: '/', body: `[${n}]`, timeoutMs: 10_000 })
        )
      )
    await burst()
    for (let round = 1; round <= 3; round++) {
      for (const socket of server.open) old.add(socket)
      reloaded = true
      const replies = await burst()
      assert.deepEqual(
        replies.map(({ body }) => body.toString()),
        Array.from({ length: 100 }, (_, n) => `[${n}]`)
      )
      reloaded = false
      // Kept ones again for the next round.
      await burst()
    }
    assert.ok(upstream.stats().retries > 0)
    assert.equal(upstream.stats().requests, 700)
  })

  it('closes an idle one after 55 s at the latest, whatever the server announces', async (t) => {
    for (const [announced, ms] of [
      ['', 4000],
      ['Keep-Alive: timeout=75\r\n', 55_000],
      ['Keep-Alive: timeout=20\r\n', 18_000]
    ] as const) {
      const server = await rawServer(t, ({ socket }) => socket.write(ok('{}', announced)))
      const upstream = upstreamFor(t)
      const timers = t.mock.method(globalThis, 'setTimeout')
      await upstream.post({ origin: server.origin, path: '/', body: '{}', timeoutMs: 5000 })
      const idle = () => timers.mock.calls.map(({ arguments: [, delay] }) => delay)
      for (let turn = 0; turn < 1000 && !idle().includes(ms); turn++) await new Promise(setImmediate)
      assert.ok(idle().includes(ms), `${announced}: ${idle().join(' ')}`)
      assert.ok(idle().every((delay = 0) => delay <= 55_000))
      timers.mock.restore()
    }
  })
})
