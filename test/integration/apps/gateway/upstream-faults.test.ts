import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { HDoubles } from '#lib/hessian2'
import { SERVICE, serviceDocument, startEmbeddedGateway } from '../../../harness/embedded-gateway.ts'
import { startModelServer } from '../../../harness/model-server.ts'

const GOOD = '{"predictions":[[2.0]]}'
/** Longer than any call takes that is answered. */
const LONG_MS = 20_000
const ok = (body = GOOD): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
const status = (line: string, headers = ''): string => `HTTP/1.1 ${line}\r\n${headers}content-length: 2\r\n\r\n{}`
const CONNECTION = /^abox_endpoint_failures_total\{.*model="bad".*reason="connection"/
const ANSWER = /^abox_endpoint_failures_total\{.*model="bad".*reason="answer"/
const ended = (outcome: string): RegExp => new RegExp(`^abox_calls_total\\{.*model="bad".*outcome="${outcome}"`)
const phase = (name: string): RegExp => new RegExp(`^abox_upstream_timeouts_total\\{.*phase="${name}"`)

interface Fault {
  readonly name: string
  /** What the model does with the nth request of a connection. */
  readonly serve: (socket: Socket, nth: number) => void
  /** What the caller gets: `ok`, or the beginning of the message. */
  readonly gets: RegExp
  /** The counters that show it. */
  readonly shows: readonly RegExp[]
  /** Calls, one after the other; the last one is looked at. */
  readonly calls?: number
  readonly timeoutMs?: number
  /** How long the next piece of a body is waited for; 200 ms unless given. */
  readonly bodyTimeoutMs?: number
}

const faults: readonly Fault[] = [
  {
    name: 'accepts and never answers',
    serve: () => {},
    gets: /^ABOX_UPSTREAM_TIMEOUT/,
    shows: [phase('answer'), ANSWER, ended('timeout')],
    timeoutMs: 600
  },
  {
    name: 'answers headers and stops',
    serve: (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"pred'),
    gets: /^ABOX_UPSTREAM_TIMEOUT: .* nothing more came for 200 ms/,
    shows: [phase('body'), ended('timeout')]
  },
  {
    name: 'answers one byte after the other, too slowly for the caller',
    serve: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n')
      const timer = setInterval(() => socket.write(' '), 50)
      socket.on('close', () => clearInterval(timer))
    },
    gets: /^ABOX_UPSTREAM_TIMEOUT: .* no whole answer/,
    shows: [phase('body'), ended('timeout')],
    timeoutMs: 600,
    bodyTimeoutMs: 10_000
  },
  {
    name: 'answers 200 with an HTML page',
    serve: (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>'),
    gets: /^ABOX_MODEL_NOT_JSON/,
    shows: [ANSWER, ended('bad_response')]
  },
  {
    name: 'answers 413',
    serve: (socket) => socket.write(status('413 Too Large')),
    gets: /^ABOX_MODEL_STATUS: .*413/,
    shows: [ended('upstream_4xx')]
  },
  {
    name: 'answers 429 with Retry-After',
    serve: (socket) => socket.write(status('429 Too Many', 'retry-after: 1\r\n')),
    gets: /^ABOX_MODEL_STATUS: .*429/,
    shows: [ANSWER, ended('upstream_4xx')]
  },
  ...['502 Bad Gateway', '503 Unavailable', '504 Gateway Timeout'].map((line) => ({
    name: `answers ${line}`,
    serve: (socket: Socket) => void socket.write(status(line)),
    gets: new RegExp(`^ABOX_MODEL_STATUS: .*${line.slice(0, 3)}`),
    shows: [ANSWER, ended('upstream_5xx')]
  })),
  {
    name: 'resets in mid-body',
    serve: (socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"pred', () => socket.resetAndDestroy()),
    gets: /^ABOX_UPSTREAM_(TRUNCATED|RESET)/,
    shows: [/^abox_endpoint_failures_total\{.*model="bad"/, ended('bad_response|connect')]
  },
  {
    name: 'closes a kept connection as the next request comes',
    serve: (socket, nth) => (nth === 1 ? socket.write(ok()) : socket.destroy()),
    gets: /^ok$/,
    shows: [/^abox_upstream_retries_total\{.*reason="stale_connection"/],
    calls: 2
  },
  {
    name: 'announces 1 GB',
    serve: (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n['),
    gets: /^ABOX_UPSTREAM_TOO_LARGE: .* 1000000000 bytes/,
    shows: [ended('bad_response')]
  }
]

describe('a model that', () => {
  for (const fault of faults) {
    test(`${fault.name}: the caller hears of it, counters show it, others are answered`, async (t) => {
      const server = createServer((socket) => {
        let nth = 0
        socket.on('error', () => {})
        socket.on('data', () => fault.serve(socket, ++nth))
      })
      const world = await startWorld(t, await listen(t, server), fault)
      for (let i = 1; i < (fault.calls ?? 1); i++) await world.call('bad')
      const bad = world.call('bad')
      assert.equal(await world.call('good'), 'ok')
      assert.match(await bad, fault.gets)
      for (const counter of fault.shows) assert.ok((await world.metric(counter)) > 0, String(counter))
      assert.equal(await world.call('good'), 'ok')
    })
  }

  test('refuses connections: the caller hears of it, counters show it, others are answered', async (t) => {
    const server = createServer()
    const origin = await listen(t, server)
    await new Promise((resolve) => server.close(resolve))
    const world = await startWorld(t, origin)
    assert.match(await world.call('bad'), /^ABOX_UPSTREAM_CONNECT/)
    assert.ok((await world.metric(CONNECTION)) > 0)
    assert.ok((await world.metric(ended('connect'))) > 0)
    assert.equal(await world.call('good'), 'ok')
  })
})

async function listen(t: TestContext, server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface World {
  /** `ok`, or the exception's message. */
  call(method: 'bad' | 'good'): Promise<string>
  /** The sum of all lines that match. */
  metric(line: RegExp): Promise<number>
}

async function startWorld(
  t: TestContext,
  origin: string,
  { timeoutMs = LONG_MS, bodyTimeoutMs = 200 }: Pick<Fault, 'timeoutMs' | 'bodyTimeoutMs'> = {}
): Promise<World> {
  const good = await startModelServer(() => GOOD)
  const models = Object.entries({ bad: origin, good: good.origin }).map(([name, endpoint]) => ({
    kind: 'Model',
    name,
    variants: [{ name: 'only', cluster: 'legacy', protocol: 'tensorflow', endpoints: [endpoint], path: '/x' }]
  }))
  const methods = ['bad', 'good'].map((name) => ({
    name,
    model: name,
    input: 'args[0]',
    returns: 'java.util.List<java.lang.Double>',
    timeoutMs: name === 'bad' ? timeoutMs : LONG_MS
  }))
  const config = { upstream: { bodyTimeoutMs } }
  const gateway = await startEmbeddedGateway({ documents: [serviceDocument(methods), ...models], config })
  t.after(async () => {
    await gateway.close()
    await good.close()
  })
  return {
    async call(method) {
      const reply = await gateway.client.call({
        service: SERVICE,
        method,
        args: [new HDoubles(Float64Array.of(0.25))],
        parameterTypes: [],
        attachments: {},
        generic: true
      })
      return reply.exception?.message ?? 'ok'
    },
    async metric(line) {
      const text = await gateway.instance.metricsText()
      const found = text.split('\n').filter((one) => line.test(one))
      return found.reduce((sum, one) => sum + Number(one.split(' ').at(-1)), 0)
    }
  }
}
