import { type Clock, systemClock } from '#core/clock'
import { AboxError, describe } from '#core/errors'
import type { Logger } from '#core/logger'
import type { ReadConfig } from '../commands.ts'
import type { GatewayConfig } from '../config.ts'
import { gatewayErrors } from '../errors.ts'
import type { HookChange, InstanceState } from '../messages.ts'
import { createHookCrashes } from './hook-crashes.ts'
import { type Answer, forkInstance, type InstanceProcess, type ProcessEnd } from './instance-process.ts'
import { supervisorMetrics } from './metrics.ts'
import { checkReload, onlyScales } from './reload.ts'
import { type Fleet, type RolloutPlan, type RolloutTimes, runRollout, untilSeen } from './rollout.ts'
import { CLOSE_WITHIN_MS, createSlot } from './slot.ts'
import type { RestartReason, Slot, SlotHost } from './slot-types.ts'
import { createSpare } from './spare.ts'
import { type RolloutStatus, type SupervisorStatus, slotStatus } from './status.ts'
import { createStuckSlots } from './stuck-slots.ts'
import { createUndertaker } from './undertaker.ts'
import { createWatchdog } from './watchdog.ts'

/** N instances, each a process of its own; replaced when they die, when they hang and when somebody asks for it. */
export interface Supervisor {
  /** Resolves when every instance answers calls; rejects with the first one's reason when one cannot start at all. */
  start(): Promise<void>
  status(): SupervisorStatus
  metrics(): Promise<readonly string[]>
  states(): Promise<readonly InstanceState[]>
  /**
   * Reads the configuration again and takes it over, instance by instance. Resolves when that has begun; `status` shows
   * how it goes. Rejects, and changes nothing, with ABOX_CONFIG_INVALID, ABOX_RELOAD, or ABOX_ROLLOUT when one runs.
   */
  restart(read: ReadConfig): Promise<void>
  /** Tells every process something of a version of a hook. */
  tellHooks(change: HookChange): void
  /** Drains all instances and ends them; a second call, or the end of `graceMs`, ends them at once. */
  stop(graceMs: number): Promise<void>
}

export interface SupervisorOptions {
  readonly config: GatewayConfig
  readonly log: Logger
  readonly clock?: Clock
  /** The program to run as `<script> gateway-instance`; process.argv[1] of the supervisor. */
  readonly script: string
  readonly graceMs: number
}

