import { AboxError } from '#core/errors'
import type { GatewayConfig } from '../config.ts'
import { gatewayErrors } from '../errors.ts'
import type { FromInstance } from '../messages.ts'
import { createCrashBudget } from './crash-budget.ts'
import type { InstanceProcess, ProcessEnd } from './instance-process.ts'
import type { RestartReason, Slot, SlotHost, SlotState } from './slot-types.ts'
import type { Watch } from './watchdog.ts'

/** What an instance may need after its drain to send its last records and close, ms. */
export const CLOSE_WITHIN_MS = 10_000

/** How long the entries of a dead process stay while its successor is not visible yet, ms. */
const OLD_ENTRIES_STAY_MS = 5000

export function createSlot(firstIndex: number, config: GatewayConfig, host: SlotHost): Slot {
  const { log, clock, watchdog, undertaker } = host
  const budget = createCrashBudget()
  const restarts: Record<RestartReason, number> = { crash: 0, hang: 0, start: 0 }
  const first = Promise.withResolvers<void>()
  let index = firstIndex
  let state: SlotState = 'starting'
  let current: InstanceProcess | undefined
  let watch: Watch | undefined
  let port: number | undefined
  let readyAt: number | undefined
  let visibleAt: number | undefined
  let firstOpen = true
  let leaving = false
  let hung = false
  /** Indexes of dead ones whose entries are still there. */
  const unburied = new Set<number>()
  /** Takes back the entries of the process before this one. */
  let buryOld: () => void = () => {}
  /** Ends the pause before the next start. */
  let endPause: () => void = () => {}

  const settle = (next: SlotState): void => {
    if (!leaving) state = next
  }
  /** What it is apart from being silent. */
  const awake = (): SlotState =>
    readyAt === undefined ? 'starting' : visibleAt === undefined ? 'registering' : 'ready'

  const hear = (child: InstanceProcess, message: FromInstance): void => {
    if (message.type === 'pong') watch?.answered()
    else if (message.type === 'ready') {
      readyAt = clock.monotonicMs()
      port = message.port
      settle('registering')
      log.info({ index, id: message.id, port, pid: child.pid }, 'instance ready')
      firstOpen = false
      first.resolve()
      host.onReady()
    } else if (message.type === 'visible') {
      visibleAt = clock.monotonicMs()
      settle('ready')
      buryOld()
    } else if (message.type === 'stuck') host.onStuck(slot, child, message.key)
    else if (message.type === 'failed') {
      const { code, fault, retryable, remedy, message: text } = message.error
      if (!firstOpen) log.error({ index, error: text }, 'instance not started')
      // An error that crossed the process channel, with its own code again.
      first.reject(new AboxError({ code, fault, retryable, text: '', remedy }, text.replace(`${code}: `, '')))
    }
  }

  const run = (child: InstanceProcess): void => {
    const startedAt = clock.monotonicMs()
    current = child
    hung = false
    settle('starting')
    watch = watchdog.add({
      ping: () => child.send({ type: 'ping' }),
      onSilent(silent) {
        log.warn({ index, pid: child.pid, silent }, silent ? 'instance does not answer' : 'instance answers again')
        settle(silent ? 'hung' : awake())
      },
      onHung(silentMs) {
        log.error({ index, pid: child.pid, silentMs: Math.round(silentMs) }, 'instance hangs; it is killed')
        hung = true
        child.kill()
      }
    })
    child.listen({
      onMessage: (message) => hear(child, message),
      onEnd(end) {
        host.onEnd(child, end, hung)
        void replace(child, end, clock.monotonicMs() - startedAt)
      }
    })
  }

  const replace = async (child: InstanceProcess, { code, signal }: ProcessEnd, livedMs: number): Promise<void> => {
    const reason: RestartReason = hung ? 'hang' : readyAt === undefined ? 'start' : 'crash'
    watch?.end()
    current = undefined
    port = undefined
    readyAt = undefined
    visibleAt = undefined
    first.reject(
      new AboxError(gatewayErrors.ABOX_INSTANCE, `instance ${index} ended with ${signal ?? code} while starting`)
    )
    // What cannot start at all is the operator's to read, not to be tried for ever.
    if (firstOpen) state = 'gone'
    if (leaving || firstOpen) return
    restarts[reason]++
    host.onRestart(index, reason)
    const pauseMs = budget.died(clock.monotonicMs(), livedMs)
    settle(budget.looping() ? 'crash_loop' : 'down')
    log.error({ index, code, signal, reason, pauseMs }, 'instance ended; it is started again')
    const next = host.indexAfter(slot)
    buryOld()
    if (next === index || budget.looping()) {
      await Promise.all([undertaker.bury(child.sessions()), pause(pauseMs)])
    } else {
      buryLater(child)
      index = next
      await pause(pauseMs)
    }
    if (leaving) return
    // A process that kills one after the other should not have the spares as well.
    const spare = budget.looping() ? undefined : host.takeSpare(config)
    spare?.send({ type: 'take', index })
    run(spare ?? host.launch({ config, index, restarted: true }))
  }
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  /** Nothing is started any more; a pause, which may be a minute, does not keep the supervisor from its end. */
  const leave = (): void => {
    leaving = true
    endPause()
  }
  /** First the new entries, then the end of the old ones: consumers see both as one change and connect at once. */
  const buryLater = (child: InstanceProcess): void => {
    const timer = setTimeout(() => buryOld(), OLD_ENTRIES_STAY_MS)
    const dead = index
    unburied.add(dead)
    buryOld = () => {
      clearTimeout(timer)
      buryOld = () => {}
      void undertaker.bury(child.sessions()).then(() => unburied.delete(dead))
    }
  }

  const slot: Slot = {
    index: () => index,
    holds: (other) => other === index || unburied.has(other),
    config,
    start() {
      run(host.launch({ config, index, restarted: false }))
      return first.promise
    },
    state: () => state,
    process: () => current,
    port: () => port,
    visibleMs: () => (visibleAt === undefined || state === 'hung' ? -1 : clock.monotonicMs() - visibleAt),
    restarts: () => restarts,
    async drain(graceMs, readonly) {
      leave()
      state = 'draining'
      buryOld()
      const child = current
      if (child !== undefined) {
        child.send({ type: 'drain', graceMs, readonly })
        const timer = setTimeout(child.kill, graceMs + CLOSE_WITHIN_MS)
        const { code } = await child.gone
        clearTimeout(timer)
        if (code !== 0) await undertaker.bury(child.sessions())
      }
      state = 'gone'
    },
    kill() {
      leave()
      current?.kill()
    }
  }
  return slot
}
