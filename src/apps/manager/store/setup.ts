import type { Kysely } from 'kysely'
import type { SetupRow, Tables } from './schema.ts'

/** Tokens that have been printed, the newest first; used together. */
export async function listSetups(db: Kysely<Tables>): Promise<SetupRow[]> {
  return db.selectFrom('setup').selectAll().orderBy('id', 'desc').execute()
}

/** One more token; of all only the newest `most` stay. */
export async function addSetup(db: Kysely<Tables>, hash: string, most: number): Promise<void> {
  const [last] = await listSetups(db)
  const id = (last?.id ?? 0) + 1
  await db.insertInto('setup').values({ id, hash, used_at: 0 }).execute()
  await db
    .deleteFrom('setup')
    .where('id', '<=', id - most)
    .execute()
}

/** `at`: wall clock, ms. */
export async function useSetups(db: Kysely<Tables>, at: number): Promise<void> {
  await db
    .updateTable('setup')
    .set({ used_at: Math.round(at) })
    .execute()
}
