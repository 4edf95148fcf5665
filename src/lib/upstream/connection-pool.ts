import { Client } from 'undici'
import type { Exchange, SocketUse } from './exchange.ts'
import { WaitingList } from './waiting-list.ts'

/** How connections are made and kept, and how many requests may wait for one. */
export interface ConnectionOptions {
  readonly connections: number
  readonly maxWaiting: number
  readonly connectTimeoutMs: number
  readonly keepAliveMs: number
}

/** Longest head of an answer, all its lines together; undici counts the trailers of a body likewise. */
const MAX_HEAD_BYTES = 16 * 1024
/** A server may announce longer than nginx keeps its connections (75 s); 55 s is below all known ones. */
const LONGEST_KEEP_ALIVE_MS = 55_000

/** A client of undici has one socket at a time and connects again when that is gone. */
class Connection extends Client implements SocketUse {
  /** Requests that the present socket was given. */
  uses = 0

  constructor(origin: string, options: Client.Options) {
    super(origin, options)
    this.on('connect', () => {
      this.uses = 0
    })
  }
}

/**
 * The connections to one origin and the requests that wait for one. undici's own pool would do, but for its queue: that
 * has no bound, and a request whose time is over stays in it.
 */
export class ConnectionPool {
  readonly #origin: string
  readonly #clientOptions: Client.Options
  readonly #connections: number
  readonly #maxWaiting: number
  readonly #all: Connection[] = []
  /** The one that was used last is used next, so that those above the need become idle and close. */
  readonly #free: Connection[] = []
  readonly #waiting = new WaitingList<Exchange>()

  /** `pipelining` 1: one request at a time per connection. 0: one request per connection. Throws what undici says. */
  constructor(origin: string, options: ConnectionOptions, pipelining: 0 | 1) {
    this.#origin = origin
    this.#connections = options.connections
    this.#maxWaiting = options.maxWaiting
    this.#clientOptions = {
      connectTimeout: options.connectTimeoutMs,
      pipelining,
      keepAliveTimeout: options.keepAliveMs,
      keepAliveMaxTimeout: Math.max(options.keepAliveMs, LONGEST_KEEP_ALIVE_MS),
      maxHeaderSize: MAX_HEAD_BYTES,
      // Each exchange has one exact time limit over everything; undici's own are coarse and several.
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false
    }
    // Made now, so that an origin that is none is known now.
    this.#free.push(this.#connect())
  }

  /** Whether one more request would have to be refused. */
  full(): boolean {
    return this.#free.length === 0 && this.#all.length >= this.#connections && this.#waiting.length >= this.#maxWaiting
  }

  /** Sends it as soon as there is a connection. Whether there is room for it is for the caller to ask before. */
  send(exchange: Exchange): void {
    const connection = this.#free.pop() ?? (this.#all.length < this.#connections ? this.#connect() : undefined)
    if (connection === undefined) this.#waiting.push(exchange)
    else if (give(connection, exchange)) this.#free.push(connection)
  }

  /** Open connections. */
  connected(): number {
    let sum = 0
    for (const { stats } of this.#all) if (stats.connected) sum++
    return sum
  }

  /** Requests on a connection. */
  running(): number {
    let sum = 0
    for (const { stats } of this.#all) sum += stats.running
    return sum
  }

  /** Requests without a connection: in the list, or with their connection in the making. */
  waiting(): number {
    let sum = this.#waiting.length
    for (const { stats } of this.#all) sum += stats.pending
    return sum
  }

  /** Whether nothing would be lost by closing it. */
  unused(): boolean {
    return this.#waiting.length === 0 && this.#all.every(({ stats }) => !stats.connected && stats.size === 0)
  }

  /** Resolves when the requests that it has have ended and every connection is closed. */
  async close(): Promise<void> {
    if (this.#waiting.length > 0) {
      await new Promise<void>((resolve) => {
        this.#waiting.onEmpty = resolve
      })
    }
    await Promise.all(this.#all.map((connection) => connection.close()))
  }

  #connect(): Connection {
    const connection = new Connection(this.#origin, this.#clientOptions)
    // undici says so when a request has ended and the connection can take, or make itself ready for, the next one.
    connection.on('drain', () => this.#serve(connection))
    this.#all.push(connection)
    return connection
  }

  /** The connection has become free. */
  #serve(connection: Connection): void {
    let next = this.#waiting.shift()
    while (next !== undefined && give(connection, next)) next = this.#waiting.shift()
    if (next === undefined) this.#free.push(connection)
  }
}

/** True when the connection is free after it, because the request could not be sent: no `drain` follows then. */
function give(connection: Connection, exchange: Exchange): boolean {
  exchange.connection = connection
  return connection.dispatch(exchange.options, exchange) || (exchange.ended && connection.stats.size === 0)
}
