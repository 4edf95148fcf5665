import type { Clock } from '#core/clock'
import type { Logger } from '#core/logger'
import type { GatewayConfig } from '../config.ts'
import { createCrashBudget } from './crash-budget.ts'
import { forkInstance, type InstanceProcess, type ProcessEnd } from './instance-process.ts'
import { alikeForInstances } from './reload.ts'
import { CLOSE_WITHIN_MS } from './slot.ts'
import type { Watch, Watchdog } from './watchdog.ts'

export type SpareState = 'none' | 'starting' | 'waiting'

/** One process that has everything but a name, a port and registry entries, for the place of the next one that dies. */
export interface Spare {
  /** Makes one with this configuration, or none (`undefined`), in place of one that has another. */
  want(config: GatewayConfig | undefined): void
  /** The one that waits, whose owner is now the caller; only if it was made for this configuration. */
  take(config: GatewayConfig): InstanceProcess | undefined
  state(): SpareState
  pid(): number | undefined
  /** Starting or waiting. */
  process(): InstanceProcess | undefined
  close(): void
}

export interface SpareOptions {
  readonly script: string
  readonly log: Logger
  readonly clock: Clock
  readonly watchdog: Watchdog
  /** For each new process (hook-crashes.ts). */
  readonly notePath: () => string
  /** As of a slot. */
  readonly onEnd: (child: InstanceProcess, end: ProcessEnd, hung: boolean) => void
  /** Code of that version of a hook runs on in a thread of it. It is ended. */
  readonly onStuck: (key: string) => void
}

export function createSpare({ script, log, clock, watchdog, notePath, onEnd, onStuck }: SpareOptions): Spare {
  const budget = createCrashBudget()
  let wanted: GatewayConfig | undefined
  let current: { readonly child: InstanceProcess; readonly config: GatewayConfig; readonly watch: Watch } | undefined
  let prepared = false
  let pausing: NodeJS.Timeout | undefined

  const make = (config: GatewayConfig): void => {
    const child = forkInstance(script, notePath())
    let hung = false
    const startedAt = clock.monotonicMs()
    prepared = false
    const watch = watchdog.add({
      ping: () => child.send({ type: 'ping' }),
      onSilent: () => {},
      onHung() {
        hung = true
        child.kill()
      }
    })
    current = { child, config, watch }
    child.listen({
      onMessage(message) {
        // One that was dropped says that it was not needed.
        if (current?.child !== child) return
        if (message.type === 'pong') watch.answered()
        else if (message.type === 'prepared') {
          prepared = true
          log.info({ pid: child.pid }, 'spare ready')
        } else if (message.type === 'stuck') {
          onStuck(message.key)
          child.kill()
        } else if (message.type === 'failed') log.error({ error: message.error.message }, 'spare not started')
      },
      onEnd(end) {
        const { code, signal } = end
        watch.end()
        onEnd(child, end, hung)
        if (current?.child !== child) return
        current = undefined
        const pauseMs = Math.max(1000, budget.died(clock.monotonicMs(), clock.monotonicMs() - startedAt))
        log.warn({ code, signal, pauseMs }, 'spare ended; another is made')
        pausing = setTimeout(fill, pauseMs)
      }
    })
    child.send({ type: 'start', config, index: 0, restarted: true, spare: true, note: child.note })
  }
  const fill = (): void => {
    if (current === undefined && wanted !== undefined) make(wanted)
  }
  const drop = (): void => {
    clearTimeout(pausing)
    if (current === undefined) return
    const { child, watch } = current
    current = undefined
    watch.end()
    // It closes its ZooKeeper session and ends by itself; one that hangs does not.
    child.send({ type: 'drain', graceMs: 0, readonly: false })
    const timer = setTimeout(child.kill, CLOSE_WITHIN_MS)
    void child.gone.then(() => clearTimeout(timer))
  }
  return {
    want(config) {
      wanted = config
      if (current?.config !== config) drop()
      clearTimeout(pausing)
      fill()
    },
    take(config) {
      if (!prepared || current === undefined || !alikeForInstances(current.config, config)) return undefined
      const { child, watch } = current
      watch.end()
      current = undefined
      return child
    },
    state: () => (current === undefined ? 'none' : prepared ? 'waiting' : 'starting'),
    pid: () => current?.child.pid,
    process: () => current?.child,
    close() {
      wanted = undefined
      drop()
    }
  }
}
