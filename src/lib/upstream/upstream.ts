import type { Dispatcher } from 'undici'
import { describe, type ErrorRow } from '#core/errors'
import { UpstreamError, upstreamErrors } from './errors.ts'
import { Exchange } from './exchange.ts'
import { OriginClient } from './origin-client.ts'
import type { CallSignal, UpstreamGet, UpstreamPost, UpstreamReply, UpstreamStats } from './types.ts'

export interface UpstreamOptions {
  /** Most connections to one origin; a call beyond them waits. At least the calls in flight there at peak. */
  readonly connections?: number
  /** For making one connection; it may be a second late. The exact limit is each request's `timeoutMs`. */
  readonly connectTimeoutMs?: number
  /**
   * How long an idle connection is kept, where the server announces nothing. The default is below the 5 s of uvicorn
   * (MLServer, KServe) and Node; nginx closes after 75 s.
   */
  readonly keepAliveMs?: number
  /** Largest body of an answer to a POST. */
  readonly maxResponseBytes?: number
}

/**
 * HTTP/1.1 requests to model servers. Answers of any status are replies; redirects are not followed, nothing is
 * decompressed. Every rejection is an AboxError with a code `ABOX_UPSTREAM_…` (and `attempts`: see UpstreamError).
 * One retry, on a fresh connection, when a kept connection was closed before any byte of the answer.
 */
export interface Upstream {
  post(request: UpstreamPost): Promise<UpstreamReply>
  /** For probes: on a connection of its own, with at most 64 KiB of answer. */
  get(request: UpstreamGet): Promise<UpstreamReply>
  stats(): UpstreamStats
  /** Takes no more requests; resolves when those in flight have ended and all connections are closed. */
  close(): Promise<void>
}

const { ABOX_UPSTREAM_CLOSED, ABOX_UPSTREAM_REQUEST } = upstreamErrors
const PROBE_BYTES = 64 * 1024
const JSON_HEADERS = ['content-type', 'application/json', 'accept', 'application/json']
const NO_HEADERS: readonly string[] = []

export function createUpstream(options: UpstreamOptions = {}): Upstream {
  const maxBytes = options.maxResponseBytes ?? 16 * 1024 * 1024
  const connectionOptions = {
    connections: options.connections ?? 64,
    connectTimeoutMs: options.connectTimeoutMs ?? 1000,
    keepAliveMs: options.keepAliveMs ?? 4000
  }
  const origins = new Map<string, OriginClient>()
  const gone = { retries: 0, sentBytes: 0, receivedBytes: 0 }
  const closings = new Set<Promise<void>>()
  let requests = 0
  let closed: Promise<void> | undefined

  /** Origins come and go with the documents that name them: those that stand unused go when a new one comes. */
  function retire(): void {
    for (const [origin, client] of origins) {
      if (!client.unused()) continue
      origins.delete(origin)
      for (const key of ['retries', 'sentBytes', 'receivedBytes'] as const) gone[key] += client[key]
      const closing = client.close().finally(() => closings.delete(closing))
      closings.add(closing)
    }
  }

  function clientOf(request: UpstreamGet): OriginClient {
    const existing = origins.get(request.origin)
    if (existing !== undefined) return existing
    retire()
    const client = new OriginClient(request.origin, connectionOptions)
    origins.set(request.origin, client)
    return client
  }

  /** Throws an UpstreamError when the request cannot even be tried. */
  function exchangeOf(request: UpstreamGet, dispatch: Dispatcher.DispatchOptions, limit: number): Exchange {
    requests++
    const { path } = request
    if (closed !== undefined) throw unsent(ABOX_UPSTREAM_CLOSED, request, 'the client is closed')
    // The HTTP client would take a whole URL here.
    if (!path.startsWith('/')) throw unsent(ABOX_UPSTREAM_REQUEST, request, `path: found "${path}", expected "/…"`)
    try {
      return new Exchange(request, dispatch, limit, clientOf(request))
    } catch (error) {
      throw unsent(ABOX_UPSTREAM_REQUEST, request, describe(error), error)
    }
  }

  return {
    async post(request) {
      const { path, body, signal } = request
      const dispatch = { path, method: 'POST', headers: headersOf(request, JSON_HEADERS), body }
      const exchange = exchangeOf(request, dispatch, maxBytes)
      if (watch(exchange, signal)) exchange.send()
      return exchange.promise
    },
    async get(request) {
      const dispatch = { path: request.path, method: 'GET', headers: headersOf(request, NO_HEADERS) }
      const exchange = exchangeOf(request, dispatch, PROBE_BYTES)
      if (watch(exchange, request.signal)) exchange.sendFresh()
      return exchange.promise
    },
    stats() {
      const sum = { ...gone, connected: 0, running: 0, waiting: 0 }
      for (const client of origins.values()) {
        sum.retries += client.retries
        sum.sentBytes += client.sentBytes
        sum.receivedBytes += client.receivedBytes
        sum.connected += client.connected()
        sum.running += client.running()
        sum.waiting += client.waiting()
      }
      return { ...sum, requests, origins: origins.size }
    },
    close() {
      closed ??= Promise.all([...closings, ...Array.from(origins.values(), (client) => client.close())]).then(() => {})
      return closed
    }
  }
}

/** False when the call has been given up already. */
function watch(exchange: Exchange, signal: CallSignal | undefined): boolean {
  if (signal === undefined) return true
  if (signal.aborted) exchange.cancel()
  else signal.onAbort(() => exchange.cancel())
  return !signal.aborted
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
  return new UpstreamError(row, `${origin}: ${detail}`, 0, undefined, { cause })
}
