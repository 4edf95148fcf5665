import { setTimeout } from 'node:timers/promises'
import { type Backoff, createBackoff } from '#core/backoff'
import { AboxError } from '#core/errors'

/** Bounds of the pause before a stream is opened again, ms. */
const PAUSES = { baseMs: 1000, maxMs: 5000 } as const

/**
 * What a stream tells, which is opened again after a growing pause where it breaks off or is refused for a while, until
 * `signal`. `open` goes on behind what its reader has had. One line to standard error for an interruption, another when it
 * has another cause. Rejects with what `open` rejects with that is not retryable, as 401, 403 and 404 of the manager.
 */
export async function* reopening<T>(
  open: () => AsyncIterable<T>,
  signal: AbortSignal,
  backoff: Backoff = createBackoff(PAUSES)
): AsyncIterable<T> {
  let told = ''
  while (!signal.aborted) {
    let pauseMs: number
    try {
      for await (const item of open()) {
        backoff.reset()
        told = ''
        yield item
      }
      // Without an error it ends only with the signal.
      return
    } catch (error) {
      if (signal.aborted) return
      const known = AboxError.from(error)
      if (!known.retryable) throw error
      pauseMs = backoff.next()
      if (known.message !== told) console.error(`interrupted: ${known.message}; again in ${shownSeconds(pauseMs)} s`)
      told = known.message
    }
    // Ctrl-C ends the pause, too: the loop then ends.
    await setTimeout(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Whole seconds are enough for people, and 0 would look as if there were no pause. */
const shownSeconds = (ms: number): number => Math.max(1, Math.round(ms / 1000))
