import type { Clock } from '#core/clock'
import type { AboxError } from '#core/errors'
import type { Logger } from '#core/logger'
import type { HookChange } from '../messages.ts'
import { labelOf } from './kept-trust.ts'

export interface StuckHooksOptions {
  /** What the process may use before it is ended, bytes. */
  readonly limitBytes: number
  readonly rss?: () => number
  /** Ends the process now. */
  readonly end?: () => void
  readonly clock: Clock
  readonly log: Logger
  /** Has the version leave the instance for good. */
  readonly change: (change: HookChange) => void
  /** Has the supervisor put another process in the place of this one; undefined where there is none. */
  readonly tell: ((key: string) => void) | undefined
}

/** Hears of versions whose code cannot be stopped (`onStuck` of sandboxes). */
export interface StuckHooks {
  stuck(key: string, error: AboxError): void
  /** Looks at the memory now. Without a version that is stuck it is nobody's. */
  look(): void
  close(): void
}

const LOOK_EVERY_MS = 100

/**
 * A thread in which a hook's code runs on is lost, and its memory may grow by half a GB per second. The version leaves the
 * instance at once, the supervisor replaces the process in order; only if its memory comes to the limit before that, it
 * ends at once. The memory guard does not see such memory: it is in no heap that it knows.
 */
export function createStuckHooks(options: StuckHooksOptions): StuckHooks {
  const { limitBytes, rss = process.memoryUsage.rss, end = kill, clock, log, change, tell } = options
  let timer: NodeJS.Timeout | undefined

  function look(): void {
    if (timer === undefined) return
    const bytes = rss()
    if (bytes < limitBytes) return
    log.error(
      { rss: bytes, limitBytes },
      'the memory of a hook that cannot be stopped is at its limit; this process ends'
    )
    end()
  }

  return {
    stuck(key, error) {
      log.error(
        { hook: labelOf(key), error: error.message },
        'the code of a hook version cannot be stopped; this process has to be replaced'
      )
      timer ??= setInterval(look, LOOK_EVERY_MS).unref()
      change({ kind: 'crashed', key, crash: { why: error.message, at: clock.wallMs() } })
      tell?.(key)
    },
    look,
    close: () => clearInterval(timer)
  }
}

/** What is in the thread keeps the process from ending in order. */
const kill = (): void => void process.kill(process.pid, 'SIGKILL')
