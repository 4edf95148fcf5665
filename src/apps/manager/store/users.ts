import type { Kysely } from 'kysely'
import { PLATFORM, type Role } from '#contracts/business-group'
import type { Grant } from '../identity/principal.ts'
import type { Tables, UserRow } from './schema.ts'

export async function readUser(db: Kysely<Tables>, name: string): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst()
}

/** `subject`: `issuer subject` of the identity provider. */
export async function readUserOfSubject(db: Kysely<Tables>, subject: string): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('oidc', '=', subject).executeTakeFirst()
}

/** In the order of their names. */
export async function listUsers(db: Kysely<Tables>, limit: number, after?: string): Promise<UserRow[]> {
  let query = db.selectFrom('users').selectAll().orderBy('name').limit(limit)
  if (after !== undefined) query = query.where('name', '>', after)
  return query.execute()
}

/** `at`: wall clock, ms. */
export async function insertUser(
  db: Kysely<Tables>,
  user: Pick<UserRow, 'name' | 'title' | 'password' | 'oidc'>,
  at: number
): Promise<void> {
  await db
    .insertInto('users')
    .values({ ...user, disabled: 0, created_at: Math.round(at), changed_at: Math.round(at) })
    .execute()
}

export async function updateUser(
  db: Kysely<Tables>,
  name: string,
  change: Partial<Pick<UserRow, 'password' | 'disabled' | 'title' | 'oidc'>>,
  at: number
): Promise<void> {
  await db
    .updateTable('users')
    .set({ ...change, changed_at: Math.round(at) })
    .where('name', '=', name)
    .execute()
}

/** What the business groups say about a user. */
export async function readGrants(db: Kysely<Tables>, user: string): Promise<Grant[]> {
  const rows = await db.selectFrom('members').selectAll().where('user_name', '=', user).execute()
  return rows.map(({ business_group, role, environment }) => ({
    businessGroup: business_group,
    role: role as Role,
    environment
  }))
}

/** Whom the group of the platform makes its admin in all environments, whether they can log in or not. */
export async function listPlatformAdmins(db: Kysely<Tables>): Promise<string[]> {
  const rows = await db
    .selectFrom('members')
    .select('user_name')
    .where('business_group', '=', PLATFORM)
    .where('role', '=', 'admin')
    .where('environment', '=', '*')
    .execute()
  return rows.map(({ user_name }) => user_name)
}

/** Whether one of them is a user who is not disabled. At most 1000 names. */
export async function isOneEnabled(db: Kysely<Tables>, names: readonly string[]): Promise<boolean> {
  // PostgreSQL knows no empty list.
  if (names.length === 0) return false
  const found = await db
    .selectFrom('users')
    .select('name')
    .where('name', 'in', [...names])
    .where('disabled', '=', 0)
    .limit(1)
    .execute()
  return found.length > 0
}
