import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { Clock } from '#core/clock'
import { AboxError } from '#core/errors'
import {
  type AbortListener,
  type CallSignal,
  createUpstream,
  type Upstream,
  UpstreamError,
  type UpstreamOptions,
  type UpstreamPost
} from '#lib/upstream'

/** One request as its bytes arrived. */
export interface RawRequest {
  readonly socket: Socket
  /** Request line and headers. */
  readonly head: string
  readonly body: string
  /** Which connection of the server, from 0. */
  readonly connection: number
  /** Which request on that connection, from 0. */
  readonly nth: number
}

export interface RawServer {
  readonly origin: string
  /** Everything that arrived whole. */
  readonly requests: readonly RawRequest[]
  /** Connections that were opened. */
  connections(): number
  readonly open: ReadonlySet<Socket>
}

/** A TCP server that reads HTTP requests and answers with whatever bytes `answer` writes. */
export async function rawServer(t: TestContext, answer: (request: RawRequest) => void): Promise<RawServer> {
  const requests: RawRequest[] = []
  const open = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    const connection = connections++
    let nth = 0
    let buffered = ''
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      buffered += chunk.toString('latin1')
      for (;;) {
        const end = buffered.indexOf('\r\n\r\n')
        if (end < 0) return
        const head = buffered.slice(0, end)
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        if (buffered.length < end + 4 + length) return
        const request = { socket, head, body: buffered.slice(end + 4, end + 4 + length), connection, nth: nth++ }
        buffered = buffered.slice(end + 4 + length)
        requests.push(request)
        answer(request)
      }
    })
  })
  const origin = await listen(t, server)
  t.after(() => {
    for (const socket of open) socket.destroy()
  })
  return { origin, requests, connections: () => connections, open }
}

/** Listens on a free port until the test ends; returns the origin. */
export async function listen(t: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A client that is closed when the test ends. */
export function upstreamFor(t: TestContext, options: UpstreamOptions = {}): Upstream {
  const upstream = createUpstream(options)
  t.after(() => upstream.close())
  return upstream
}

/** A whole answer with content-length. */
export function ok(body: string, headers = ''): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`
}

export type Expected = { code: string; message: RegExp; attempts?: number; status?: number | undefined }

/** The request must be refused with this error, as our own class and with the numbers a record needs. */
export async function assertFails(
  upstream: Upstream,
  request: Partial<UpstreamPost>,
  expected: Expected
): Promise<UpstreamError> {
  const post = { origin: 'http://127.0.0.1:1', path: '/p', body: '{}', timeoutMs: 5000, ...request }
  const error: unknown = await upstream.post(post).then(
    (reply) => assert.fail(`answered ${reply.status} ${reply.body.subarray(0, 100).toString()}`),
    (reason: unknown) => reason
  )
  assert.ok(error instanceof UpstreamError && error instanceof AboxError, String(error))
  assert.equal(error.code, expected.code, error.message)
  assert.match(error.message, expected.message)
  assert.equal(error.attempts, expected.attempts ?? 1)
  assert.equal(error.status, expected.status)
  return error
}

/** A signal that tells how many listen to it. */
export function callSignal(): CallSignal & { abort(): void; listeners(): number } {
  const listeners = new Set<AbortListener>()
  let aborted = false
  return {
    get aborted() {
      return aborted
    },
    onAbort: (listener) => void listeners.add(listener),
    offAbort: (listener) => void listeners.delete(listener),
    abort() {
      aborted = true
      for (const listener of [...listeners]) listener.cancel()
    },
    listeners: () => listeners.size
  }
}

/** A clock that stands still until the test lets time pass: time limits then do not depend on how busy the machine is. */
export function heldClock(): Clock & { pass(ms: number): void; reads(): number } {
  let now = 1000
  let reads = 0
  return {
    monotonicMs() {
      reads++
      return now
    },
    wallMs: () => now,
    pass(ms) {
      now += ms
    },
    /** How often somebody looked at it. */
    reads: () => reads
  }
}

/** Turns of the event loop in which everything that was written on loopback is read. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

/** Waits until `condition` holds; the test's own time limit ends it otherwise. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}
