import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import type { Hooks } from './hooks.ts'

const EVERY_MS = 1000
/** Of one version in that time. How long each is, and all of them together, is the sandbox's to bound. */
const MAX_LINES = 100

/**
 * Brings what hooks write to `console` into the instance's log, each line tagged with hook and version. Too many of them
 * are counted only.
 */
export function createHookLogs(hooks: Hooks, log: Logger): Closeable {
  const collect = (): void => {
    for (const { label, sandbox } of hooks.versions()) {
      const lines = sandbox.takeLogs()
      const over = lines.length - MAX_LINES
      for (const line of lines.slice(0, MAX_LINES)) log.info({ hook: label, line }, 'hook wrote')
      if (over > 0) log.info({ hook: label, line: `(${over} more lines dropped)` }, 'hook wrote')
    }
  }
  const timer = setInterval(collect, EVERY_MS)
  timer.unref()
  return {
    close() {
      clearInterval(timer)
      collect()
    }
  }
}
