import type { Kysely } from 'kysely'
import type { Tables, TokenRow } from './schema.ts'

export async function insertToken(db: Kysely<Tables>, token: TokenRow): Promise<void> {
  await db.insertInto('tokens').values(token).execute()
}

export async function readToken(db: Kysely<Tables>, id: string): Promise<TokenRow | undefined> {
  return db.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst()
}

/** First those that still count at `at` (wall clock, ms), then those that are expired or revoked; of each the newest first. */
export async function listTokens(db: Kysely<Tables>, user: string, limit: number, at: number): Promise<TokenRow[]> {
  return db
    .selectFrom('tokens')
    .selectAll()
    .where('user_name', '=', user)
    .orderBy((e) =>
      e
        .case()
        .when(e.and([e('revoked_at', '=', 0), e('expires_at', '>', Math.round(at))]))
        .then(0)
        .else(1)
        .end()
    )
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** How many of a user still count. `at`: wall clock, ms. */
export async function countTokens(db: Kysely<Tables>, user: string, at: number): Promise<number> {
  const { count } = await db
    .selectFrom('tokens')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('user_name', '=', user)
    .where('revoked_at', '=', 0)
    .where('expires_at', '>', Math.round(at))
    .executeTakeFirstOrThrow()
  return count
}

/** `at`: wall clock, ms. */
export async function touchToken(db: Kysely<Tables>, id: string, at: number): Promise<void> {
  await db.updateTable('tokens').set({ used_at: at }).where('id', '=', id).execute()
}

export async function revokeToken(db: Kysely<Tables>, id: string, at: number): Promise<void> {
  await db
    .updateTable('tokens')
    .set({ revoked_at: Math.round(at) })
    .where('id', '=', id)
    .where('revoked_at', '=', 0)
    .execute()
}

/** All that still count. */
export async function revokeTokensOf(db: Kysely<Tables>, user: string, at: number): Promise<void> {
  await db
    .updateTable('tokens')
    .set({ revoked_at: Math.round(at) })
    .where('user_name', '=', user)
    .where('revoked_at', '=', 0)
    .execute()
}
