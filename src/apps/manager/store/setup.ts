import type { Kysely } from 'kysely'
import type { SetupRow, Tables } from './schema.ts'

const ONLY = 1

export async function readSetup(db: Kysely<Tables>): Promise<SetupRow | undefined> {
  return db.selectFrom('setup').selectAll().where('id', '=', ONLY).executeTakeFirst()
}

/** A new token in place of the one before. */
export async function writeSetup(db: Kysely<Tables>, hash: string): Promise<void> {
  await db
    .insertInto('setup')
    .values({ id: ONLY, hash, used_at: 0 })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ hash, used_at: 0 }))
    .execute()
}

/** `at`: wall clock, ms. */
export async function useSetup(db: Kysely<Tables>, at: number): Promise<void> {
  await db
    .updateTable('setup')
    .set({ used_at: Math.round(at) })
    .where('id', '=', ONLY)
    .execute()
}
