import { type ConnectionOptions, ConnectionPool } from './connection-pool.ts'
import type { Exchange, Sender } from './exchange.ts'

/**
 * All connections to one origin: kept ones for calls, and single-use ones for what must not meet a stale or busy
 * connection: the safe retry, and probes, which must not wait behind slow calls. Throws what undici says of an origin.
 */
export class OriginClient implements Sender {
  readonly origin: string
  readonly #options: ConnectionOptions
  readonly #kept: ConnectionPool
  readonly #onEmpty: () => void
  #single: ConnectionPool | undefined = undefined

  /** `onUnused` is called when it has neither connections nor requests any more. */
  constructor(origin: string, options: ConnectionOptions, onUnused: (client: OriginClient) => void) {
    this.origin = origin
    this.#options = options
    this.#onEmpty = () => {
      if (this.unused()) onUnused(this)
    }
    this.#kept = new ConnectionPool(origin, options, 1, this.#onEmpty)
  }

  /** Whether a call would be one too many that waits. */
  full(): boolean {
    return this.#kept.full()
  }

  /** The same for a probe or a retry. */
  fullFresh(): boolean {
    return this.#single?.full() === true
  }

  send(exchange: Exchange): void {
    this.#kept.send(exchange)
  }

  sendFresh(exchange: Exchange): void {
    this.#single ??= new ConnectionPool(this.origin, this.#options, 0, this.#onEmpty)
    this.#single.send(exchange)
  }

  connected(): number {
    return this.#kept.connected() + (this.#single?.connected() ?? 0)
  }

  running(): number {
    return this.#kept.running() + (this.#single?.running() ?? 0)
  }

  /** Requests that are not on a connection. */
  waiting(): number {
    return this.#kept.waiting() + (this.#single?.waiting() ?? 0)
  }

  /** Connections for calls that have none now. */
  idle(): number {
    return this.#kept.idle()
  }

  /** Closes the one of them that has been idle longest; false when there is none. */
  closeIdle(): boolean {
    return this.#kept.closeIdle()
  }

  /** Whether it has neither connections nor requests. */
  unused(): boolean {
    return this.#kept.unused() && this.#single?.unused() !== false
  }

  /** Resolves when the requests that it has have ended and every connection is closed. */
  async close(): Promise<void> {
    // First these: a request of theirs may yet need a single-use one.
    await this.#kept.close()
    await this.#single?.close()
  }
}
