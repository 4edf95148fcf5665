import type { Kysely } from 'kysely'
import type { Role } from '#contracts/business-group'
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
