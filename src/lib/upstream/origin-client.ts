import { Client, type Dispatcher, Pool } from 'undici'
import { Exchange, type Sender, type SocketUse } from './exchange.ts'

/** How connections are made and kept. */
export interface ConnectionOptions {
  readonly connections: number
  readonly connectTimeoutMs: number
  readonly keepAliveMs: number
}

/**
 * One connection of a pool, that knows how many requests its present socket was given. A client of undici has one
 * socket at a time and connects again when that is gone.
 */
class CountingClient extends Client implements SocketUse {
  uses = 0

  constructor(origin: string | URL, options: Client.Options) {
    super(origin, options)
    this.on('connect', () => {
      this.uses = 0
    })
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (handler instanceof Exchange) handler.connection = this
    return super.dispatch(options, handler)
  }
}

/**
 * All connections to one origin: kept ones for calls, and single-use ones for what must not meet a stale or busy
 * connection: the safe retry, and probes, which must not wait behind slow calls. Throws what undici says of an origin.
 */
export class OriginClient implements Sender {
  retries = 0
  sentBytes = 0
  receivedBytes = 0
  readonly #kept: Pool
  readonly #fresh: Pool

  constructor(origin: string, options: ConnectionOptions) {
    this.#kept = makePool(origin, options, 1)
    this.#fresh = makePool(origin, options, 0)
  }

  send(options: Dispatcher.DispatchOptions, exchange: Exchange): void {
    this.#count(options)
    this.#kept.dispatch(options, exchange)
  }

  sendFresh(options: Dispatcher.DispatchOptions, exchange: Exchange): void {
    this.#count(options)
    if (exchange.attempts > 1) this.retries++
    this.#fresh.dispatch(options, exchange)
  }

  received(bytes: number): void {
    this.receivedBytes += bytes
  }

  connected(): number {
    return this.#kept.stats.connected + this.#fresh.stats.connected
  }

  running(): number {
    return this.#kept.stats.running + this.#fresh.stats.running
  }

  /** Requests that are not on a connection: `pending` already contains those that stand in the pool's own queue. */
  waiting(): number {
    return this.#kept.stats.pending + this.#fresh.stats.pending
  }

  /** Whether nothing would be lost by closing it. */
  unused(): boolean {
    return this.connected() === 0 && this.#kept.stats.size === 0 && this.#fresh.stats.size === 0
  }

  /** Resolves when the requests that it has have ended and every connection is closed. */
  async close(): Promise<void> {
    await Promise.all([this.#kept.close(), this.#fresh.close()])
  }

  #count({ body }: Dispatcher.DispatchOptions): void {
    if (typeof body === 'string') this.sentBytes += Buffer.byteLength(body)
    else if (Buffer.isBuffer(body)) this.sentBytes += body.length
  }
}

/** `pipelining` 1: one request at a time per connection. 0: one request per connection. */
function makePool(origin: string, options: ConnectionOptions, pipelining: 0 | 1): Pool {
  return new Pool(origin, {
    connections: options.connections,
    connectTimeout: options.connectTimeoutMs,
    pipelining,
    keepAliveTimeout: options.keepAliveMs,
    // A server may announce longer than nginx keeps its connections (75 s); 55 s is below all known ones.
    keepAliveMaxTimeout: Math.max(options.keepAliveMs, 55_000),
    // Each exchange has one exact timer over everything; undici's own are coarse and several.
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    factory: (url, clientOptions) => new CountingClient(url, clientOptions)
  })
}
