import { AboxError, type AboxErrorOptions, type ErrorRow, errorRows } from '#core/errors'

/** Ways in which an HTTP exchange ends without a whole answer. */
export const upstreamErrors = errorRows({
  ABOX_UPSTREAM_REQUEST: {
    fault: 'operator',
    retryable: false,
    text: 'The origin, path, Host or a header cannot be sent; nothing was sent.',
    remedy: 'Correct the endpoint, path, host or header that the message names.'
  },
  ABOX_UPSTREAM_REQUEST_TOO_LARGE: {
    fault: 'caller',
    retryable: false,
    text: 'The body of the request is larger than the limit; nothing was sent.',
    remedy: 'Send less in one call, let the pre hook make less of it, or raise upstream.maxRequestBytes.'
  },
  ABOX_UPSTREAM_BUSY: {
    fault: 'upstream',
    retryable: true,
    text: 'As many calls as may are at the endpoint or wait for a connection to it, and nothing was sent; or the answers of all calls hold as many bytes as they may.',
    remedy: 'Find out why it is slow, add endpoints, or raise the bound that the message names.'
  },
  ABOX_UPSTREAM_CONNECT: {
    fault: 'upstream',
    retryable: true,
    text: 'No connection could be made: refused, unreachable, name unknown or too slow; nothing was sent.',
    remedy: 'Check that the endpoint is right and that the server behind it runs and listens.'
  },
  ABOX_UPSTREAM_TIMEOUT: {
    fault: 'upstream',
    retryable: true,
    text: 'The whole answer was not there in the time that was left for it.',
    remedy:
      'Look at the phase in the message: no connection, no answer or a slow body; raise timeoutMs or help the model.'
  },
  ABOX_UPSTREAM_RESET: {
    fault: 'upstream',
    retryable: true,
    text: 'The connection died before or while the server answered.',
    remedy: 'Look whether the server or an ingress was restarted or crashed at that time.'
  },
  ABOX_UPSTREAM_TRUNCATED: {
    fault: 'upstream',
    retryable: true,
    text: 'The server closed the connection inside the body of its answer.',
    remedy: 'Look whether the server crashed: an ingress passes such a half answer on with status 200.'
  },
  ABOX_UPSTREAM_TOO_LARGE: {
    fault: 'upstream',
    retryable: false,
    text: 'The body of the answer is larger than the limit.',
    remedy: 'Let the model answer less, or raise the limit of response bytes.'
  },
  ABOX_UPSTREAM_PROTOCOL: {
    fault: 'upstream',
    retryable: false,
    text: 'What the server sent is not a valid HTTP/1.1 answer.',
    remedy: 'Check that the endpoint speaks plain HTTP/1.1 on this port and not HTTP/2, gRPC or something else.'
  },
  ABOX_UPSTREAM_CANCELED: {
    fault: 'caller',
    retryable: false,
    text: 'The call was given up from outside before the answer was there.',
    remedy: 'Nothing: nobody waits for the answer any more.'
  },
  ABOX_UPSTREAM_CLOSED: {
    fault: 'us',
    retryable: true,
    text: 'The HTTP client is being closed and takes no more requests.',
    remedy: 'Send the call to another instance; this one is shutting down.'
  }
})

/** How far an exchange had come when it failed. */
export interface Progress {
  /** How many times the request was handed to a connection: 0, 1, or 2 after the one safe retry. */
  readonly attempts: number
  /** HTTP status, where the head of the answer had arrived. */
  readonly status: number | undefined
  /** Whether any byte of the request may have reached the server. False: sending it again cannot do anything twice. */
  readonly sent: boolean
}

/** An AboxError that also tells how far the exchange had come. */
export class UpstreamError extends AboxError implements Progress {
  readonly attempts: number
  readonly status: number | undefined
  readonly sent: boolean

  constructor(row: ErrorRow, detail: string, { attempts, status, sent }: Progress, options: AboxErrorOptions = {}) {
    super(row, detail, options)
    this.attempts = attempts
    this.status = status
    this.sent = sent
  }
}
