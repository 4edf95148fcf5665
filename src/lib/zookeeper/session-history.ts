import type { Clock } from '#core/clock'
import type { Logger } from '#core/logger'
import type { SessionIdentity } from './client-api.ts'
import type { Connection, Opened } from './connection.ts'

/** What outlives the connections: the session, how far we have read, and what was said in the log. */
export class SessionHistory {
  identity: SessionIdentity | undefined = undefined
  /**
   * Sent along with each handshake, over expiry as well: a server that has not seen as much yet refuses us, so that no
   * watch ever goes back to older data.
   */
  lastZxid: Buffer | undefined = undefined
  readonly #clock: Clock
  readonly #log: Logger
  readonly #sessionTimeoutMs: number
  #awaySince: number | undefined = undefined
  #refusedSince: number | undefined = undefined

  constructor(sessionTimeoutMs: number, clock: Clock, log: Logger) {
    this.#clock = clock
    this.#log = log
    this.#sessionTimeoutMs = sessionTimeoutMs
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
    const { reason, refused, silent } = opened
    if (this.#awaySince === undefined)
      this.#log.warn({ server, reason }, 'ZooKeeper cannot be reached; it is tried again')
    else this.#log.debug({ server, reason }, 'ZooKeeper cannot be reached')
    this.#awaySince ??= this.#clock.monotonicMs()
    if (silent && this.identity !== undefined && this.#clock.monotonicMs() - this.#awaySince > this.#sessionTimeoutMs) {
      // A frozen server ends the session as it wakes, before it reads what waits. A new one is in line by then, and
      // takes over what the old one still has. Servers that come back refuse or answer: they give sessions new time.
      this.#log.warn({ server }, 'ZooKeeper is silent for longer than the session lasts; a new one begins')
      this.identity = undefined
    }
    if (!refused) return
    this.#refusedSince ??= this.#clock.monotonicMs()
    const refusedForMs = this.#clock.monotonicMs() - this.#refusedSince
    if (this.lastZxid === undefined || refusedForMs < 2 * this.#sessionTimeoutMs) return
    // Servers that were set up anew, or from a backup, are behind what we have seen and would refuse us for ever.
    this.#log.warn({ server }, 'ZooKeeper refuses us, as it does when its data is older than ours; its data counts now')
    this.lastZxid = undefined
  }
}
