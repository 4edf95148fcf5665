import { type Clock, systemClock } from '#core/clock'
import { describe, type ErrorRow } from '#core/errors'
import { createTimerWheel } from '#core/timer-wheel'
import { BodyRoom } from './body-room.ts'
import { Counts } from './counts.ts'
import { UpstreamError, upstreamErrors } from './errors.ts'
import { Exchange } from './exchange.ts'
import { OriginClient } from './origin-client.ts'
import type { UpstreamGet, UpstreamPost, UpstreamReply, UpstreamStats } from './types.ts'

export interface UpstreamOptions {
  /** Most connections to one origin; a call beyond them waits. At least the calls in flight there at peak. */
  readonly connections?: number
  /**
   * Most calls that wait for a connection to one origin; default 4 × `connections`. One more is refused at once. A
   * connection is free again a turn of the event loop after its answer, so that some wait in the best of times.
   */
  readonly maxWaiting?: number
  /** For making one connection; it may be a second late. The exact limit is each request's `timeoutMs`. */
  readonly connectTimeoutMs?: number
  /**
   * How long an idle connection is kept, where the server announces nothing. The default is below the 5 s of uvicorn
   * (MLServer, KServe) and Node; nginx closes after 75 s.
   */
  readonly keepAliveMs?: number
  /** Largest body of a POST. */
  readonly maxRequestBytes?: number
  /** Largest body of an answer to a POST. */
  readonly maxResponseBytes?: number
  /**
   * Bytes of all answers to POSTs together that are coming or were not released (`UpstreamReply.release`); 256 MiB. One that
   * would be more ends with ABOX_UPSTREAM_BUSY. Those up to 64 KiB do not count and are always taken.
   */
  readonly maxHeldBytes?: number
  /** `headersTimeoutMs` and `bodyTimeoutMs` of POSTs that have none of their own. */
  readonly headersTimeoutMs?: number | undefined
  readonly bodyTimeoutMs?: number | undefined
  /**
   * Asked before a connection is made, with the number of those that are there: false where the process could have no file handle
   * for one more. Then one that is idle is closed first.
   */
  readonly hasRoom?: (open: number) => boolean
  readonly clock?: Clock
}

/**
 * HTTP/1.1 requests to model servers. Answers of any status are replies; redirects are not followed, nothing is
 * decompressed. Every rejection is an UpstreamError: an AboxError with a code `ABOX_UPSTREAM_…` that knows how far the
 * exchange had come. One retry, on a fresh connection, when a kept connection was closed before any byte of the answer.
 */
export interface Upstream {
  post(request: UpstreamPost): Promise<UpstreamReply>
  /** For probes: on a connection of its own, with at most 64 KiB of answer. */
  get(request: UpstreamGet): Promise<UpstreamReply>
  stats(): UpstreamStats
  /** Takes no more requests; resolves when those in flight have ended and all connections are closed. */
  close(): Promise<void>
}

const { ABOX_UPSTREAM_BUSY, ABOX_UPSTREAM_CLOSED, ABOX_UPSTREAM_REQUEST, ABOX_UPSTREAM_REQUEST_TOO_LARGE } =
  upstreamErrors
const PROBE_BYTES = 64 * 1024
/** Precision of all time limits. */
const TICK_MS = 4
const JSON_HEADERS = ['content-type', 'application/json', 'accept', 'application/json']
const NO_HEADERS: readonly string[] = []

