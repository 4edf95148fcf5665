import { AboxError, describe } from '#core/errors'
import type { Logger } from '#core/logger'
import type { GatewayConfig } from '../config.ts'
import { gatewayErrors } from '../errors.ts'
import type { Slot } from './slot-types.ts'

/** The slots that exist, and how one comes and goes. */
export interface Fleet {
  slots(): readonly Slot[]
  /** A slot with the lowest free index, not started. */
  open(config: GatewayConfig): Slot
  remove(slot: Slot): void
  /** The whole gateway ends: nothing is begun any more. */
  stopping(): boolean
}

/** What a rollout is to come to: so many new ones, and those that go. */
export interface RolloutPlan {
  readonly config: GatewayConfig
  readonly fresh: number
  readonly leaving: readonly Slot[]
}

export interface RolloutTimes {
  /** How long consumers must have been able to find a replacement before the one that it replaces goes, ms. */
  readonly seenMs: number
  /** How long a replacement may take to become visible, ms. */
  readonly visibleWithinMs: number
  readonly graceMs: number
}

/** Called at each step with a sentence. */
export type Progress = (step: string) => void

/**
 * Replaces instances one after the other: a new one is started on the free index, consumers get the time to see it, then
 * one of those that leave is drained, which frees the next index. Stops at the first replacement that does not come up:
 * it is taken away again, and everything else goes on as it is. Rejects with ABOX_ROLLOUT.
 */
export async function runRollout(
  fleet: Fleet,
  { config, fresh, leaving }: RolloutPlan,
  times: RolloutTimes,
  log: Logger,
  progress: Progress
): Promise<void> {
  const left = [...leaving]
  for (let made = 0; made < fresh || left.length > 0; made++) {
    if (made < fresh) await bring(fleet, config, times, progress)
    const old = left.shift()
    if (old === undefined) continue
    assertGoesOn(fleet)
    progress(`instance ${old.index()} drains`)
    await old.drain(times.graceMs, knowsAnother(fleet, old, times.seenMs))
    fleet.remove(old)
    log.info({ index: old.index() }, 'instance replaced')
  }
}

async function bring(fleet: Fleet, config: GatewayConfig, times: RolloutTimes, progress: Progress): Promise<void> {
  assertGoesOn(fleet)
  const slot = fleet.open(config)
  progress(`instance ${slot.index()} starts`)
  try {
    await slot.start()
    progress(`instance ${slot.index()} becomes visible to consumers`)
    await untilSeen(fleet, slot, times)
  } catch (error) {
    if (!fleet.stopping()) {
      await slot.drain(0, false)
      fleet.remove(slot)
    }
    throw new AboxError(gatewayErrors.ABOX_ROLLOUT, `instance ${slot.index()}: ${describe(error)}`, { cause: error })
  }
}

const LOOK_EVERY_MS = 20

/** Resolves when consumers have been able to find it for long enough. Rejects with ABOX_ROLLOUT. */
export async function untilSeen(fleet: Fleet, slot: Slot, { seenMs, visibleWithinMs }: RolloutTimes): Promise<void> {
  const until = performance.now() + visibleWithinMs
  while (slot.visibleMs() < seenMs) {
    assertGoesOn(fleet)
    if (slot.visibleMs() < 0 && performance.now() > until) {
      throw new AboxError(
        gatewayErrors.ABOX_ROLLOUT,
        `found state ${slot.state()} after ${visibleWithinMs} ms, expected entries in the registry`
      )
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

function assertGoesOn(fleet: Fleet): void {
  if (fleet.stopping()) throw new AboxError(gatewayErrors.ABOX_ROLLOUT, 'the gateway ends')
}

/** Whether consumers have somewhere to go: a ready instance that they have seen for long enough. */
function knowsAnother(fleet: Fleet, slot: Slot, seenMs: number): boolean {
  return fleet.slots().some((other) => other !== slot && other.state() === 'ready' && other.visibleMs() >= seenMs)
}
