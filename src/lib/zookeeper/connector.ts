import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Logger } from '#core/logger'
import { parseAddress } from './address.ts'
import type { ZookeeperAuth } from './client-api.ts'
import { type Connection, type Opened, openConnection } from './connection.ts'
import { createReconnectPauses } from './reconnect-pause.ts'
import { SessionHistory } from './session-history.ts'

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
const LINE_MS = 30_000
/** Timers may be early by that. */
const TIMER_SLACK_MS = 10

/** Throws ABOX_ZK_ADDRESS. `onChange` is called after each connection was opened or lost. */
export function createConnector(options: ConnectorOptions, onChange: () => void): Connector {
  const { sessionTimeoutMs, clock, log } = options
  const thirdMs = Math.max(500, Math.floor(sessionTimeoutMs / 3))
  const closeLimitMs = Math.min(MAX_CLOSE_MS, options.operationTimeoutMs)
  const servers = parseAddress(options.address)
  const pauses = createReconnectPauses({ maxMs: options.reconnectMaxMs, clock, random: options.random })
  const history = new SessionHistory(sessionTimeoutMs, clock, log)
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
  /**
   * How long we stand in the line of a lone server that took our handshake and is silent: with the old session as long as
   * that lasts. Each connection given up stays in the line: its new session is made before the next one's, and the line
   * is short (50 by default), so that whom it has no place for comes back after 1 to 8 s.
   */
  const lineMs = (): number => (history.identity === undefined ? LINE_MS : lastingMs)
  const lastingMs = Math.max(0, sessionTimeoutMs - thirdMs) + TIMER_SLACK_MS
  const connect = async (server: string): Promise<Opened> => {
    const dialed = openConnection({
      server,
      sessionTimeoutMs,
      operationTimeoutMs: options.operationTimeoutMs,
      handshakeTimeoutMs: thirdMs,
      answerTimeoutMs: servers.length === 1 ? lineMs() : 0,
      auth: options.auth,
      identity: history.identity,
      lastZxid: history.lastZxid
    })
    abort = dialed.abort
    return dialed.opened
  }
  /** True when the connection was a good one. */
  const serve = async (connection: Connection, server: string): Promise<boolean> => {
    const openedAt = clock.monotonicMs()
    history.opened(connection, server)
    current = connection
    onChange()
    const reason = await connection.ended
    current = undefined
    history.lost(connection, server, reason, closed)
    const stable = clock.monotonicMs() - openedAt > STABLE_AFTER_MS
    if (stable) pauses.reset()
    onChange()
    return stable
  }
  /** One attempt and what comes of it; true when the next one is to follow at once. */
  const attempt = async (server: string): Promise<boolean> => {
    const opened = await connect(server)
    if (opened.kind === 'open' && closed) {
      await opened.connection.closeSession(closeLimitMs)
      return false
    }
    // A good connection was lost: the server may be frozen, and the session is to be in its line when it wakes.
    if (opened.kind === 'open') return serve(opened.connection, server)
    if (!closed) history.failed(opened, server)
    // After an expiry a new session is wanted at once: our nodes are missing. Silence was pause enough.
    return opened.kind === 'expired' || opened.silent
  }
  const run = async (): Promise<void> => {
    while (!closed) {
      const again = await attempt(servers[nextServer++ % servers.length] ?? '')
      if (!again && !closed) await pause()
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
