import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import Type from 'typebox'
import { NewToken, type Token, TokenList, TokenRole } from '#contracts/api/token'
import { UserName } from '#contracts/business-group'
import { Name } from '#contracts/common'
import { AboxError } from '#core/errors'
import { checkScope } from '../../documents/change-document.ts'
import { managerErrors } from '../../errors.ts'
import { forbidden } from '../../identity/permits.ts'
import { hasRole, type Principal } from '../../identity/principal.ts'
import { GATEWAY, GATEWAY_OWNER, MAX_TOKEN_DAYS, newToken, type TokenScope } from '../../identity/tokens.ts'
import { writeAudit } from '../../store/audit.ts'
import type { Tables, TokenRow } from '../../store/schema.ts'
import { countTokens, insertToken, listTokens, readToken, revokeToken } from '../../store/tokens.ts'
import { type Api, DEFAULT_LIMIT, describeRoute, NOTHING, ROOT } from '../api.ts'
import { OnceHeader } from '../conditions.ts'
import { writeOnce } from '../once.ts'
import { strict } from '../validate.ts'
import { checkPlatform } from './users.ts'

const DAY_MS = 24 * 60 * 60_000
/** Of one user at a time; the list has room for all of them. */
const MOST_TOKENS = DEFAULT_LIMIT

const Star = Type.Union([Name, Type.Literal('*')])
interface TokenRequest extends TokenScope {
  readonly title: string
  readonly days: number
}

/** Tokens for programs: what their owner may, or less, for a time. */
export function tokenRoutes(api: Api): void {
  const tag = 'tokens'
  api.server.get(
    `${ROOT}/tokens`,
    {
      schema: describeRoute({
        tag,
        summary: 'List my tokens, or as an admin of the platform those of `user`',
        query: { user: Type.Optional(UserName) },
        answers: { 200: TokenList }
      })
    },
    async (request) => {
      const principal = api.principalOf(request)
      const { user = principal.actor.name } = request.query as { readonly user?: string }
      if (user !== principal.actor.name) checkPlatform(principal, 'admin')
      const rows = await api.store.read((db) => listTokens(db, user, DEFAULT_LIMIT, api.clock.wallMs()))
      return { items: rows.map(describeToken) }
    }
  )
  api.server.post(
    `${ROOT}/tokens`,
    {
      schema: describeRoute({
        tag,
        summary:
          'Make a token for me; only a session may. Sent again with its Idempotency-Key: 409, which names the token',
        headers: OnceHeader,
        body: strict({
          title: Type.String({ minLength: 1, maxLength: 256 }),
          role: TokenRole,
          businessGroup: Star,
          environment: Star,
          days: Type.Integer({ minimum: 1, maximum: MAX_TOKEN_DAYS })
        }),
        answers: { 201: NewToken }
      })
    },
    (request, reply) => makeToken(api, request, reply)
  )
  api.server.delete(
    `${ROOT}/tokens/:id`,
    {
      schema: describeRoute({
        tag,
        summary: 'Revoke a token at once: the one that asks, or by a session or a token that may do all, any of mine',
        params: { id: Type.String({ pattern: '^[0-9a-f]{16}$' }) },
        headers: OnceHeader,
        answers: { 204: NOTHING }
      })
    },
    (request, reply) =>
      writeOnce(api, request, reply, async (db, now) => {
        const { id } = request.params as { readonly id: string }
        const principal = api.principalOf(request)
        const token = await readToken(db, id)
        const isOwn = token?.user_name === principal.actor.name && (await mayRevoke(db, principal, token.id))
        if (!isOwn && !hasRole(principal, 'admin', '', '')) throw forbidden('admin', 'Token', '', 'platform')
        if (token === undefined) throw new AboxError(managerErrors.ABOX_NOT_FOUND, `token ${id}: found none`)
        await revokeToken(db, id, now)
        await writeAudit(db, { actor: principal.actor, action: 'revoke', kind: 'Token', key: id }, now)
        return { status: 204, headers: {}, body: '' }
      })
  )
}

/** Of his own tokens: a token with few rights that was stolen must not end those that its owner lives by. */
async function mayRevoke(db: Kysely<Tables>, { actor }: Principal, id: string): Promise<boolean> {
  if (actor.by === 'session' || actor.by === `token ${id}`) return true
  const used = await readToken(db, actor.by.replace('token ', ''))
  return used?.role === 'admin' && used.business_group === '*' && used.environment === '*'
}

async function makeToken(api: Api, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { actor } = api.principalOf(request)
  const { title, role, businessGroup, environment, days } = request.body as TokenRequest
  // A token with little rights could make itself one with more, and one that expires one that does not.
  if (actor.by !== 'session') throw new AboxError(managerErrors.ABOX_FORBIDDEN, 'found a token, expected a session')
  if (role === GATEWAY && (businessGroup !== '*' || environment === '*')) {
    const text = 'a token for gateways: expected businessGroup "*" and the name of one environment'
    throw new AboxError(managerErrors.ABOX_REQUEST_INVALID, text)
  }
  const { id, text, hash } = newToken()
  return writeOnce(api, request, reply, async (db, at) => {
    const now = Math.round(at)
    if (role === GATEWAY) await checkGatewayToken(db, api.principalOf(request), environment)
    if ((await countTokens(db, actor.name, now)) >= MOST_TOKENS) {
      throw new AboxError(managerErrors.ABOX_REFERENCE, `found ${MOST_TOKENS} tokens that count, expected fewer`)
    }
    const made: TokenRow = {
      id,
      user_name: actor.name,
      title,
      hash,
      role,
      business_group: businessGroup,
      environment,
      created_at: now,
      expires_at: now + days * DAY_MS,
      used_at: 0,
      revoked_at: 0
    }
    await insertToken(db, made)
    await writeAudit(db, { actor, action: 'create', kind: 'Token', key: id, reason: title }, now)
    return {
      status: 201,
      headers: {},
      body: JSON.stringify({ ...describeToken(made), token: text } satisfies NewToken),
      shownOnce: `token ${id}: was made, and is shown once`
    }
  })
}

/** Gates of rollouts believe what a gateway says: who makes its token answers for the whole environment. */
async function checkGatewayToken(db: Kysely<Tables>, principal: Principal, environment: string): Promise<void> {
  if (!hasRole(principal, GATEWAY_OWNER, '', environment))
    throw forbidden(GATEWAY_OWNER, 'Token', environment, 'platform')
  await checkScope(db, principal, environment)
}

const describeToken = (row: TokenRow): Token => ({
  id: row.id,
  user: row.user_name,
  title: row.title,
  role: row.role as TokenRole,
  businessGroup: row.business_group,
  environment: row.environment,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  ...(row.used_at !== 0 && { usedAt: row.used_at }),
  ...(row.revoked_at !== 0 && { revokedAt: row.revoked_at })
})
