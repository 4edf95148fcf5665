import type { Dispatcher } from 'undici'
import type { ErrorRow } from '#core/errors'
import { BodyCollector } from './body-collector.ts'
import { UpstreamError, upstreamErrors } from './errors.ts'
import { classify, isPeerClose, type Phase } from './failure.ts'
import type { UpstreamGet, UpstreamReply } from './types.ts'

const { ABOX_UPSTREAM_CANCELED, ABOX_UPSTREAM_TIMEOUT, ABOX_UPSTREAM_TOO_LARGE } = upstreamErrors

/** Longest delay that a timer can have; beyond it would fire at once. */
const MAX_DELAY_MS = 0x7fff_ffff

const EMPTY = Buffer.alloc(0)

/** Counts how many requests the present socket of a connection has been given. */
export interface SocketUse {
  uses: number
}

/** Where an exchange sends its request and counts; one per origin. */
export interface Sender {
  /** On any connection, a kept one where there is one. */
  send(options: Dispatcher.DispatchOptions, exchange: Exchange): void
  /** On a connection that has served nothing before. */
  sendFresh(options: Dispatcher.DispatchOptions, exchange: Exchange): void
  received(bytes: number): void
}

/**
 * One request and its answer: handler of the HTTP client and the reply in one object, because it is made for each call.
 *
 * A request that ends while it still waits for a connection stays in the client's queue; when its turn comes, throwing
 * from `onRequestStart` is the one way out that does not cost the connection.
 */
export class Exchange implements Dispatcher.DispatchHandler, UpstreamReply {
  status = 0
  contentType = ''
  body: Buffer = EMPTY
  attempts = 1
  reused = false
  /** Set by the connection that takes the request, before it is written. */
  connection: SocketUse | undefined = undefined
  readonly promise: Promise<UpstreamReply>

  #phase: Phase = 'waiting'
  #ended = false
  #collector: BodyCollector | undefined = undefined
  #controller: Dispatcher.DispatchController | undefined = undefined
  readonly #timer: NodeJS.Timeout
  readonly #request: UpstreamGet
  readonly #options: Dispatcher.DispatchOptions
  readonly #maxBytes: number
  readonly #sender: Sender
  readonly #resolve: (reply: UpstreamReply) => void
  readonly #reject: (error: UpstreamError) => void

  constructor(request: UpstreamGet, options: Dispatcher.DispatchOptions, maxBytes: number, sender: Sender) {
    this.#request = request
    this.#options = options
    this.#maxBytes = maxBytes
    this.#sender = sender
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamReply>()
    this.promise = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#timer = setTimeout(expire, Math.min(request.timeoutMs, MAX_DELAY_MS), this)
  }

  send(): void {
    this.#sender.send(this.#options, this)
  }

  /** As `send`, on a connection that has served nothing before. */
  sendFresh(): void {
    this.#sender.sendFresh(this.#options, this)
  }

  /** The time is over. */
  expire(): void {
    this.#stop(ABOX_UPSTREAM_TIMEOUT, `no whole answer within ${this.#request.timeoutMs} ms, ended ${this.#where()}`)
  }

  /** Nobody waits any more. */
  cancel(): void {
    this.#stop(ABOX_UPSTREAM_CANCELED, `given up ${this.#where()}`)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#ended) throw new Error('ended while it waited for a connection')
    this.#controller = controller
    this.#phase = 'sent'
    if (this.connection !== undefined) this.reused = this.connection.uses++ > 0
  }

  /** The first byte of an answer, or of an informational one before it. */
  onResponseStarted(): void {
    if (this.#phase === 'sent') this.#phase = 'begun'
  }

  /** Throwing here and in `onResponseData` is how the client is told to drop the connection. */
  onResponseStart(_controller: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status < 200) return
    this.#phase = 'body'
    this.status = status
    this.contentType = first(headers['content-type']) ?? ''
    const announced = Number(first(headers['content-length']) ?? -1)
    if (announced > this.#maxBytes) throw this.#tooLarge(`a body of ${announced} bytes was announced`)
    this.#collector = new BodyCollector(announced)
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    const collector = this.#collector
    if (collector === undefined) return
    this.#sender.received(chunk.length)
    const length = collector.length + chunk.length
    if (length > this.#maxBytes) throw this.#tooLarge(`${length} bytes of a body came`)
    collector.add(chunk)
  }

  onResponseEnd(): void {
    if (!this.#end()) return
    if (this.#collector !== undefined) this.body = this.#collector.take()
    this.#resolve(this)
  }

  /** Must not throw: the client would emit that as an unhandled event. */
  onResponseError(_controller: unknown, error: Error): void {
    if (this.#ended) return
    if (error instanceof UpstreamError) this.#fail(error)
    else if (this.#wasStale(error)) this.#retry()
    else {
      const { row, text } = classify(error, this.#phase)
      this.#fail(this.#error(row, `${text}, ${this.#where()}`, error))
    }
  }

  /**
   * The server closed a kept connection while the request was on its way to it, as every restart of an ingress does.
   * This is the one failure that is tried again: asking a model twice changes nothing, and the fresh connection of the
   * second try cannot be stale.
   */
  #wasStale(error: Error): boolean {
    return this.attempts === 1 && this.reused && this.#phase === 'sent' && isPeerClose(error)
  }

  #retry(): void {
    this.attempts = 2
    this.reused = false
    this.#phase = 'waiting'
    this.#controller = undefined
    this.sendFresh()
  }

  #stop(row: ErrorRow, detail: string): void {
    if (this.#ended) return
    const error = this.#error(row, detail)
    this.#fail(error)
    this.#controller?.abort(error)
  }

  #fail(error: UpstreamError): void {
    if (this.#end()) this.#reject(error)
  }

  /** False when it had ended before. */
  #end(): boolean {
    if (this.#ended) return false
    this.#ended = true
    clearTimeout(this.#timer)
    return true
  }

  #tooLarge(found: string): UpstreamError {
    return this.#error(
      ABOX_UPSTREAM_TOO_LARGE,
      `${found}, at most ${this.#maxBytes} are allowed (status ${this.status})`
    )
  }

  #error(row: ErrorRow, detail: string, cause?: Error): UpstreamError {
    const { method } = this.#options
    // What stands behind the question mark may be a key, and this text goes to callers.
    const [path] = this.#options.path.split('?')
    const host = this.#request.host === undefined ? '' : ` (host ${this.#request.host})`
    const status = this.#phase === 'body' ? this.status : undefined
    const tries = this.attempts === 1 ? '' : `, attempt ${this.attempts}`
    const text = `${method} ${this.#request.origin}${path}${host}: ${detail}${tries}`
    return new UpstreamError(row, text, this.attempts, status, cause === undefined ? {} : { cause })
  }

  #where(): string {
    switch (this.#phase) {
      case 'waiting':
        return 'before there was a connection'
      case 'sent':
        return `before any byte of the answer${this.reused ? ' on a reused connection' : ''}`
      case 'begun':
        return 'inside the head of the answer'
      case 'body':
        return `after status ${this.status} and ${this.#collector?.length ?? 0} bytes of the body`
    }
  }
}

/** One function for all timers, so that a call makes no closure. */
function expire(exchange: Exchange): void {
  exchange.expire()
}

const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)
