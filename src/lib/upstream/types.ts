/** What wants to know that a call is given up. */
export interface AbortListener {
  cancel(): void
}

/** What stops a request from outside. It may live longer than the request, as that of a connection does. */
export interface CallSignal {
  readonly aborted: boolean
  /** `listener.cancel()` runs once, when the call is given up. */
  onAbort(listener: AbortListener): void
  /** The request has ended: forgets the listener. Nothing happens when it does not know it (any more). */
  offAbort(listener: AbortListener): void
}

/** One GET. */
export interface UpstreamGet {
  /** `http://host:port` or `https://host:port`, without path. */
  readonly origin: string
  /** Sent byte for byte; starts with `/`. */
  readonly path: string
  /** The Host header, where it differs from the origin: an ingress routes by it. */
  readonly host?: string | undefined
  /** Flat list name, value, name, value …; without Host and content-length. */
  readonly headers?: readonly string[] | undefined
  /** For everything together, ms: waiting for a connection, connecting, sending, a retry, the whole answer. */
  readonly timeoutMs: number
  /** From the sending to the whole head of the answer, ms; none = only `timeoutMs` counts. */
  readonly headersTimeoutMs?: number | undefined
  /** Between the head and the first piece of the body, and between two pieces, ms; none = only `timeoutMs` counts. */
  readonly bodyTimeoutMs?: number | undefined
  readonly signal?: CallSignal | undefined
}

/** One POST. `content-type` and `accept` are `application/json` unless `headers` has a `content-type`. */
export interface UpstreamPost extends UpstreamGet {
  readonly body: Buffer | string
}

/** A whole answer, whatever its status. */
export interface UpstreamReply {
  readonly status: number
  /** '' when there was none. */
  readonly contentType: string
  readonly body: Buffer
  /** When the server wants to be asked again (Retry-After), ms from the answer on; undefined when it does not say. */
  readonly retryAfterMs: number | undefined
  /** How many times the request was handed to a connection: 1, or 2 after the one safe retry. */
  readonly attempts: number
  /** Whether the connection that answered had served a request before. */
  readonly reused: boolean
  /** The body is not needed any more: its bytes stop counting against `maxHeldBytes`. May be called again. */
  release(): void
}

/** Counts since creation, and what is open now. */
export interface UpstreamStats {
  readonly requests: number
  /** Sent again because a kept connection was closed before any byte of the answer. */
  readonly retries: number
  /** Bytes of request bodies, those of retries counted again. */
  readonly sentBytes: number
  /** Bytes of response bodies, those of failed answers included. */
  readonly receivedBytes: number
  /** Refused with ABOX_UPSTREAM_BUSY. */
  readonly busy: number
  /** Refused with ABOX_UPSTREAM_REQUEST_TOO_LARGE. */
  readonly requestTooLarge: number
  /** Ended because the answers of all together would have been more than `maxHeldBytes`. */
  readonly noRoom: number
  /** Bytes of answers above 64 KiB that are coming or not released yet. */
  readonly heldBytes: number
  /** Ended by their signal. */
  readonly canceled: number
  /** Idle connections that were closed to have a file handle for another one. */
  readonly idleClosed: number
  /**
   * Ended by a time limit: waiting for a connection, sent and no byte of an answer, inside the head of the answer, or
   * inside its body.
   */
  readonly timeouts: { readonly [phase in 'waiting' | 'sent' | 'begun' | 'body']: number }
  readonly origins: number
  /** Open connections. */
  readonly connected: number
  /** Requests on a connection. */
  readonly running: number
  /** Requests that wait for a connection. */
  readonly waiting: number
}