/** Consumers of Dubbo 3.x connect to a new provider 5.5 to 5.9 s after it was registered. */
export const SEEN_AFTER_MS = 7000
const VISIBLE_WITHIN_MS = 60_000

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { log, clock = systemClock, script, graceMs } = options
  const watchdog = createWatchdog(options.config.supervisor.hangMs, clock)
  const undertaker = createUndertaker(log)
  const slots: Slot[] = []
  const tellHooks = (change: HookChange): void => {
    // First, as a process that starts now reads it.
    if (change.kind === 'enable') hookCrashes.forget(change.key)
    for (const child of [...slots.map((slot) => slot.process()), spare.process()]) child?.send({ type: 'hook', change })
  }
  const hookCrashes = createHookCrashes({ folder: options.config.state.dir, clock, log, tell: tellHooks })
  const onEnd = ({ note }: InstanceProcess, end: ProcessEnd, hung: boolean): void => hookCrashes.ended(note, end, hung)
  const spare = createSpare({
    script,
    log,
    clock,
    watchdog,
    notePath: hookCrashes.notePath,
    onEnd,
    onStuck: hookCrashes.stuck
  })
  /** By index, over all processes that were there. */
  const restarts = new Map<number, Record<RestartReason, number>>()
  let config = options.config
  let rollout: RolloutStatus = { state: 'none' }
  let started = false
  /** As many as wanted were ready at one moment. */
  let allReady = false
  let stopping = false

  const wantSpare = (): void => {
    if (started && !stopping && rollout.state !== 'running') spare.want(config.supervisor.spare ? config : undefined)
  }
  const freeIndex = (): number => {
    let index = 0
    while (slots.some((slot) => slot.holds(index))) index++
    return index
  }
  const host: SlotHost = {
    log,
    clock,
    watchdog,
    undertaker,
    launch({ config: its, index, restarted }) {
      const child = forkInstance(script, hookCrashes.notePath())
      child.send({ type: 'start', config: its, index, restarted, spare: false, note: child.note })
      return child
    },
    takeSpare: spare.take,
    indexAfter(slot) {
      if (slot.config.registry === undefined) return slot.index()
      // The range has one port more than there are instances; a rolling restart may be using it.
      return freeIndex() <= config.instances ? freeIndex() : slot.index()
    },
    onReady: wantSpare,
    onEnd,
    onStuck(slot, child, key) {
      hookCrashes.stuck(key)
      stuckSlots.add(slot, child)
    },
    onRestart(index, reason) {
      const counts = restarts.get(index) ?? { crash: 0, hang: 0, start: 0 }
      counts[reason]++
      restarts.set(index, counts)
    }
  }
  const fleet: Fleet = {
    slots: () => slots,
    open(its) {
      const slot = createSlot(freeIndex(), its, host)
      slots.push(slot)
      return slot
    },
    remove: (slot) => void slots.splice(slots.indexOf(slot), 1),
    stopping: () => stopping
  }

  const state = (): SupervisorStatus['state'] => {
    if (stopping) return 'draining'
    const ready = slots.filter((slot) => slot.state() === 'ready').length
    allReady ||= started && ready >= config.instances
    if (!allReady) return 'starting'
    return ready === 0 ? 'down' : ready < config.instances ? 'degraded' : 'ready'
  }
  const status = (): SupervisorStatus => ({
    state: state(),
    instances: slots.map(slotStatus).sort((a, b) => a.index - b.index),
    spare: { state: spare.state(), pid: spare.pid() },
    rollout,
    lagMs: watchdog.lagMs()
  })

  /** Asks every instance that answers calls; one that does not answer in time is left out. */
  const ask = async (what: 'metrics' | 'state'): Promise<Answer[]> => {
    const asked = slots.filter((slot) => slot.port() !== undefined && slot.state() !== 'hung')
    const answers = await Promise.all(asked.flatMap((slot) => slot.process()?.ask(what) ?? []))
    return answers.filter((answer) => answer !== undefined)
  }

  const timesOf = (next: GatewayConfig): RolloutTimes => ({
    seenMs: next.registry === undefined ? 0 : SEEN_AFTER_MS,
    visibleWithinMs: VISIBLE_WITHIN_MS,
    graceMs
  })
  const roll = async (plan: RolloutPlan): Promise<void> => {
    const startedAt = clock.wallMs()
    rollout = { state: 'running', startedAt }
    try {
      await runRollout(fleet, plan, timesOf(plan.config), log, (step) => {
        rollout = { state: 'running', startedAt, step }
        log.info({ step }, 'rolling restart')
      })
      config = plan.config
      rollout = { state: 'done', startedAt, endedAt: clock.wallMs() }
      log.info({ instances: slots.length }, 'rolling restart done')
    } catch (error) {
      rollout = { state: 'failed', startedAt, endedAt: clock.wallMs(), error: describe(error) }
      log.error({ error: describe(error) }, 'rolling restart stopped')
    }
    wantSpare()
    stuckSlots.go()
  }
  /** Its memory may grow without bound. Consumers who know a port alone have to find the next process there. */
  const replaceStuck = async (slot: Slot, child: InstanceProcess): Promise<void> => {
    if (config.registry !== undefined && started) return roll({ config, fresh: 1, leaving: [slot] })
    child.send({ type: 'drain', graceMs, readonly: false })
    const timer = setTimeout(child.kill, graceMs + CLOSE_WITHIN_MS)
    await child.gone
    clearTimeout(timer)
    await untilSeen(fleet, slot, { ...timesOf(config), seenMs: 0 }).catch((error: unknown) =>
      log.error({ error: describe(error) }, 'the process in the place of a stuck one is not there yet')
    )
  }
  const stuckSlots = createStuckSlots({ free: () => !stopping && rollout.state !== 'running', replace: replaceStuck })
  const planOf = (next: GatewayConfig): RolloutPlan => {
    // After a rollout that stopped half-way the instances may have different ones.
    const alike = slots.every((slot) => onlyScales(slot.config, next))
    if (!alike) return { config: next, fresh: next.instances, leaving: [...slots] }
    const more = next.instances - slots.length
    return { config: next, fresh: Math.max(0, more), leaving: more < 0 ? slots.slice(more).reverse() : [] }
  }

  const assertIdle = (): void => {
    const refuse = (why: string): AboxError => new AboxError(gatewayErrors.ABOX_ROLLOUT, why)
    if (stopping || !started) throw refuse(`the gateway is ${state()}`)
    if (rollout.state === 'running') throw refuse(`one runs already: ${rollout.step ?? 'it has just begun'}`)
  }

  return {
    async start() {
      await hookCrashes.open()
      const first = Array.from({ length: config.instances }, () => fleet.open(config))
      await Promise.all(first.map((slot) => slot.start()))
      started = true
      wantSpare()
    },
    status,
    tellHooks,
    metrics: async () => [
      ...(await ask('metrics')).flatMap(({ metrics }) => metrics ?? []),
      supervisorMetrics(status(), restarts, hookCrashes.counts(), config.name)
    ],
    states: async () => (await ask('state')).flatMap(({ state: its }) => its ?? []),
    async restart(read) {
      try {
        assertIdle()
        const next = await read()
        checkReload(config, next)
        // Another one may have begun while the file was read.
        assertIdle()
        watchdog.setLimit(next.supervisor.hangMs)
        spare.want(undefined)
        void roll(planOf(next))
      } catch (error) {
        log.error({ error: describe(error) }, 'no restart; everything stays as it was')
        throw error
      }
    },
    async stop(endWithinMs) {
      const again = stopping
      stopping = true
      spare.close()
      if (again) for (const slot of slots) slot.kill()
      // No readonly event: there is nobody of ours to send consumers to. They go when they see the entries go.
      await Promise.all(slots.map((slot) => slot.drain(endWithinMs, false)))
      watchdog.close()
      undertaker.close()
    }
  }
}
