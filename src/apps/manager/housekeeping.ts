import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { forgetAnswers } from './store/idempotency.ts'
import type { Store } from './store/open-store.ts'

/** How often what is over is removed, ms. */
const EVERY_MS = 60 * 60_000

/** Removes the answers of old Idempotency-Keys, so that the database does not grow by them. */
export function createHousekeeping(store: Store, clock: Clock, log: Logger): Closeable {
  const clean = (): void => {
    void store
      .write((db) => forgetAnswers(db, clock.wallMs()))
      .catch((error: unknown) => log.warn({ error: describe(error) }, 'old answers were not removed'))
  }
  const timer = setInterval(clean, EVERY_MS)
  timer.unref()
  return { close: () => clearInterval(timer) }
}
