import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { Session } from '#contracts/api/session'
import { UserName } from '#contracts/business-group'
import { AboxError } from '#core/errors'
import { managerErrors } from '../../errors.ts'
import type { Grant } from '../../identity/principal.ts'
import { closeSession, findSession, type NewSession, openSession, readCookie } from '../../identity/sessions.ts'
import { setUp } from '../../identity/setup-token.ts'
import { writeAudit } from '../../store/audit.ts'
import { readGrants, readUser } from '../../store/users.ts'
import { type Api, describeRoute, NOTHING, PUBLIC, ROOT } from '../api.ts'
import { strict } from '../validate.ts'

/** A password as it may be chosen; NIST SP 800-63B: length, and no rules about characters. */
export const NewPassword = Type.String({ minLength: 12, maxLength: 256 })
/** One that is only compared. */
const GivenPassword = Type.String({ minLength: 1, maxLength: 256 })

/** What is read of somebody who has not said who he is, bytes. */
const MOST_OF_ANYBODY = 16 * 1024

/** The first user, logging in, logging out. */
export function sessionRoutes(api: Api): void {
  const tag = 'session'
  api.server.post(
    `${ROOT}/setup`,
    {
      config: PUBLIC,
      bodyLimit: MOST_OF_ANYBODY,
      schema: describeRoute({
        tag,
        summary: 'Make the first user, by the token that the first start has printed',
        body: strict({ token: Type.String({ minLength: 1, maxLength: 200 }), user: UserName, password: NewPassword }),
        answers: { 201: Type.Object({ user: Type.String() }) }
      })
    },
    async (request, reply) => {
      const body = request.body as { readonly token: string; readonly user: string; readonly password: string }
      // Not by one bucket for all: who tries tokens from many addresses would keep the first user out.
      const attempt = api.logins.begin(undefined, request.ip)
      let isRight = false
      try {
        await setUp(api, body, { address: request.ip, request: request.id })
        isRight = true
      } finally {
        attempt.end(isRight)
      }
      api.changes.notify()
      reply.code(201)
      return { user: body.user }
    }
  )
  api.server.post(
    `${ROOT}/session`,
    {
      config: PUBLIC,
      bodyLimit: MOST_OF_ANYBODY,
      schema: describeRoute({
        tag,
        summary: 'Log in with a password; the answer sets a cookie',
        body: strict({ user: UserName, password: GivenPassword }),
        answers: { 200: Session }
      })
    },
    async (request, reply) => {
      const { user, password } = request.body as { readonly user: string; readonly password: string }
      return begin(api, request, reply, user, await checkPassword(api, request, user, password))
    }
  )
  api.server.get(
    `${ROOT}/session`,
    { schema: describeRoute({ tag, summary: 'Who I am and what I may', answers: { 200: Session } }) },
    async (request): Promise<Session> => {
      const { actor, grants } = api.principalOf(request)
      const secret = actor.by === 'session' ? readCookie(request.headers.cookie, api.cookie.name) : undefined
      const session =
        secret === undefined ? undefined : await api.store.read((db) => findSession(db, secret, api.clock.wallMs()))
      return {
        user: actor.name,
        by: actor.by,
        ...(session !== undefined && { csrf: session.csrf, expiresAt: session.expires_at }),
        grants: [...grants]
      }
    }
  )
  api.server.delete(
    `${ROOT}/session`,
    { schema: describeRoute({ tag, summary: 'Log out', answers: { 204: NOTHING } }) },
    async (request, reply) => {
      const secret = readCookie(request.headers.cookie, api.cookie.name)
      if (secret !== undefined) await api.store.write((db) => closeSession(db, secret))
      reply.header('set-cookie', api.cookie.clear())
      return reply.code(204).send()
    }
  )
}

/**
 * Whether it is his password: the same answer after the same time whether there is such a user or not. Gives the hash that it
 * fits. Rejects with ABOX_UNAUTHENTICATED, ABOX_LOGIN_LIMITED, ABOX_MANAGER_BUSY.
 */
export async function checkPassword(
  api: Api,
  request: FastifyRequest,
  name: string,
  password: string
): Promise<string> {
  const attempt = api.logins.begin(name, request.ip)
  let isRight = false
  let hash: string | undefined
  try {
    const user = await api.store.read((db) => readUser(db, name))
    hash = user === undefined || user.disabled === 1 || user.password === '' ? undefined : user.password
    isRight = await api.passwords.verify(hash, password)
  } finally {
    attempt.end(isRight)
  }
  if (isRight && hash !== undefined) return hash
  api.log.warn({ user: name, address: request.ip, request: request.id }, 'log-in refused')
  throw new AboxError(managerErrors.ABOX_UNAUTHENTICATED, 'user or password is wrong')
}

/** Opens a session and tells the browser. `hash`: of the password that he has logged in with, if it was one. */
export async function begin(
  api: Api,
  request: FastifyRequest,
  reply: FastifyReply,
  user: string,
  hash?: string
): Promise<Session> {
  const actor = { name: user, by: 'session', address: request.ip, request: request.id }
  const { session, grants } = await api.store.write(async (db): Promise<{ session: NewSession; grants: Grant[] }> => {
    const now = api.clock.wallMs()
    // He may have been disabled, or have got another password, while his password was looked at.
    const found = await readUser(db, user)
    if (found?.disabled !== 0 || (hash !== undefined && found.password !== hash)) {
      throw new AboxError(managerErrors.ABOX_UNAUTHENTICATED, 'user or password is wrong')
    }
    await writeAudit(db, { actor, action: 'log-in', kind: 'User', key: user }, now)
    return { session: await openSession(db, user, now), grants: await readGrants(db, user) }
  })
  reply.header('set-cookie', api.cookie.set(session.secret))
  return { user, by: 'session', csrf: session.csrf, expiresAt: session.expiresAt, grants }
}
