import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Logger } from '#core/logger'
import { parseAddress } from './address.ts'
import type { SessionIdentity, ZookeeperAuth } from './client-api.ts'
import { type Connection, type Opened, openConnection } from './connection.ts'
import { createReconnectPauses } from './reconnect-pause.ts'

export interface ConnectorOptions {
  /** `host:port`, several separated by commas. */
  readonly address: string
  readonly sessionTimeoutMs: number
  readonly operationTimeoutMs: number
  /** Upper bound of the pause between two attempts, ms; see createReconnectPauses. */
  readonly reconnectMaxMs: number
  readonly clock: Clock
  readonly auth: ZookeeperAuth | undefined
  readonly random: () => number
  readonly log: Logger
}

/** Keeps one connection to one of the servers, for ever. */
export interface Connector {
  /** The connection that works now. */
  connection(): Connection | undefined
  start(): void
  /** Ends the session when there is a connection; gives up otherwise. */
  close(): Promise<void>
}

/** A connection that lived this long was a good one: the next pause is short again. */
const STABLE_AFTER_MS = 5000
const MAX_CLOSE_MS = 2000

/** Throws ABOX_ZK_ADDRESS. `onChange` is called after each connection was opened or lost. */
export function createConnector(options: ConnectorOptions, onChange: () => void): Connector {
  const { sessionTimeoutMs, clock, log } = options
  const closeLimitMs = Math.min(MAX_CLOSE_MS, options.operationTimeoutMs)
  const servers = parseAddress(options.address)
  const pauses = createReconnectPauses({ maxMs: options.reconnectMaxMs, clock, random: options.random })
  const history = new History(sessionTimeoutMs, clock, log)
  // A fleet that starts at one moment should not all begin with the first server of the list.
  let nextServer = Math.floor(options.random() * servers.length)
  let current: Connection | undefined
  let closed = false
  let abort = (): void => {}
  let running: Promise<void> | undefined

  const pause = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, pauses.next())
    abort = resolve
    await promise
    clearTimeout(timer)
  }
  const connect = async (server: string): Promise<Opened> => {
    const attempt = openConnection({
      server,
      sessionTimeoutMs,
      operationTimeoutMs: options.operationTimeoutMs,
      handshakeTimeoutMs: Math.max(500, Math.floor(sessionTimeoutMs / 3)),
      auth: options.auth,
      identity: history.identity,
      lastZxid: history.lastZxid
    })
    abort = attempt.abort
    return attempt.opened
  }
  const serve = async (connection: Connection, server: string): Promise<void> => {
    const openedAt = clock.monotonicMs()
    history.opened(connection, server)
    current = connection
    onChange()
    const reason = await connection.ended
    current = undefined
    history.lost(connection, server, reason, closed)
    if (clock.monotonicMs() - openedAt > STABLE_AFTER_MS) pauses.reset()
    onChange()
  }
  const run = async (): Promise<void> => {
    while (!closed) {
      const server = servers[nextServer++ % servers.length] ?? ''
      const opened = await connect(server)
      if (opened.kind === 'open') {
        if (closed) await opened.connection.closeSession(closeLimitMs)
        else await serve(opened.connection, server)
      } else if (!closed) history.failed(opened, server)
      // After an expiry a new session is wanted at once: our nodes are missing.
      if (!closed && opened.kind !== 'expired') await pause()
    }
  }
  const runForEver = async (): Promise<void> => {
    while (!closed) {
      try {
        await run()
      } catch (error) {
        log.error({ error: describe(error) }, 'the ZooKeeper connection failed in an unforeseen way')
        await pause()
      }
    }
  }

  return {
    connection: () => (current?.over === false ? current : undefined),
    start() {
      running ??= runForEver()
    },
    async close() {
      closed = true
      if (current === undefined) abort()
      else await current.closeSession(closeLimitMs)
      await running
    }
  }
}

/** What outlives the connections: the session, how far we have read, and what was said in the log. */
class History {
  identity: SessionIdentity | undefined = undefined
  /**
   * Sent along with each handshake, over expiry as well: a server that has not seen as much yet refuses us, so that no
   * watch ever goes back to older data.
   */
  lastZxid: Buffer | undefined = undefined
  readonly #clock: Clock
  readonly #log: Logger
  readonly #forgetAfterMs: number
  #awaySince: number | undefined = undefined
  #refusedSince: number | undefined = undefined

  constructor(sessionTimeoutMs: number, clock: Clock, log: Logger) {
    this.#clock = clock
    this.#log = log
    this.#forgetAfterMs = 2 * sessionTimeoutMs
  }

  opened({ identity }: Connection, server: string): void {
    const awayMs = this.#awaySince === undefined ? 0 : Math.round(this.#clock.monotonicMs() - this.#awaySince)
    const newSession = this.identity?.id.equals(identity.id) !== true
    this.#log.info({ server, session: identity.id.toString('hex'), newSession, awayMs }, 'connected to ZooKeeper')
    this.identity = identity
    this.#awaySince = undefined
    this.#refusedSince = undefined
  }

  lost(connection: Connection, server: string, reason: string, wanted: boolean): void {
    const zxid = connection.lastZxid()
    // Some replies carry 0 or -1 instead of a transaction.
    if ((zxid[0] ?? 0) < 0x80 && (this.lastZxid === undefined || zxid.compare(this.lastZxid) > 0)) this.lastZxid = zxid
    this.#awaySince = this.#clock.monotonicMs()
    if (!wanted) this.#log.warn({ server, reason }, 'lost ZooKeeper; the last data stays in use')
  }

  failed(opened: Exclude<Opened, { kind: 'open' }>, server: string): void {
    if (opened.kind === 'expired') {
      this.#log.warn({ server }, 'the ZooKeeper session has expired; a new one begins')
      this.identity = undefined
      return
    }
    const { reason, refused } = opened
    if (this.#awaySince === undefined)
      this.#log.warn({ server, reason }, 'ZooKeeper cannot be reached; it is tried again')
    else this.#log.debug({ server, reason }, 'ZooKeeper cannot be reached')
    this.#awaySince ??= this.#clock.monotonicMs()
    if (!refused) return
    this.#refusedSince ??= this.#clock.monotonicMs()
    if (this.lastZxid === undefined || this.#clock.monotonicMs() - this.#refusedSince < this.#forgetAfterMs) return
    // Servers that were set up anew, or from a backup, are behind what we have seen and would refuse us for ever.
    this.#log.warn({ server }, 'ZooKeeper refuses us, as it does when its data is older than ours; its data counts now')
    this.lastZxid = undefined
  }
}
