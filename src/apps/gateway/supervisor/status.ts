import type { RestartReason, Slot, SlotState } from './slot-types.ts'
import type { SpareState } from './spare.ts'

/** What `GET /state` of the admin API shows. */
export interface SupervisorStatus {
  /** `starting` until every instance was ready once; `degraded`: some of them are ready; `down`: none. */
  readonly state: 'starting' | 'ready' | 'degraded' | 'down' | 'draining'
  readonly instances: readonly SlotStatus[]
  readonly spare: { readonly state: SpareState; readonly pid: number | undefined }
  readonly rollout: RolloutStatus
  /** By how much the supervisor's event loop was late at worst in the last minute, ms. */
  readonly lagMs: number
}

export interface SlotStatus {
  readonly index: number
  readonly state: SlotState
  readonly pid: number | undefined
  readonly port: number | undefined
  readonly restarts: Readonly<Record<RestartReason, number>>
}

/** The last rolling restart, or the one that runs. Times are ms since 1970. */
export interface RolloutStatus {
  readonly state: 'none' | 'running' | 'done' | 'failed'
  readonly startedAt?: number
  readonly endedAt?: number
  readonly step?: string
  readonly error?: string
}

export const slotStatus = (slot: Slot): SlotStatus => ({
  index: slot.index(),
  state: slot.state(),
  pid: slot.process()?.pid,
  port: slot.port(),
  restarts: slot.restarts()
})

/**
 * One ready instance is enough to be useful, so that a crash of another does not take the pod away from its callers; but
 * the first time all have to be there. An orchestrator looks at this.
 */
export const isReady = ({ state }: SupervisorStatus): boolean => state === 'ready' || state === 'degraded'
