import { createServer } from 'node:net'
import { AboxError, describe } from '#core/errors'
import { Connection } from './connection.ts'
import { dubboErrors } from './errors.ts'
import { DEFAULT_PAYLOAD_BYTES, HEADER_BYTES } from './frame.ts'
import { type DubboServerEvent, Hub, type ServerLimits } from './hub.ts'
import type { DubboRequest } from './request.ts'

export interface DubboServerOptions {
  readonly host: string
  /** 0 = any free port; `listen` tells which. */
  readonly port: number
  /** Longest body of a request; 8 MiB. A longer one is answered with status 40 and the connection closed. */
  readonly payloadBytes?: number
  /**
   * Bytes between two good frames that may belong to none (telnet, a stray line); 4096. They are passed over up to the next
   * magic and nothing is answered. One more ends the connection with the event `bad_magic`, and so does HTTP among them.
   */
  readonly skipBytes?: number
  /** Requests of one connection that may be unanswered; 2000. One more is answered with an exception at once. */
  readonly maxInFlightPerConnection?: number
  /** 10,000. One more is closed as soon as it is accepted. */
  readonly maxConnections?: number
  /**
   * Bytes of the requests that were not ended, those of connections that are gone included; 256 MiB, at least twice
   * `payloadBytes`. One more is answered with an exception at once. Frames that have not arrived whole may hold a quarter of
   * it; beyond that, the connections with the largest are ended.
   */
  readonly maxHeldBytes?: number
  /** Answers a peer has not taken, in bytes, at which its requests are no longer read; 1 MiB. */
  readonly pauseBytes?: number
  /** The same at which it is disconnected, because calls already begun still answer; 64 MiB. */
  readonly outboxBytes?: number
  /**
   * Answers that no peer has taken yet, in bytes, together; 256 MiB. Beyond it the connections with most of them are closed,
   * so that those who do not read cost nobody else anything.
   */
  readonly maxUnsentBytes?: number
  /** Time for the 16 bytes of a header once its first byte is there; 10 s. */
  readonly headerTimeoutMs?: number
  /** A connection on which nothing moved, or whose frame did not become whole; 180 s as Java, never less in production. */
  readonly idleTimeoutMs?: number
  /** Without a byte from the peer for this long it is sent a heartbeat; 90 s. Consumers send their own after 60 s. */
  readonly heartbeatMs?: number
  /** How long a peer may take to close after we did; 2 s. */
  readonly lingerMs?: number
  /** Called inside the read of the socket for each request frame; must call `request.reply` once, then or later. */
  readonly onRequest: (request: DubboRequest) => void
  /** Called once per occurrence; for counters. Must not throw. */
  readonly onEvent?: (event: DubboServerEvent) => void
}

export interface DubboServer {
  /** Throws ABOX_DUBBO_LISTEN naming the address. */
  listen(): Promise<{ readonly host: string; readonly port: number }>
  connections(): number
  /** Answers that peers have not taken, bytes. */
  unsentBytes(): number
  /** Requests handed out whose `reply` was not called, of connections that still exist. */
  inFlight(): number
  /** New connections are refused from here on; those that exist go on being served. */
  stopAccepting(): Promise<void>
  /** Asks every consumer to send its next calls elsewhere. Their calls are served as before. */
  sendReadonly(): void
  /**
   * Stops accepting, serves until nothing is in flight or `graceMs` (default 0) is over, sends what is there and
   * closes all connections. Requests without an answer by then stay without one. May be called again.
   */
  close(graceMs?: number): Promise<void>
}

const LOOK_EVERY_MS = 5
/**
 * Connections that the kernel keeps until they are accepted. All consumers of an instance that died come back at one moment;
 * beyond Node's own 511, 5,000 of them had to try again after seconds.
 */
const BACKLOG = 4096

