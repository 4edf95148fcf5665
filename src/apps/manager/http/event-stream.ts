import type { ServerResponse } from 'node:http'

type Headers = Readonly<Record<string, number | string | string[] | undefined>>

/**
 * One answer that is a stream of server-sent events, as https://html.spec.whatwg.org/multipage/server-sent-events.html. It is over
 * when its reader has gone, also when he went before it was made, or when somebody has called `end`.
 */
export class EventStream {
  /** Settles when it is over. Never rejects. */
  readonly ended: Promise<void>
  readonly #response: ServerResponse
  readonly #cutMs: number
  readonly #settle: () => void
  #isEnded = false

  /** `cutMs`: in which time a reader has to take what is left once it has ended. */
  constructor(response: ServerResponse, cutMs: number) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#settle = resolve
    this.#response = response
    this.#cutMs = cutMs
    response.on('close', () => this.end()).on('error', () => this.end())
    // Whoever goes while it is asked who he is has been told of before anybody listened.
    if (response.closed || response.destroyed) this.end()
  }

  /** Then nothing is written any more; after each wait it may have become so. */
  get isOver(): boolean {
    return this.#isEnded || this.#response.destroyed || this.#response.writableEnded
  }

  /** Whether its reader has not taken what was written. */
  get isBlocked(): boolean {
    return this.#response.writableNeedDrain
  }

  /** Sends the head, with these headers too, and how long to wait before coming again. */
  begin(headers: Headers): void {
    if (this.isOver) return
    this.#response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no'
    })
    this.write('retry: 2000\n\n')
  }

  write(text: string): void {
    if (!this.isOver) this.#response.write(text)
  }

  /** Comes back when the reader has taken what was written, or when it is over. */
  async drained(): Promise<void> {
    if (!this.isBlocked || this.isOver) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#response.once('drain', resolve)
    await Promise.race([promise, this.ended])
    this.#response.off('drain', resolve)
  }

  /** Ends it without waiting for its reader. */
  cut(): void {
    this.#response.destroy()
    this.end()
  }

  /** Ends it; the connection is cut where the reader does not take the rest within `cutMs`. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#settle()
    const response = this.#response
    if (response.writableEnded || response.closed) return
    // A browser comes again after a broken connection, but not after an answer that is no stream.
    if (!response.headersSent) {
      response.destroy()
      return
    }
    response.end()
    const cut = setTimeout(() => response.destroy(), this.#cutMs)
    response.on('close', () => clearTimeout(cut))
  }
}
