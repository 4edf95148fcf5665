import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import type { Hooks } from './hooks.ts'

const EVERY_MS = 1000

/** Brings what hooks write to `console` into the instance's log, each line tagged with hook and version. */
export function createHookLogs(hooks: Hooks, log: Logger): Closeable {
  const collect = (): void => {
    for (const { label, sandbox } of hooks.versions()) {
      for (const line of sandbox.takeLogs()) log.info({ hook: label, line }, 'hook wrote')
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
