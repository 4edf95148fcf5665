import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import { AboxError } from '#core/errors'
import { managerErrors } from '../errors.ts'

const ReasonHeader = {
  'x-abox-reason': Type.Optional(
    Type.String({ minLength: 1, maxLength: 4096, description: 'Why, percent-encoded; or by the query' })
  )
}
/** Of what is done once however often it is sent; `writeOnce`. */
export const OnceHeader = {
  'idempotency-key': Type.Optional(
    Type.String({ pattern: '^[!#-~]{1,200}$', description: 'A UUID: sent again, the change is made once' })
  )
}
/** Of each change. */
export const ChangeHeaders = { ...ReasonHeader, ...OnceHeader }
const Generation = Type.String({ pattern: '^"\\d{1,15}"$', description: 'ETag of what you have seen' })
/** Of a change of what has to exist; `readSeen`. */
export const SeenHeaders = { ...ChangeHeaders, 'if-match': Generation }
/** Of a change of what may be made by it; `readExpected` wants one of the two. */
export const ExpectedHeaders = {
  ...ChangeHeaders,
  'if-match': Type.Optional(Generation),
  'if-none-match': Type.Optional(Type.Literal('*', { description: 'There is to be none' }))
}

/** Of a reader. Whatever it says that is no ETag of ours is another generation: no pattern, and nothing is refused. */
export const KnownHeader = {
  'if-none-match': Type.Optional(
    Type.String({ description: 'ETag of what you have: 304 while there is nothing newer' })
  )
}

/** The ETag of a generation. */
export const etagOf = (generation: number): string => `"${generation}"`

/**
 * Which generation the sender has seen: `If-Match: "<n>"`, or `If-None-Match: *` where there is to be none. Throws
 * ABOX_NO_GENERATION, ABOX_REQUEST_INVALID.
 */
export function readExpected({ headers }: FastifyRequest): number | 'absent' {
  const match = headers['if-match']
  const none = headers['if-none-match']
  if (match === undefined && none === undefined) {
    throw new AboxError(managerErrors.ABOX_NO_GENERATION, 'found neither If-Match nor If-None-Match')
  }
  if (match === undefined && none === '*') return 'absent'
  const generation = none === undefined ? /^"(\d{1,15})"$/.exec(match ?? '')?.[1] : undefined
  if (generation !== undefined) return Number(generation)
  throw new AboxError(
    managerErrors.ABOX_REQUEST_INVALID,
    'If-Match, If-None-Match: expected If-Match: "<generation>" or If-None-Match: *'
  )
}

/** Only `If-Match`: what is changed has to exist. Throws as `readExpected`. */
export function readSeen(request: FastifyRequest): number {
  const expected = readExpected(request)
  if (expected !== 'absent') return expected
  throw new AboxError(managerErrors.ABOX_NO_GENERATION, 'found If-None-Match: *, expected If-Match: "<generation>"')
}

/** Longest reason, characters. */
const MAX_REASON = 4096

/**
 * Why something is changed: `x-abox-reason`, percent-encoded, or `?reason=`. Throws ABOX_REQUEST_INVALID without one;
 * `isOptional`: then it is '', as of a dry run, which stands in no audit.
 */
export function readReason({ headers, query }: FastifyRequest, isOptional = false): string {
  const header = headers['x-abox-reason']
  const inQuery = (query as { readonly reason?: string } | undefined)?.reason
  const reason = (typeof header === 'string' ? decode(header) : inQuery)?.trim() ?? ''
  if ((reason === '' && !isOptional) || reason.length > MAX_REASON) {
    throw invalid(`x-abox-reason: found ${reason.length} characters, expected 1 to ${MAX_REASON}`)
  }
  return reason
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('x-abox-reason: expected percent-encoded UTF-8')
  }
}

const invalid = (text: string): AboxError => new AboxError(managerErrors.ABOX_REQUEST_INVALID, text)
