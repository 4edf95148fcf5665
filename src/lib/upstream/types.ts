/** What stops a request from outside. */
export interface CallSignal {
  readonly aborted: boolean
  /** The callback runs once, when the call is given up; it may run after the request has ended. */
  onAbort(callback: () => void): void
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
  /** How many times the request was handed to a connection: 1, or 2 after the one safe retry. */
  readonly attempts: number
  /** Whether the connection that answered had served a request before. */
  readonly reused: boolean
}

/** Counts since creation, and what is open now. */
export interface UpstreamStats {
  readonly requests: number
  readonly retries: number
  /** Bytes of request bodies, those of retries counted again. */
  readonly sentBytes: number
  /** Bytes of response bodies, those of failed answers included. */
  readonly receivedBytes: number
  readonly origins: number
  /** Open connections. */
  readonly connected: number
  /** Requests on a connection. */
  readonly running: number
  /** Requests that wait for a connection. */
  readonly waiting: number
}
