import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { forgetAnswers } from './store/idempotency.ts'
import type { Store } from './store/open-store.ts'

/** How often what is over is removed, ms. */
const EVERY_MS = 60 * 60_000

/** So many rows are removed in one transaction: others want to write between. */
const PORTION = 1000

/** Removes the answers of old Idempotency-Keys, at once and then each hour, so that the database does not grow by them. */
export function createHousekeeping(store: Store, clock: Clock, log: Logger): Closeable {
  let closed = false
  const clean = async (): Promise<void> => {
    try {
      let removed = PORTION
      while (removed === PORTION && !closed) {
        removed = await store.write((db) => forgetAnswers(db, clock.wallMs(), PORTION))
      }
    } catch (error) {
      log.warn({ error: describe(error) }, 'old answers were not removed')
    }
  }
  let running = clean()
  const timer = setInterval(() => {
    running = running.then(clean)
  }, EVERY_MS)
  timer.unref()
  return {
    close() {
      closed = true
      clearInterval(timer)
      return running
    }
  }
}
