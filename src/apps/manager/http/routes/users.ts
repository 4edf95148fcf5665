import type { FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import Type from 'typebox'
import { type Role, UserName } from '#contracts/business-group'
import { AboxError } from '#core/errors'
import { refuseLockout } from '../../documents/change-document.ts'
import { managerErrors } from '../../errors.ts'
import { forbidden } from '../../identity/permits.ts'
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
import { strict } from '../validate.ts'
import { checkPassword, NewPassword } from './session.ts'

const User = Type.Object({
  name: Type.String(),
  title: Type.String(),
  disabled: Type.Boolean(),
  password: Type.Boolean({ description: 'Whether he can log in by one' }),
  createdAt: Type.Integer({ description: 'ms since 1970' })
})
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
        answers: { 200: Type.Object({ items: Type.Array(User), next: Type.Optional(Type.String()) }) }
      })
    },
    async (request) => {
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
      const made = await api.store.write(async (db) => {
        const principal = await confirmAdmin(api, request, db)
        const now = api.clock.wallMs()
        if ((await readUser(db, name)) !== undefined) throw new AboxError(managerErrors.ABOX_EXISTS, `user ${name}`)
        if (oidc !== '' && (await readUserOfSubject(db, oidc)) !== undefined) {
          throw new AboxError(managerErrors.ABOX_EXISTS, 'oidc: found a user with this issuer and subject')
        }
        await insertUser(db, { name, title, password: hash, oidc }, now)
        await note(db, principal, 'create', name, now)
        return readUser(db, name)
      })
      api.changes.notify()
      reply.code(201)
      return made === undefined ? undefined : describeUser(made)
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
          answers: { 200: User }
        })
      },
      (request) => setDisabled(api, request, action)
    )
  }
  api.server.post(
    `${ROOT}/users/:name/password`,
    {
      schema: describeRoute({
        tag,
        summary:
          'Change the own password, which ends all sessions, or as an admin of the platform that of somebody else, which ends his tokens, too',
        params: NameParam,
        body: strict({
          password: NewPassword,
          current: Type.Optional(Type.String({ maxLength: 256, description: 'Needed for the own one' }))
        }),
        answers: { 204: NOTHING }
      })
    },
    async (request, reply) => {
      await changePassword(api, request)
      return reply.code(204).send()
    }
  )
}

async function setDisabled(api: Api, request: FastifyRequest, action: 'disable' | 'enable'): Promise<object> {
  const { name } = request.params as { readonly name: string }
  const user = await api.store.write(async (db) => {
    const principal = await confirmAdmin(api, request, db)
    const now = api.clock.wallMs()
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
    return { ...found, disabled }
  })
  api.changes.notify()
  return describeUser(user)
}

async function changePassword(api: Api, request: FastifyRequest): Promise<void> {
  const { name } = request.params as { readonly name: string }
  const { password, current } = request.body as { readonly password: string; readonly current?: string }
  const begun = api.principalOf(request)
  const isOwn = name === begun.actor.name
  // A token that was stolen must not become a password.
  if (begun.actor.by !== 'session' && isOwn) {
    throw new AboxError(managerErrors.ABOX_FORBIDDEN, 'found a token, expected a session')
  }
  if (isOwn) await checkPassword(api, request, name, current ?? '')
  else checkPlatform(begun, 'admin')
  await api.store.read((db) => existing(db, name))
  const hash = await api.passwords.hash(password)
  await api.store.write(async (db) => {
    const principal = isOwn ? await api.confirm(request, db) : await confirmAdmin(api, request, db)
    const now = api.clock.wallMs()
    await updateUser(db, name, { password: hash }, now)
    await deleteSessionsOf(db, name)
    // Whose password somebody else changes has lost it, or is not alone with it: tokens may have been made by it.
    if (!isOwn) await revokeTokensOf(db, name, now)
    await note(db, principal, 'password', name, now)
  })
}

/**
 * Throws ABOX_FORBIDDEN for those without this role in the platform's group, everywhere; for a viewer somewhere will do.
 * `kind`: what he would see or change.
 */
export function checkPlatform(principal: Principal, role: Role, kind = 'User'): void {
  if (!hasRole(principal, role, '', '')) throw forbidden(role, kind, '')
}

async function confirmAdmin(api: Api, request: FastifyRequest, db: Kysely<Tables>): Promise<Principal> {
  const principal = await api.confirm(request, db)
  checkPlatform(principal, 'admin')
  return principal
}

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

const describeUser = ({ name, title, disabled, password, created_at }: UserRow): object => ({
  name,
  title,
  disabled: disabled === 1,
  password: password !== '',
  createdAt: created_at
})
