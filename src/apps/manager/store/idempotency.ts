import type { Kysely } from 'kysely'
import type { Tables } from './schema.ts'

/** How long an answer stays under its Idempotency-Key, ms. */
export const ANSWERS_KEPT_MS = 24 * 60 * 60 * 1000

/**
 * Forgets at most `most` answers that are older than that, the oldest first; their keys are new again. `at`: wall clock, ms.
 * Gives how many there were.
 */
export async function forgetAnswers(db: Kysely<Tables>, at: number, most: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('idempotency')
    .where((e) =>
      e(
        e.refTuple('actor', 'key'),
        'in',
        e
          .selectFrom('idempotency')
          .select(['actor', 'key'])
          .where('at', '<', Math.round(at) - ANSWERS_KEPT_MS)
          .orderBy('at')
          .limit(most)
          .$asTuple('actor', 'key')
      )
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
