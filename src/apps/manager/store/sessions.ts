import type { Kysely } from 'kysely'
import type { SessionRow, Tables } from './schema.ts'

export async function insertSession(db: Kysely<Tables>, session: SessionRow): Promise<void> {
  // Nobody asks for those that are over any more.
  await db.deleteFrom('sessions').where('expires_at', '<=', session.created_at).execute()
  await db.insertInto('sessions').values(session).execute()
}

export async function readSession(db: Kysely<Tables>, hash: string): Promise<SessionRow | undefined> {
  return db.selectFrom('sessions').selectAll().where('hash', '=', hash).executeTakeFirst()
}

/** `at`: wall clock, ms. */
export async function touchSession(db: Kysely<Tables>, hash: string, at: number): Promise<void> {
  await db.updateTable('sessions').set({ used_at: at }).where('hash', '=', hash).execute()
}

export async function deleteSession(db: Kysely<Tables>, hash: string): Promise<void> {
  await db.deleteFrom('sessions').where('hash', '=', hash).execute()
}

export async function deleteSessionsOf(db: Kysely<Tables>, user: string): Promise<void> {
  await db.deleteFrom('sessions').where('user_name', '=', user).execute()
}
