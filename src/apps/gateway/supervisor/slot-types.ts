import type { Clock } from '#core/clock'
import type { Logger } from '#core/logger'
import type { GatewayConfig } from '../config.ts'
import type { InstanceProcess, ProcessEnd } from './instance-process.ts'
import type { Undertaker } from './undertaker.ts'
import type { Watchdog } from './watchdog.ts'

/**
 * `starting`: not answering calls yet. `registering`: it does, and consumers cannot find it yet. `hung`: it was ready and
 * is silent. `down`: it died and is started again in a moment. `crash_loop`: the same, and the pauses are long by now.
 */
export const SLOT_STATES = [
  'starting',
  'registering',
  'ready',
  'hung',
  'draining',
  'down',
  'crash_loop',
  'gone'
] as const
export type SlotState = (typeof SLOT_STATES)[number]

/** Why a process was replaced by another: it died, it was killed because it was silent, it died before it was ready. */
export const RESTART_REASONS = ['crash', 'hang', 'start'] as const
export type RestartReason = (typeof RESTART_REASONS)[number]

/** One of the wanted instances: the process changes when it dies, and index and port with it (see `SlotHost.indexAfter`). */
export interface Slot {
  index(): number
  /** Whether no other process may have this index: it is its own, or that of a dead one that is not buried yet. */
  holds(index: number): boolean
  readonly config: GatewayConfig
  /** Resolves when it answers calls; rejects with the reason when its first process does not come so far. */
  start(): Promise<void>
  state(): SlotState
  process(): InstanceProcess | undefined
  port(): number | undefined
  /** How long consumers have been able to find it, ms; -1 = they cannot. */
  visibleMs(): number
  restarts(): Readonly<Record<RestartReason, number>>
  /** Takes its entries back, waits until consumers have gone, ends it for good. Resolves when it is gone. */
  drain(graceMs: number, readonly: boolean): Promise<void>
  /** Ends it at once and for good. */
  kill(): void
}

/** What all slots share. */
export interface SlotHost {
  readonly log: Logger
  readonly clock: Clock
  readonly watchdog: Watchdog
  readonly undertaker: Undertaker
  /** A new process that has been told to start. */
  launch(start: {
    readonly config: GatewayConfig
    readonly index: number
    readonly restarted: boolean
  }): InstanceProcess
  /** The spare that was made with this configuration, if one waits. */
  takeSpare(config: GatewayConfig): InstanceProcess | undefined
  /**
   * Where the process after a dead one is to be. Another index with another port where consumers use a registry: they
   * connect to a new port at once, but to the one that they have lost only when they have seen its entry go and come
   * back, which 3.x takes 5 s to do, or with their reconnect timer, which takes a minute. The same one where there is no
   * registry, since its callers know nothing but the port, or where no port is free.
   */
  indexAfter(slot: Slot): number
  /** A process became ready. */
  onReady(): void
  /** A process has ended; `hung`: it was killed because it was silent. */
  onEnd(child: InstanceProcess, end: ProcessEnd, hung: boolean): void
  /** Code of that version of a hook runs on in a thread of the process, and nothing but its end stops that. */
  onStuck(slot: Slot, child: InstanceProcess, key: string): void
  /** A process is replaced. */
  onRestart(index: number, reason: RestartReason): void
}
