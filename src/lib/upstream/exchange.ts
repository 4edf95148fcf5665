import type { Dispatcher } from 'undici'
import type { Clock } from '#core/clock'
import type { ErrorRow } from '#core/errors'
import { TimerEntry, type TimerWheel } from '#core/timer-wheel'
import { BodyCollector } from './body-collector.ts'
import { type BodyRoom, FREE_BYTES } from './body-room.ts'
import type { Counts } from './counts.ts'
import { UpstreamError, upstreamErrors } from './errors.ts'
import { classify, isPeerClose, type Phase } from './failure.ts'
import { parseRetryAfter } from './retry-after.ts'
import type { AbortListener, UpstreamGet, UpstreamReply } from './types.ts'
import type { Waiter, WaitingList } from './waiting-list.ts'

const { ABOX_UPSTREAM_BUSY, ABOX_UPSTREAM_CANCELED, ABOX_UPSTREAM_PROTOCOL } = upstreamErrors
const { ABOX_UPSTREAM_TIMEOUT, ABOX_UPSTREAM_TOO_LARGE } = upstreamErrors

/** More informational answers than this are no answer: a server that goes on with them would keep us busy for nothing. */
const MAX_INFORMATIONAL = 100

const EMPTY = Buffer.alloc(0)

/** Counts how many requests the present socket of a connection has been given. */
export interface SocketUse {
  uses: number
}

/** Where an exchange sends its request; one per origin. */
export interface Sender {
  /** On any connection, a kept one where there is one. */
  send(exchange: Exchange): void
  /** On a connection that has served nothing before. */
  sendFresh(exchange: Exchange): void
  /** Whether too many wait for one of those. */
  fullFresh(): boolean
}

/** What all exchanges of a client have in common. */
export interface Shared {
  readonly clock: Clock
  readonly wheel: TimerWheel
  readonly counts: Counts
  readonly room: BodyRoom
}

/**
 * One request and its answer: handler of the HTTP client, entry of the timer wheel and the reply in one object, because
 * it is made for each call.
 *
 * A request that ends while its connection is being made stays in undici's client; when that is ready, throwing from
 * `onRequestStart` is the one way out that does not cost the connection.
 */
export class Exchange extends TimerEntry implements Dispatcher.DispatchHandler, UpstreamReply, Waiter, AbortListener {
  status = 0
  contentType = ''
  body: Buffer = EMPTY
  retryAfterMs: number | undefined = undefined
  attempts = 1
  reused = false
  ended = false
  /** Set by the connection that takes the request, before it is written. */
  connection: SocketUse | undefined = undefined
  waitingIn: WaitingList | undefined = undefined
  ahead: Waiter | undefined = undefined
  behind: Waiter | undefined = undefined
  readonly options: Dispatcher.DispatchOptions
  readonly promise: Promise<UpstreamReply>

  #phase: Phase = 'waiting'
  /** Bytes of the answer that were asked for in the room of all answers. */
  #heldBytes = 0
  #informational = 0
  /** When the head, or the next piece of the body, has to be there, where the request says so. Monotonic, ms. */
  #nextBy = Number.POSITIVE_INFINITY
  #collector: BodyCollector | undefined = undefined
  #controller: Dispatcher.DispatchController | undefined = undefined
  readonly #endsBy: number
  readonly #request: UpstreamGet
  readonly #maxBytes: number
  readonly #sender: Sender
  readonly #shared: Shared
  readonly #resolve: (reply: UpstreamReply) => void
  readonly #reject: (error: UpstreamError) => void

  constructor(
    request: UpstreamGet,
    options: Dispatcher.DispatchOptions,
    maxBytes: number,
    sender: Sender,
    shared: Shared
  ) {
    super()
    this.#request = request
    this.options = options
    this.#maxBytes = maxBytes
    this.#sender = sender
    this.#shared = shared
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamReply>()
    this.promise = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#endsBy = shared.clock.monotonicMs() + request.timeoutMs
    shared.wheel.add(request.timeoutMs, this)
    const { signal } = request
    if (signal?.aborted === true) this.cancel()
    else signal?.onAbort(this)
  }

