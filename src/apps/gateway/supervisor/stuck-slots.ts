import type { InstanceProcess } from './instance-process.ts'
import type { Slot } from './slot-types.ts'

export interface StuckSlotsOptions {
  /** Whether one may go now; where not, `go` is called later. */
  readonly free: () => boolean
  /** Puts another process in the place of this one. Resolves when that is there; never rejects. */
  readonly replace: (slot: Slot, child: InstanceProcess) => Promise<void>
}

/** Processes in which a hook's code cannot be stopped: many may tell it at once, as all of them run the same hooks. */
export interface StuckSlots {
  /** What the same process tells again while it waits is nothing new. */
  add(slot: Slot, child: InstanceProcess): void
  /** Begins with those that wait. */
  go(): void
}

/** Replaces them one by one, so that never more than one is missing. */
export function createStuckSlots({ free, replace }: StuckSlotsOptions): StuckSlots {
  const waiting = new Map<InstanceProcess, Slot>()
  let busy = false

  async function replaceAll(): Promise<void> {
    if (busy) return
    busy = true
    // Those that come meanwhile are behind the others.
    for (const [child, slot] of waiting) {
      if (!free()) break
      // It may have died, or gone in a rolling restart.
      if (slot.process() === child) await replace(slot, child)
      waiting.delete(child)
    }
    busy = false
  }

  return {
    add(slot, child) {
      if (waiting.has(child)) return
      waiting.set(child, slot)
      void replaceAll()
    },
    go: () => void replaceAll()
  }
}
