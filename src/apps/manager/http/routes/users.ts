import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import Type from 'typebox'
import { type Page, pageOf } from '#contracts/api/page'
import { User } from '#contracts/api/user'
import { type Role, UserName } from '#contracts/business-group'
import { AboxError } from '#core/errors'
import { refuseLockout } from '../../documents/change-document.ts'
import { managerErrors } from '../../errors.ts'
import { checkAppoints, forbidden } from '../../identity/permits.ts'
import { hasRole, type Principal } from '../../identity/principal.ts'
import { writeAudit } from '../../store/audit.ts'
import type { Tables, UserRow } from '../../store/schema.ts'
import { deleteSessionsOf } from '../../store/sessions.ts'
import { revokeTokensOf } from '../../store/tokens.ts'
import {
  insertUser,
  listPlatformAdmins,
  listUsers,
  readUser,
  readUserOfSubject,
  updateUser
} from '../../store/users.ts'
import { type Api, DEFAULT_LIMIT, describeRoute, NOTHING, PageQuery, ROOT } from '../api.ts'
import { OnceHeader } from '../conditions.ts'
import { type Answer, writeOnce } from '../once.ts'
import { strict } from '../validate.ts'
import { checkPassword, NewPassword } from './session.ts'

const NameParam = { name: UserName }

interface NewUser {
  readonly name: string
  readonly title?: string
  readonly password?: string
  readonly oidc?: string
}

/** Who can log in. What he may do stands in the documents of the business groups. */
export function userRoutes(api: Api): void {
  const tag = 'users'
  api.server.get(
    `${ROOT}/users`,
    {
      schema: describeRoute({
        tag,
        summary: 'List users',
        query: PageQuery,
        answers: { 200: pageOf(User) }
      })
    },
    async (request): Promise<Page<User>> => {
      const { limit = DEFAULT_LIMIT, after } = request.query as { readonly limit?: number; readonly after?: string }
      checkPlatform(api.principalOf(request), 'viewer')
      const rows = await api.store.read((db) => listUsers(db, limit, after))
      const last = rows.at(-1)
      return { items: rows.map(describeUser), ...(rows.length === limit && last !== undefined && { next: last.name }) }
    }
  )
  api.server.post(
    `${ROOT}/users`,
    {
      schema: describeRoute({
        tag,
        summary: 'Make a user, as an admin of the platform',
        headers: OnceHeader,
        body: strict({
          name: UserName,
          title: Type.Optional(Type.String({ maxLength: 256 })),
          password: Type.Optional(NewPassword),
          oidc: Type.Optional(
            Type.String({ pattern: '^\\S+ \\S+$', maxLength: 1024, description: 'issuer and subject' })
          )
        }),
        answers: { 201: User }
      })
    },
    async (request, reply) => {
      // Before the costly hash.
      checkPlatform(api.principalOf(request), 'admin')
      const { name, title = '', password, oidc = '' } = request.body as NewUser
      const hash = password === undefined ? '' : await api.passwords.hash(password)
      const make = async (db: Kysely<Tables>, now: number): Promise<Answer> => {
        const principal = adminOf(api, request)
        if ((await readUser(db, name)) !== undefined) throw new AboxError(managerErrors.ABOX_EXISTS, `user ${name}`)
        if (oidc !== '' && (await readUserOfSubject(db, oidc)) !== undefined) {
          throw new AboxError(managerErrors.ABOX_EXISTS, 'oidc: found a user with this issuer and subject')
        }
        await insertUser(db, { name, title, password: hash, oidc }, now)
        await note(db, principal, 'create', name, now)
        return answerOf(201, await existing(db, name))
      }
      return writeOnce(api, request, reply, make, { hasSecret: password !== undefined })
    }
  )
  for (const action of ['disable', 'enable'] as const) {
    api.server.post(
      `${ROOT}/users/:name/${action}`,
      {
        schema: describeRoute({
          tag,
          summary: action === 'disable' ? 'Take a user all sessions and tokens, for good' : 'Let a user log in again',
          params: NameParam,
          headers: OnceHeader,
          answers: { 200: User }
        })
      },
      (request, reply) => setDisabled(api, request, reply, action)
    )
  }
  api.server.post(
    `${ROOT}/users/:name/password`,
    {
      schema: describeRoute({
        tag,
        summary:
          'Change the own password, which ends all sessions, or as an admin of the platform that of somebody else, which ends his tokens, too; in a session, that of somebody else also by a token for the group platform alone',
        params: NameParam,
        headers: OnceHeader,
        body: strict({
          password: NewPassword,
          current: Type.Optional(Type.String({ maxLength: 256, description: 'Needed for the own one' }))
        }),
        answers: { 204: NOTHING }
      })
    },
    (request, reply) => changePassword(api, request, reply)
  )
}

