import { errors } from 'undici'
import { describe, type ErrorRow } from '#core/errors'
import { upstreamErrors } from './errors.ts'

/** How far an exchange has come. `begun`: some byte of the answer was there, but not its whole head. */
export type Phase = 'waiting' | 'sent' | 'begun' | 'body'

/** What the HTTP client's error means. */
export interface Failure {
  readonly row: ErrorRow
  readonly text: string
}

const { ABOX_UPSTREAM_CLOSED, ABOX_UPSTREAM_CONNECT, ABOX_UPSTREAM_PROTOCOL, ABOX_UPSTREAM_REQUEST } = upstreamErrors
const { ABOX_UPSTREAM_RESET, ABOX_UPSTREAM_TRUNCATED } = upstreamErrors

/** Errors of undici that mean one thing wherever they happen. */
const BY_CODE: Readonly<Record<string, ErrorRow>> = {
  UND_ERR_INVALID_ARG: ABOX_UPSTREAM_REQUEST,
  UND_ERR_NOT_SUPPORTED: ABOX_UPSTREAM_REQUEST,
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: ABOX_UPSTREAM_REQUEST,
  UND_ERR_CLOSED: ABOX_UPSTREAM_CLOSED,
  UND_ERR_DESTROYED: ABOX_UPSTREAM_CLOSED,
  UND_ERR_HEADERS_OVERFLOW: ABOX_UPSTREAM_PROTOCOL
}

/** Tells what ended an exchange in this phase. */
export function classify(error: Error, phase: Phase): Failure {
  const text = describe(error)
  const code = codeOf(error)
  const known = BY_CODE[code]
  if (known !== undefined) return { row: known, text }
  if (phase === 'waiting') return { row: ABOX_UPSTREAM_CONNECT, text: connectText(error, code) }
  if (phase === 'body') {
    // The length is only compared when the connection has ended; so is the end of the last chunk.
    if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return { row: ABOX_UPSTREAM_TRUNCATED, text }
    if (code === 'UND_ERR_SOCKET') return { row: ABOX_UPSTREAM_TRUNCATED, text }
    if (isEarlyEnd(error)) return { row: ABOX_UPSTREAM_TRUNCATED, text }
  } else {
    // In the head a mismatch is what undici makes of two different content-lengths.
    if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return { row: ABOX_UPSTREAM_PROTOCOL, text }
    if (text === 'bad response' || text === 'bad upgrade') return { row: ABOX_UPSTREAM_PROTOCOL, text }
    if (isEarlyEnd(error)) return { row: ABOX_UPSTREAM_RESET, text }
  }
  return { row: error instanceof errors.HTTPParserError ? ABOX_UPSTREAM_PROTOCOL : ABOX_UPSTREAM_RESET, text }
}

/** The parser's codes are not filled in by undici 8, its text is llhttp's. */
function isEarlyEnd(error: Error): boolean {
  return error instanceof errors.HTTPParserError && error.message.includes('EOF')
}

/** Whether the other side ended the connection, as opposed to everything that we or the protocol did. */
export function isPeerClose(error: Error): boolean {
  const code = codeOf(error)
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** A name with several addresses fails with an error whose own message is empty. */
function connectText(error: Error, code: string): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(describe).join('; ')
  return describe(error) || code
}