  /** A time limit is over, or a limit between pieces was when it was set, and pieces have come since. */
  expire(): void {
    const by = Math.min(this.#endsBy, this.#nextBy)
    const left = by - this.#shared.clock.monotonicMs()
    if (left > 0) this.#shared.wheel.add(left, this)
    else this.#timeOut(by === this.#endsBy)
  }

  /** Nobody waits any more. */
  cancel(): void {
    if (this.ended) return
    this.#shared.counts.canceled++
    this.#stop(ABOX_UPSTREAM_CANCELED, `given up ${this.#where()}`)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.ended) throw new Error('ended while its connection was made')
    this.#controller = controller
    this.#phase = 'sent'
    if (this.connection !== undefined) this.reused = this.connection.uses++ > 0
    this.#shared.counts.sentBytes += bytesOf(this.options.body)
    this.#expectWithin(this.#request.headersTimeoutMs)
  }

  /** The first byte of an answer, or of an informational one before it. */
  onResponseStarted(): void {
    if (this.#phase === 'sent') this.#phase = 'begun'
  }

  /** Throwing here and in `onResponseData` is how the client is told to drop the connection. */
  onResponseStart(_controller: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status < 200) {
      if (++this.#informational <= MAX_INFORMATIONAL) return
      throw this.#error(ABOX_UPSTREAM_PROTOCOL, `more than ${MAX_INFORMATIONAL} informational answers came`)
    }
    this.#phase = 'body'
    this.status = status
    this.contentType = first(headers['content-type']) ?? ''
    const later = first(headers['retry-after'])
    if (later !== undefined) this.retryAfterMs = parseRetryAfter(later, this.#shared.clock.wallMs())
    const announced = Number(first(headers['content-length']) ?? -1)
    if (announced > this.#maxBytes) throw this.#tooLarge(`a body of ${announced} bytes was announced`)
    if (announced > 0) this.#hold(announced)
    this.#collector = new BodyCollector(announced)
    this.#expectWithin(this.#request.bodyTimeoutMs)
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    const collector = this.#collector
    if (collector === undefined) return
    this.#shared.counts.receivedBytes += chunk.length
    const length = collector.length + chunk.length
    if (length > this.#maxBytes) throw this.#tooLarge(`${length} bytes of a body came`)
    // Before it is kept; an announced one has its room since its head.
    this.#hold(length)
    collector.add(chunk)
    if (length > FREE_BYTES) this.#hold(collector.heldBytes)
    const { bodyTimeoutMs } = this.#request
    // The wheel is not touched: the limit that it holds finds out when it is over.
    if (bodyTimeoutMs !== undefined) this.#nextBy = this.#shared.clock.monotonicMs() + bodyTimeoutMs
  }

  onResponseEnd(): void {
    if (!this.#end()) return
    if (this.#collector !== undefined) this.body = this.#collector.take()
    this.#collector = undefined
    this.#resolve(this)
  }

  release(): void {
    this.#shared.room.release(this.#heldBytes)
    this.#heldBytes = 0
  }

  /** Must not throw: the client would emit that as an unhandled event. */
  onResponseError(_controller: unknown, error: Error): void {
    if (this.ended) return
    if (error instanceof UpstreamError) this.#fail(error)
    else if (this.#wasStale(error) && !this.#sender.fullFresh()) this.#retry()
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
    this.#shared.counts.retries++
    this.attempts = 2
    this.reused = false
    this.#phase = 'waiting'
    this.#controller = undefined
    this.#nextBy = Number.POSITIVE_INFINITY
    this.#sender.sendFresh(this)
  }

  /** Until the next step there are `ms`, where the request has such a limit; the one over everything stays. */
  #expectWithin(ms: number | undefined): void {
    if (ms === undefined) {
      this.#nextBy = Number.POSITIVE_INFINITY
      return
    }
    const now = this.#shared.clock.monotonicMs()
    this.#nextBy = now + ms
    this.#shared.wheel.add(Math.min(this.#endsBy, this.#nextBy) - now, this)
  }

  #timeOut(whole: boolean): void {
    const { timeoutMs, headersTimeoutMs, bodyTimeoutMs } = this.#request
    this.#shared.counts.timeouts[this.#phase]++
    if (whole) this.#stop(ABOX_UPSTREAM_TIMEOUT, `no whole answer within ${timeoutMs} ms, ended ${this.#where()}`)
    else if (this.#phase === 'body') {
      this.#stop(ABOX_UPSTREAM_TIMEOUT, `nothing more came for ${bodyTimeoutMs} ms, ended ${this.#where()}`)
    } else {
      const detail = `no head of an answer within ${headersTimeoutMs} ms of sending, ended ${this.#where()}`
      this.#stop(ABOX_UPSTREAM_TIMEOUT, detail)
    }
  }

  #stop(row: ErrorRow, detail: string): void {
    const error = this.#error(row, detail)
    this.#fail(error)
    this.#controller?.abort(error)
  }

  #fail(error: UpstreamError): void {
    if (!this.#end()) return
    this.#collector = undefined
    this.release()
    this.#reject(error)
  }

  /** False when it had ended before. Nothing that lives longer may know it afterwards. */
  #end(): boolean {
    if (this.ended) return false
    this.ended = true
    this.#shared.wheel.remove(this)
    this.waitingIn?.remove(this)
    this.#request.signal?.offAbort(this)
    return true
  }

  /** Asks for room for so many bytes of this answer in all. Throws where those of others leave none. */
  #hold(bytes: number): void {
    if (bytes <= this.#heldBytes || this.ended) return
    const { room, counts } = this.#shared
    if (room.grow(this.#heldBytes, bytes)) {
      this.#heldBytes = bytes
      return
    }
    counts.noRoom++
    const found = `found an answer of ${bytes} bytes or more while ${room.bytes} bytes of answers are held`
    throw this.#error(
      ABOX_UPSTREAM_BUSY,
      `${found}, expected at most ${room.maxBytes} together (upstream.maxHeldBytes)`
    )
  }

  #tooLarge(found: string): UpstreamError {
    return this.#error(
      ABOX_UPSTREAM_TOO_LARGE,
      `${found}, at most ${this.#maxBytes} are allowed (status ${this.status})`
    )
  }

  #error(row: ErrorRow, detail: string, cause?: Error): UpstreamError {
    const { method } = this.options
    // What stands behind the question mark may be a key, and this text goes to callers.
    const [path] = this.options.path.split('?')
    const host = this.#request.host === undefined ? '' : ` (host ${this.#request.host})`
    const { attempts } = this
    const tries = attempts === 1 ? '' : `, attempt ${attempts}`
    const status = this.#phase === 'body' ? this.status : undefined
    const far = { attempts, status, sent: attempts > 1 || this.#phase !== 'waiting' }
    const text = `${method} ${this.#request.origin}${path}${host}: ${detail}${tries}`
    return new UpstreamError(row, text, far, cause === undefined ? {} : { cause })
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

const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)

function bytesOf(body: Dispatcher.DispatchOptions['body']): number {
  if (typeof body === 'string') return Buffer.byteLength(body)
  return Buffer.isBuffer(body) ? body.length : 0
}
