import type { Kysely } from 'kysely'
import type { Tables } from './schema.ts'

/** How long an answer stays under its Idempotency-Key, ms. */
export const ANSWERS_KEPT_MS = 24 * 60 * 60 * 1000

/** Forgets answers that are older than that; their keys are new again. `at`: wall clock, ms. */
export async function forgetAnswers(db: Kysely<Tables>, at: number): Promise<void> {
  await db
    .deleteFrom('idempotency')
    .where('at', '<', Math.round(at) - ANSWERS_KEPT_MS)
    .execute()
}
