import { Client } from 'undici'
import type { Exchange, SocketUse } from './exchange.ts'
import { type Waiter, WaitingList } from './waiting-list.ts'

/** The connections of all pools together. */
export interface OpenConnections {
  /** Those that are open or in the making. */
  open: number
  /** Called before one more is made. */
  makeRoom(): void
}

/** How connections are made and kept, and how many requests may wait for one. */
export interface ConnectionOptions {
  readonly together: OpenConnections
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
class Connection extends Client implements SocketUse, Waiter {
  /** Requests that the present socket was given. */
  uses = 0
  // Where it stands while it waits for a request.
  waitingIn: WaitingList | undefined = undefined
  ahead: Waiter | undefined = undefined
  behind: Waiter | undefined = undefined
  readonly #together: OpenConnections
  #isOpen = false

  constructor(origin: string, options: Client.Options, together: OpenConnections) {
    super(origin, options)
    this.#together = together
    this.on('connect', () => {
      this.uses = 0
      this.setOpen(true)
    })
  }

  /** Whether it has a socket, or one is in the making. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  setOpen(isOpen: boolean): void {
    if (this.#isOpen === isOpen) return
    this.#isOpen = isOpen
    this.#together.open += isOpen ? 1 : -1
  }

  /** True when it is free after it, because the request could not be sent: no `drain` follows then. */
  give(exchange: Exchange): boolean {
    const wasOpen = this.#isOpen
    if (!wasOpen) {
      this.#together.makeRoom()
      this.setOpen(true)
    }
    exchange.connection = this
    const isFree = this.dispatch(exchange.options, exchange) || (exchange.ended && this.stats.size === 0)
    if (isFree) this.setOpen(wasOpen)
    return isFree
  }
}

/**
 * The connections to one origin and the requests that wait for one. undici's own pool would do, but for its queue: that
 * has no bound, and a request whose time is over stays in it. A connection that is closed while it is idle is let go, so that
 * after a burst nothing of it is left.
 */
export class ConnectionPool {
  readonly #origin: string
  readonly #clientOptions: Client.Options
  readonly #connections: number
  readonly #maxWaiting: number
  readonly #together: OpenConnections
  readonly #onEmpty: () => void
  readonly #all = new Set<Connection>()
  /** The one that was used last is used next, so that those above the need become idle and close. */
  readonly #free = new WaitingList<Connection>()
  readonly #waiting = new WaitingList<Exchange>()
  /** The first one until it is used. It has no socket, so it is none of the idle ones: closing it would free no handle. */
  #unopened: Connection | undefined

  /**
   * `pipelining` 1: one request at a time per connection. 0: one request per connection. `onEmpty` is called when the last
   * connection is let go. Throws what undici says.
   */
  constructor(origin: string, options: ConnectionOptions, pipelining: 0 | 1, onEmpty: () => void) {
    this.#origin = origin
    this.#together = options.together
    this.#onEmpty = onEmpty
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
    this.#unopened = this.#connect()
  }

  /** Whether one more request would have to be refused. */
  full(): boolean {
    if (this.#unopened !== undefined) return false
    return this.#free.length === 0 && this.#all.size >= this.#connections && this.#waiting.length >= this.#maxWaiting
  }

  /** Sends it as soon as there is a connection. Whether there is room for it is for the caller to ask before. */
  send(exchange: Exchange): void {
    const connection = this.#free.pop() ?? this.#next()
    if (connection === undefined) this.#waiting.push(exchange)
    else if (connection.give(exchange)) this.#rest(connection)
  }

  /** Open connections without a request. */
  idle(): number {
    return this.#free.length
  }

  /** Closes the one that has been idle longest; false when there is none. */
  closeIdle(): boolean {
    const oldest = this.#free.shift()
    if (oldest === undefined) return false
    // Its socket is closed at once; what comes after it is not waited for.
    void oldest.destroy()
    this.#letGo(oldest)
    return true
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
    if (this.#waiting.length > 0) return false
    for (const { isOpen, stats } of this.#all) if (isOpen || stats.size > 0) return false
    return true
  }

  /** Resolves when the requests that it has have ended and every connection is closed. */
  async close(): Promise<void> {
    if (this.#waiting.length > 0) {
      await new Promise<void>((resolve) => {
        this.#waiting.onEmpty = resolve
      })
    }
    await Promise.all(Array.from(this.#all, (connection) => connection.close()))
  }

  /** One that is not open yet, if there may be one more. */
  #next(): Connection | undefined {
    const unopened = this.#unopened
    this.#unopened = undefined
    return unopened ?? (this.#all.size < this.#connections ? this.#connect() : undefined)
  }

  #connect(): Connection {
    const connection = new Connection(this.#origin, this.#clientOptions, this.#together)
    // undici says so when a request has ended and the connection can take, or make itself ready for, the next one.
    connection.on('drain', () => this.#serve(connection))
    const onClosed = (): void => this.#closed(connection)
    connection.on('disconnect', onClosed)
    connection.on('connectionError', onClosed)
    this.#all.add(connection)
    return connection
  }

  /** The connection has become free. */
  #serve(connection: Connection): void {
    let next = this.#waiting.shift()
    while (next !== undefined && connection.give(next)) next = this.#waiting.shift()
    if (next === undefined) this.#rest(connection)
  }

  /** Nobody wants it now. */
  #rest(connection: Connection): void {
    if (connection.isOpen) this.#free.push(connection)
    else this.#letGo(connection)
  }

  /** Its socket is gone. One that has a request connects again, or its `drain` follows. */
  #closed(connection: Connection): void {
    connection.setOpen(false)
    if (connection.waitingIn === undefined) return
    this.#free.remove(connection)
    this.#letGo(connection)
  }

  #letGo(connection: Connection): void {
    connection.setOpen(false)
    this.#all.delete(connection)
    if (this.#all.size === 0) this.#onEmpty()
  }
}
