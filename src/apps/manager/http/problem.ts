import Type, { type Static } from 'typebox'
import { contractErrors } from '#contracts/errors'
import { configErrors } from '#core/config'
import { AboxError, coreErrors, type ErrorRow } from '#core/errors'
import { databaseErrors, troubleOf } from '#lib/database'
import { splitterErrors } from '#lib/splitter'
import { managerErrors } from '../errors.ts'

/** RFC 9457, with our code and what to do; `instance` is the id of the request, as in the log and in x-request-id. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String(),
  remedy: Type.String(),
  instance: Type.String(),
  missing: Type.Optional(Type.String({ description: 'What would have had to be there, as `Cluster legacy`' }))
})
export type Problem = Static<typeof Problem>

interface Exit {
  readonly status: number
  /** For how long not to try again, s. */
  readonly retryAfter?: number
}

/** How each error leaves. What is not listed: 500 where we are at fault, 502 a third party, else 400. */
export const EXITS: Readonly<Record<string, Exit>> = {
  ABOX_REQUEST_INVALID: { status: 400 },
  ABOX_DOCUMENT_INVALID: { status: 422 },
  ABOX_SPLIT_WEIGHTS: { status: 422 },
  ABOX_IDEMPOTENCY: { status: 422 },
  ABOX_UNAUTHENTICATED: { status: 401 },
  ABOX_FORBIDDEN: { status: 403 },
  ABOX_NOT_FOUND: { status: 404 },
  ABOX_REFERENCE: { status: 409 },
  ABOX_NOTHING_BEFORE: { status: 409 },
  ABOX_NOT_READY: { status: 409 },
  ABOX_EXISTS: { status: 409 },
  ABOX_SHOWN_ONCE: { status: 409 },
  ABOX_GENERATION: { status: 412 },
  ABOX_NO_GENERATION: { status: 428 },
  ABOX_LOGIN_LIMITED: { status: 429, retryAfter: 5 },
  ABOX_STREAMS_LIMITED: { status: 429, retryAfter: 5 },
  ABOX_REQUESTS_LIMITED: { status: 429, retryAfter: 1 },
  ABOX_OIDC: { status: 502 },
  ABOX_MANAGER_BUSY: { status: 503, retryAfter: 1 },
  ABOX_DATABASE_AWAY: { status: 503, retryAfter: 1 },
  ABOX_DATABASE_URL: { status: 500 },
  ABOX_DATABASE_TEXT: { status: 400 },
  ABOX_DATABASE_SCHEMA: { status: 500 },
  ABOX_MANAGER_LISTEN: { status: 500 }
}

const titles = new Map<string, string>(
  [managerErrors, databaseErrors, contractErrors, configErrors, splitterErrors, coreErrors]
    .flatMap((rows): ErrorRow[] => Object.values(rows))
    .map(({ code, text }) => [code, text])
)

/** Errors of the HTTP server itself: a body that is too long, no JSON, of another type. */
interface ServerError {
  readonly statusCode: number
  readonly message: string
}

const isServerError = (thrown: unknown): thrown is ServerError =>
  typeof thrown === 'object' &&
  thrown !== null &&
  'statusCode' in thrown &&
  typeof thrown.statusCode === 'number' &&
  thrown.statusCode >= 400 &&
  thrown.statusCode < 500

export function exitOf(error: AboxError): Exit {
  const byFault = error.fault === 'us' ? 500 : error.fault === 'upstream' ? 502 : 400
  return EXITS[error.code] ?? { status: byFault }
}

/** Whatever was thrown as an error of ours. */
export function errorOf(thrown: unknown): AboxError {
  if (thrown instanceof AboxError || !isServerError(thrown)) return AboxError.from(thrown)
  return new AboxError(managerErrors.ABOX_REQUEST_INVALID, thrown.message, { cause: thrown })
}

/** What is ours to mend is told in the log alone: a text of the database or of a defect helps nobody but an attacker. */
export function problemOf(thrown: unknown, instance: string): Problem & Exit {
  const error = errorOf(thrown)
  const exit = thrown !== error && isServerError(thrown) ? { status: thrown.statusCode } : exitOf(error)
  return {
    type: `urn:abox:error:${error.code}`,
    title: titles.get(error.code) ?? error.code,
    detail: exit.status >= 500 ? outsideDetail(error, instance) : error.message.slice(error.code.length + 2),
    code: error.code,
    remedy: error.remedy,
    instance,
    ...(error.missing !== undefined && { missing: error.missing }),
    ...exit
  }
}

function outsideDetail(error: AboxError, instance: string): string {
  if (error.code === managerErrors.ABOX_MANAGER_BUSY.code) return error.message.slice(error.code.length + 2)
  const trouble = error.code === databaseErrors.ABOX_DATABASE_AWAY.code ? `${troubleOf(error)}; ` : ''
  return `${trouble}the manager's log says more at request ${instance}`
}
