import { sql } from 'kysely'
import { AboxError } from '#core/errors'
import { databaseErrors } from '#lib/database'
import type { Store } from '../store/open-store.ts'

/** How long the database may take to answer, ms; a statement of others may take 15 s. */
const ANSWERS_WITHIN_MS = 2500

/** Whether the database answers; rejects with ABOX_DATABASE_AWAY where it does not, or not soon. */
type Readiness = () => Promise<void>

/** Whoever asks while the database has not answered the one before waits for that answer: one connection for all of them. */
export function createReadiness(store: Store): Readiness {
  let asked: Promise<unknown> | undefined
  const ask = (): Promise<unknown> => {
    const answer = store
      .read((db) => sql`select 1`.execute(db))
      .finally(() => {
        asked = undefined
      })
    // It may come when nobody waits any more.
    answer.catch(() => {})
    return answer
  }
  return async () => {
    asked ??= ask()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new AboxError(databaseErrors.ABOX_DATABASE_AWAY, `found no answer within ${ANSWERS_WITHIN_MS} ms`))
      }, ANSWERS_WITHIN_MS)
    })
    try {
      await Promise.race([asked, late])
    } finally {
      clearTimeout(timer)
    }
  }
}