function setDisabled(
  api: Api,
  request: FastifyRequest,
  reply: FastifyReply,
  action: 'disable' | 'enable'
): Promise<FastifyReply> {
  const { name } = request.params as { readonly name: string }
  return writeOnce(api, request, reply, async (db, now) => {
    const principal = adminOf(api, request)
    const found = await existing(db, name)
    const disabled = action === 'disable' ? 1 : 0
    if (disabled === 1 && name === principal.actor.name) {
      throw new AboxError(managerErrors.ABOX_REFERENCE, `user ${name}: found yourself, expected somebody else`)
    }
    await updateUser(db, name, { disabled }, now)
    if (disabled === 1) {
      await refuseLockout(db, await listPlatformAdmins(db))
      await deleteSessionsOf(db, name)
      await revokeTokensOf(db, name, now)
    }
    await note(db, principal, action, name, now)
    return answerOf(200, { ...found, disabled })
  })
}

async function changePassword(api: Api, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { name } = request.params as { readonly name: string }
  const { password, current } = request.body as { readonly password: string; readonly current?: string }
  const begun = api.principalOf(request)
  const isOwn = name === begun.actor.name
  // A token that was stolen must not become a password.
  if (begun.actor.by !== 'session' && isOwn) {
    throw new AboxError(managerErrors.ABOX_FORBIDDEN, 'found a token, expected a session')
  }
  if (isOwn) await checkPassword(api, request, name, current ?? '')
  else checkPasswordSetter(begun)
  await api.store.read((db) => existing(db, name))
  const hash = await api.passwords.hash(password)
  const change = async (db: Kysely<Tables>, now: number): Promise<Answer> => {
    const principal = api.principalOf(request)
    if (!isOwn) checkPasswordSetter(principal)
    await updateUser(db, name, { password: hash }, now)
    await deleteSessionsOf(db, name)
    // Whose password somebody else changes has lost it, or is not alone with it: tokens may have been made by it.
    if (!isOwn) await revokeTokensOf(db, name, now)
    await note(db, principal, 'password', name, now)
    return { status: 204, headers: {}, body: '' }
  }
  return writeOnce(api, request, reply, change, { hasSecret: true })
}

/** Of somebody else's password. */
function checkPasswordSetter(principal: Principal): void {
  checkPlatform(principal, 'admin')
  checkAppoints(principal)
}

/**
 * Throws ABOX_FORBIDDEN for those without this role in the platform's group, everywhere; for a viewer somewhere will do.
 * `kind`: what he would see or change.
 */
export function checkPlatform(principal: Principal, role: Role, kind = 'User'): void {
  if (!hasRole(principal, role, '', '')) throw forbidden(role, kind, '', 'platform')
}

/** Inside `writeOnce`, which has asked again who he is. */
function adminOf(api: Api, request: FastifyRequest): Principal {
  const principal = api.principalOf(request)
  checkPlatform(principal, 'admin')
  return principal
}

const answerOf = (status: number, user: UserRow): Answer => ({
  status,
  headers: {},
  body: JSON.stringify(describeUser(user))
})

async function existing(db: Kysely<Tables>, name: string): Promise<UserRow> {
  const user = await readUser(db, name)
  if (user === undefined) throw new AboxError(managerErrors.ABOX_NOT_FOUND, `user ${name}: found none`)
  return user
}

async function note(
  db: Kysely<Tables>,
  { actor }: Principal,
  action: string,
  name: string,
  now: number
): Promise<void> {
  await writeAudit(db, { actor, action, kind: 'User', key: name }, now)
}

const describeUser = ({ name, title, disabled, password, created_at }: UserRow): User => ({
  name,
  title,
  disabled: disabled === 1,
  password: password !== '',
  createdAt: created_at
})
