import { FLAG_TWO_WAY, HEADER_BYTES, requestIdOf, SERIALIZATION_MASK } from './frame.ts'

/** What an application may know of the connection a request came by. */
export interface DubboConnection {
  /** Address of the peer without port; IPv4 in its own form even on an IPv6 socket. */
  readonly remoteAddress: string
  readonly remotePort: number
  /** Whether the peer is gone: an answer would be lost. */
  readonly closed: boolean
}

/** What wants to know that nobody waits for an answer any more. */
export interface AbortListener {
  cancel(): void
}

/** One request frame, as the server hands it out. Heartbeats and other events never arrive here. */
export interface DubboRequest {
  readonly connection: DubboConnection
  /** 8 opaque bytes for the answer. */
  readonly requestId: Buffer
  /** Whether the consumer awaits an answer. */
  readonly twoWay: boolean
  /** Serialization of the body; always 2, others are refused by the server. */
  readonly serialization: number
  /**
   * What follows the header. The bytes are this request's for as long as it likes to keep them: a view into the chunk
   * they came in, which Node never uses again. Keeping one keeps its chunk, at most 64 KiB, besides itself.
   */
  readonly body: Buffer
  /** `performance.now()` when the last byte was there. */
  readonly receivedAt: number
  /** Whether an answer would reach nobody any more: the peer is gone. */
  readonly aborted: boolean
  /** `listener.cancel()` runs once if the peer goes before the request was ended. At most one listener is kept. */
  onAbort(listener: AbortListener): void
  /** Forgets the listener, if it is the one that is kept. */
  offAbort(listener: AbortListener): void
  /**
   * Ends the request and frees its place among those in flight; every request must be ended, one-way ones too. `frame`
   * is the whole answer (result.ts) and leaves at the end of this turn of the event loop; it is dropped when nobody
   * awaits it or the peer is gone. Only the first call counts. Never throws.
   */
  reply(frame: Buffer | undefined): void
}

/** The connection's side of it: takes back what the request occupied. */
interface Owner extends DubboConnection {
  settle(frame: Buffer | undefined, heldBytes: number): void
  /** Tells the request when the connection dies, until `forget`. */
  watch(request: IncomingRequest): void
  forget(request: IncomingRequest): void
}

export class IncomingRequest implements DubboRequest {
  readonly connection: DubboConnection
  readonly requestId: Buffer
  readonly twoWay: boolean
  readonly serialization: number
  readonly body: Buffer
  readonly receivedAt: number
  #owner: Owner | undefined
  #listener: AbortListener | undefined = undefined

  /** `frame` is whole and belongs to the request. */
  constructor(owner: Owner, frame: Buffer, receivedAt: number) {
    const flags = frame[2] as number
    this.connection = owner
    this.requestId = requestIdOf(frame)
    this.twoWay = (flags & FLAG_TWO_WAY) !== 0
    this.serialization = flags & SERIALIZATION_MASK
    this.body = frame.subarray(HEADER_BYTES)
    this.receivedAt = receivedAt
    this.#owner = owner
  }

  get aborted(): boolean {
    return this.connection.closed
  }

  onAbort(listener: AbortListener): void {
    if (this.#owner === undefined) return
    if (this.#listener === undefined) this.#owner.watch(this)
    this.#listener = listener
  }

  offAbort(listener: AbortListener): void {
    if (this.#listener !== listener) return
    this.#listener = undefined
    this.#owner?.forget(this)
  }

  /** The connection died. */
  abort(): void {
    const listener = this.#listener
    this.#listener = undefined
    listener?.cancel()
  }

  reply(frame: Buffer | undefined): void {
    const owner = this.#owner
    if (owner === undefined) return
    this.#owner = undefined
    if (this.#listener !== undefined) {
      this.#listener = undefined
      owner.forget(this)
    }
    owner.settle(this.twoWay ? frame : undefined, HEADER_BYTES + this.body.length)
  }
}
