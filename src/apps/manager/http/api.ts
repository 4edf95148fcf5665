import type { FastifyInstance, FastifyReply } from 'fastify'
import Type, { type TSchema } from 'typebox'
import { Name } from '#contracts/common'
import type { Clock } from '#core/clock'
import type { Logger } from '#core/logger'
import type { Changes } from '../changes.ts'
import type { OriginRules } from '../documents/check-origins.ts'
import type { Authenticator } from '../identity/authenticator.ts'
import type { LoginLimits } from '../identity/login-limits.ts'
import type { Passwords } from '../identity/passwords.ts'
import type { SessionCookie } from '../identity/sessions.ts'
import type { ManagerMetrics } from '../metrics.ts'
import type { Store } from '../store/open-store.ts'
import type { Identities } from './identify.ts'
import { Problem } from './problem.ts'
import { strict } from './validate.ts'

/** What the routes need. */
export interface ApiParts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly changes: Changes
  readonly origins: OriginRules
  readonly authenticator: Authenticator
  readonly passwords: Passwords
  readonly logins: LoginLimits
  readonly cookie: SessionCookie
}

/** What a file of routes is handed. */
export interface Api extends ApiParts, Identities {
  readonly server: FastifyInstance
  readonly metrics: Pick<ManagerMetrics, 'gauge' | 'counter'>
}

/** Of a route that anybody may call. Without it a request has to say who sends it. */
export const PUBLIC = { public: true } as const

/** Of a route that tokens of gateways may call, too. */
export const FOR_GATEWAYS = { gateways: true } as const

/** Of a stream: whoever leaves one open, or has it opened again and again by his browser, does not use his session. */
export const STREAM = { stream: true } as const

export const ROOT = '/api/v1'

const Key = Type.String({ minLength: 1, maxLength: 1024, description: 'Name of the document' })
export const EnvironmentParam = { environment: Name }
export const KeyParam = { key: Key }

export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'At most so many; 100 unless given' })),
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description: '`next` of the page before' }))
}
export const DEFAULT_LIMIT = 100

export const ReasonQuery = {
  reason: Type.Optional(Type.String({ maxLength: 4096, description: 'Why; or by the header x-abox-reason' }))
}

/** An answer that is not JSON; `content` by its type. */
interface OtherAnswer {
  readonly description: string
  readonly content: Readonly<Record<string, { readonly schema: TSchema }>>
}

/** `type`: as the header content-type says it, without parameters. */
export const textAnswer = (type: string, description: string): OtherAnswer => ({
  description,
  content: { [type]: { schema: Type.String() } }
})

/** Of a stream of server-sent events, whose data is JSON of `data`; OpenAPI 3.1 has no word for it. */
export const eventsAnswer = (description: string, data: TSchema): OtherAnswer => ({
  description,
  content: {
    'text/event-stream': { schema: Type.String({ 'x-event-data': data }) }
  }
})

/** Of 204 and of what only leads elsewhere. */
export const NOTHING = Type.Null({ description: 'Done' })
/** Of 304. */
export const NOTHING_NEW = Type.Null({ description: 'The reader has the present one' })

/** What a route says of itself in the OpenAPI document; parts that are undefined are left out. */
export function describeRoute(route: {
  readonly tag: string
  readonly summary: string
  readonly params?: Parameters<typeof strict>[0]
  readonly query?: Parameters<typeof strict>[0]
  /** Whether the query may have more than that. */
  readonly openQuery?: true
  /** For readers: they are checked where they are used, after it is known who may. */
  readonly headers?: Parameters<typeof strict>[0]
  readonly body?: TSchema
  readonly answers: Readonly<Record<number, TSchema | OtherAnswer>>
}): object {
  const { tag, summary, params, query = {}, openQuery, headers, body, answers } = route
  return {
    tags: [tag],
    summary,
    ...(params !== undefined && { params: strict(params) }),
    querystring: openQuery ? Type.Object(query) : strict(query),
    ...(headers !== undefined && { headers: Type.Object(headers) }),
    ...(body !== undefined && { body }),
    response: {
      ...answers,
      default: { description: 'A problem', content: { 'application/problem+json': { schema: Problem } } }
    }
  }
}

/** Sends text that is JSON already. */
export function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(text)
}