/** A Dubbo provider on TCP: frames in, `onRequest` out. Knows nothing of services. */
export function createDubboServer(options: DubboServerOptions): DubboServer {
  const limits = limitsOf(options)
  const onEvent = options.onEvent ?? (() => {})
  const hub = new Hub(limits, options.onRequest, onEvent)
  const server = createServer({ noDelay: true }, (socket) => {
    new Connection(socket, hub)
  })
  server.maxConnections = options.maxConnections ?? 10_000
  server.on('drop', () => onEvent('connection_refused'))
  let ticker: NodeJS.Timeout | undefined

  async function listen(): Promise<{ host: string; port: number }> {
    const where = `${options.host}:${options.port}`
    await new Promise<void>((resolve, reject) => {
      const failed = (error: Error): void => {
        reject(new AboxError(dubboErrors.ABOX_DUBBO_LISTEN, `${where}: ${describe(error)}`, { cause: error }))
      }
      server.once('error', failed)
      server.listen({ host: options.host, port: options.port, backlog: BACKLOG }, () => {
        server.off('error', failed)
        resolve()
      })
    })
    // From here on an error is one connection that could not be accepted, as for want of file handles.
    server.on('error', () => onEvent('accept_error'))
    ticker = setInterval(tick, tickMs(limits))
    ticker.unref()
    const address = server.address()
    return typeof address === 'object' && address !== null
      ? { host: address.address, port: address.port }
      : { host: options.host, port: options.port }
  }

  function tick(): void {
    const now = performance.now()
    for (const member of hub.members) member.tick(now)
  }

  function stopAccepting(): Promise<void> {
    if (server.listening) server.close()
    return Promise.resolve()
  }

  async function close(graceMs = 0): Promise<void> {
    await stopAccepting()
    await waitUntil(() => hub.inFlight === 0, graceMs)
    for (const member of hub.members) member.end(0)
    await waitUntil(() => hub.members.size === 0, limits.lingerMs)
    for (const member of hub.members) member.destroy()
    clearInterval(ticker)
  }

  return {
    listen,
    connections: () => hub.members.size,
    unsentBytes() {
      for (const member of hub.members) member.measureUnsent()
      return hub.unsentBytes
    },
    inFlight: () => hub.inFlight,
    stopAccepting,
    sendReadonly: () => {
      for (const member of hub.members) member.sendReadonly()
    },
    close
  }
}

function limitsOf(options: DubboServerOptions): ServerLimits {
  const payloadBytes = options.payloadBytes ?? DEFAULT_PAYLOAD_BYTES
  const maxHeldBytes = options.maxHeldBytes ?? Math.max(256 * 1024 * 1024, 2 * payloadBytes)
  return {
    payloadBytes,
    skipBytes: options.skipBytes ?? 4096,
    maxInFlightPerConnection: options.maxInFlightPerConnection ?? 2000,
    maxHeldBytes,
    maxPartialBytes: Math.max(maxHeldBytes / 4, HEADER_BYTES + payloadBytes),
    pauseBytes: options.pauseBytes ?? 1024 * 1024,
    outboxBytes: options.outboxBytes ?? 64 * 1024 * 1024,
    maxUnsentBytes: options.maxUnsentBytes ?? 256 * 1024 * 1024,
    headerTimeoutMs: options.headerTimeoutMs ?? 10_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 180_000,
    heartbeatMs: options.heartbeatMs ?? 90_000,
    lingerMs: options.lingerMs ?? 2000
  }
}

/** One timer serves all connections: a quarter of the shortest time, so that none is noticed more than that late. */
function tickMs({ headerTimeoutMs, idleTimeoutMs, heartbeatMs, lingerMs }: ServerLimits): number {
  return Math.min(1000, Math.max(10, Math.min(headerTimeoutMs, idleTimeoutMs, heartbeatMs, lingerMs) / 4))
}

/** Resolves when `done` holds or `ms` are over. */
async function waitUntil(done: () => boolean, ms: number): Promise<void> {
  const until = performance.now() + ms
  while (!done() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
}
