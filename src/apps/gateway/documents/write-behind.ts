import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import type { LastGood } from './last-good.ts'
import type { RawDocument } from './source.ts'

/** After each write as much time passes as it took, this many times: at most a tenth of the time goes into writing. */
const REST = 9
/** But no more than this, ms. */
const MAX_REST_MS = 5000

export interface WriteBehindOptions {
  readonly lastGood: LastGood
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Writes sets beside the applying of the next ones: `write` resolves at once. Never two writes at a time; of sets that
 * come meanwhile the newest is written. A process that is killed finds at its next start what was written before, as it
 * does when it is killed in the middle of a write. `close` writes what waits.
 */
export function writeBehind({ lastGood, clock, log }: WriteBehindOptions): LastGood & Closeable {
  const closed = Promise.withResolvers<void>()
  let isClosed = false
  let waiting: readonly RawDocument[] | undefined
  let running: Promise<void> | undefined

  const rest = async (ms: number): Promise<void> => {
    const over = Promise.withResolvers<void>()
    const timer = setTimeout(over.resolve, Math.min(ms, MAX_REST_MS)).unref()
    await Promise.race([over.promise, closed.promise])
    clearTimeout(timer)
  }
  const run = async (): Promise<void> => {
    while (waiting !== undefined) {
      const documents = waiting
      waiting = undefined
      const begin = clock.monotonicMs()
      try {
        await lastGood.write(documents)
      } catch (error) {
        log.error({ error: describe(error) }, 'last good documents not written')
      }
      if (!isClosed) await rest((clock.monotonicMs() - begin) * REST)
    }
    running = undefined
  }
  return {
    read: () => lastGood.read(),
    write(documents) {
      waiting = documents
      running ??= run()
      return Promise.resolve()
    },
    async close() {
      isClosed = true
      closed.resolve()
      await running
    }
  }
}
