import { createBackoff } from '#core/backoff'
import { describe } from '#core/errors'
import type { Logger } from '#core/logger'

/** Work that is repeated until it agrees with the world. */
export interface Loop {
  /** Asks for one more run. Cheap and never throws. */
  poke(): void
  /** No run begins after this; resolves when none is under way any more. */
  close(): Promise<void>
}

/**
 * Runs `step` when poked and every `everyMs`, never twice at a time; a poke during a run leads to another one. A failed
 * run is repeated after a pause of at most 5 s, which no poke shortens: what is away would be asked, and logged, without end.
 */
export function createLoop(what: string, everyMs: number, log: Logger, step: () => Promise<void>): Loop {
  const backoff = createBackoff({ baseMs: 100, maxMs: 5000 })
  let wanted = false
  let closed = false
  let running: Promise<void> | undefined
  let pause: NodeJS.Timeout | undefined

  const run = async (): Promise<void> => {
    while (wanted && !closed) {
      wanted = false
      try {
        await step()
        backoff.reset()
      } catch (error) {
        if (closed) return
        const pauseMs = backoff.next()
        log.warn({ what, error: describe(error), pauseMs }, 'not done; it is repeated')
        pause = setTimeout(() => {
          pause = undefined
          poke()
        }, pauseMs)
        return
      }
    }
  }
  const start = (): void => {
    running = run().finally(() => {
      running = undefined
      // A poke between the last look and this moment.
      if (wanted) startIfIdle()
    })
  }
  const startIfIdle = (): void => {
    if (running === undefined && pause === undefined && !closed) start()
  }
  const poke = (): void => {
    wanted = true
    startIfIdle()
  }
  const timer = setInterval(poke, everyMs).unref()
  return {
    poke,
    async close() {
      closed = true
      clearInterval(timer)
      clearTimeout(pause)
      await running
    }
  }
}