export function createUpstream(options: UpstreamOptions = {}): Upstream {
  const { connections = 64, clock = systemClock, hasRoom = () => true } = options
  const maxRequestBytes = options.maxRequestBytes ?? 32 * 1024 * 1024
  const maxBytes = options.maxResponseBytes ?? 16 * 1024 * 1024
  const together = { open: 0, makeRoom }
  const connectionOptions = {
    together,
    connections,
    maxWaiting: options.maxWaiting ?? connections * 4,
    connectTimeoutMs: options.connectTimeoutMs ?? 1000,
    keepAliveMs: options.keepAliveMs ?? 4000
  }
  const origins = new Map<string, OriginClient>()
  const counts = new Counts()
  const room = new BodyRoom(options.maxHeldBytes ?? 256 * 1024 * 1024)
  const shared = { clock, counts, room, wheel: createTimerWheel({ tickMs: TICK_MS, clock }) }
  const { headersTimeoutMs, bodyTimeoutMs } = options
  const hasDefaults = headersTimeoutMs !== undefined || bodyTimeoutMs !== undefined
  let closed: Promise<void> | undefined

  /** Origins come and go with the documents that name them; one of which nothing is left is forgotten. */
  function forget(client: OriginClient): void {
    if (origins.get(client.origin) === client) origins.delete(client.origin)
  }

  /** Looks at all origins, but only where handles are scarce: making a connection costs more. */
  function makeRoom(): void {
    if (hasRoom(together.open)) return
    let most: OriginClient | undefined
    for (const client of origins.values()) if (client.idle() > (most?.idle() ?? 0)) most = client
    if (most?.closeIdle() === true) counts.idleClosed++
  }

  /** Throws an UpstreamError when the request cannot even be tried. */
  function clientOf(request: UpstreamGet): OriginClient {
    counts.requests++
    const { path, origin } = request
    if (closed !== undefined) throw unsent(ABOX_UPSTREAM_CLOSED, request, 'the client is closed')
    // The HTTP client would take a whole URL here.
    if (!path.startsWith('/')) throw unsent(ABOX_UPSTREAM_REQUEST, request, `path: found "${path}", expected "/…"`)
    const existing = origins.get(origin)
    if (existing !== undefined) return existing
    try {
      const client = new OriginClient(origin, connectionOptions, forget)
      origins.set(origin, client)
      return client
    } catch (error) {
      throw unsent(ABOX_UPSTREAM_REQUEST, request, describe(error), error)
    }
  }

  function refuseBusy(request: UpstreamGet): never {
    counts.busy++
    const { connections: all, maxWaiting } = connectionOptions
    throw unsent(
      ABOX_UPSTREAM_BUSY,
      request,
      `found ${all} connections taken and ${maxWaiting} requests waiting (connections, maxWaiting)`
    )
  }

  function checkSize(request: UpstreamPost, client: OriginClient): void {
    const { body } = request
    const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length
    if (bytes <= maxRequestBytes) return
    counts.requestTooLarge++
    if (client.unused()) forget(client)
    const detail = `found a body of ${bytes} bytes, at most ${maxRequestBytes} may be sent`
    throw unsent(ABOX_UPSTREAM_REQUEST_TOO_LARGE, request, detail)
  }

  return {
    async post(request) {
      const client = clientOf(request)
      checkSize(request, client)
      if (client.full()) refuseBusy(request)
      const { path, body } = request
      const dispatch = { path, method: 'POST', headers: headersOf(request, JSON_HEADERS), body }
      const limited = hasDefaults ? { headersTimeoutMs, bodyTimeoutMs, ...request } : request
      const exchange = new Exchange(limited, dispatch, maxBytes, client, shared)
      if (!exchange.ended) client.send(exchange)
      else if (client.unused()) forget(client)
      return exchange.promise
    },
    async get(request) {
      const client = clientOf(request)
      if (client.fullFresh()) refuseBusy(request)
      const dispatch = { path: request.path, method: 'GET', headers: headersOf(request, NO_HEADERS) }
      const exchange = new Exchange(request, dispatch, PROBE_BYTES, client, shared)
      if (!exchange.ended) client.sendFresh(exchange)
      else if (client.unused()) forget(client)
      return exchange.promise
    },
    stats() {
      const open = { connected: 0, running: 0, waiting: 0 }
      for (const client of origins.values()) {
        open.connected += client.connected()
        open.running += client.running()
        open.waiting += client.waiting()
      }
      return { ...counts, timeouts: { ...counts.timeouts }, ...open, heldBytes: room.bytes, origins: origins.size }
    },
    close() {
      closed ??= Promise.all(Array.from(origins.values(), (client) => client.close())).then(() => shared.wheel.close())
      return closed
    }
  }
}

/** Host, the defaults unless the request names its own content-type, the request's headers. */
function headersOf({ host, headers = NO_HEADERS }: UpstreamGet, defaults: readonly string[]): string[] {
  const list: string[] = host === undefined ? [] : ['host', host]
  let own = false
  for (let i = 0; i < headers.length; i += 2) own ||= headers[i]?.toLowerCase() === 'content-type'
  if (!own) list.push(...defaults)
  list.push(...headers)
  return list
}

function unsent(row: ErrorRow, { origin }: UpstreamGet, detail: string, cause?: unknown): UpstreamError {
  const far = { attempts: 0, status: undefined, sent: false }
  return new UpstreamError(row, `${origin}: ${detail}`, far, { cause })
}
