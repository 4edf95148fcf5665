import { AboxError } from '#core/errors'
import type { Call } from './call.ts'
import { type CallerShare, createCallerShares } from './caller-shares.ts'
import { gatewayErrors } from './errors.ts'
import type { MemoryGuard } from './memory-guard.ts'

/** Why calls were shed: values of the label `reason`. */
export const SHED_REASONS = [
  'in_flight',
  'share',
  'model_share',
  'memory_soft',
  'memory_hard',
  'large_line',
  'large_bytes',
  'large_share'
] as const
export type ShedReason = (typeof SHED_REASONS)[number]

/** Stage 2: whether there is room for one more call of this caller. There is no queue. */
export interface Admission {
  /** `inFlight` counts this call already. Throws ABOX_SHED, before anything of the body was read. */
  enter(call: Call, inFlight: number): void
  /** Once the invocation is read: the first call of a connection says whose it is. Throws ABOX_SHED. */
  named(call: Call, inFlight: number): void
  /** Ends a call, whether it was admitted or not; a second time does nothing. */
  leave(call: Call): void
  /** Counts a call that is not begun, and gives the ABOX_SHED that it ends with. */
  refuse(reason: ShedReason, text: string): AboxError
  /** Refused calls by reason. */
  shed(): ReadonlyMap<string, number>
}

/** From this part of `limits.inFlight` on nobody gets more than a fair share. */
const NEARLY_FULL = 0.8

/**
 * While less than four fifths of `inFlight` are used, everybody gets what he asks for. Above that a caller that already
 * holds its fair share, inFlight / (active callers + 1), is refused. The one more is who has not come yet: so a lone
 * caller stops at four fifths, and the first call of another one finds room at once, however hard the first one floods.
 */
export function createAdmission(options: { readonly inFlight: number; readonly memory: MemoryGuard }): Admission {
  const { inFlight: most, memory } = options
  const nearlyFull = Math.ceil(most * NEARLY_FULL)
  const shares = createCallerShares()
  const counts = new Map<string, number>(SHED_REASONS.map((reason) => [reason, 0]))

  function refuse(reason: ShedReason, text: string): AboxError {
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
    return new AboxError(gatewayErrors.ABOX_SHED, `${text}; this call was not begun`)
  }

  /** `before` = calls in flight without this one; `share` does not count it either. */
  function checkShare(share: CallerShare, before: number): void {
    if (before < nearlyFull) return
    const callers = shares.active() + (share.inFlight === 0 ? 1 : 0)
    const fair = most / (callers + 1)
    if (share.inFlight < fair) return
    const text = `found ${share.inFlight} calls of ${share.caller} among ${before} in flight, expected below ${Math.ceil(fair)} of ${callers} callers`
    throw refuse('share', `${text} while limits.inFlight, ${most}, is nearly reached`)
  }

  return {
    enter(call, inFlight) {
      if (memory.level !== 'ok') checkMemory(call)
      if (inFlight > most) throw refuse('in_flight', `found ${most} calls in flight, which is limits.inFlight`)
      const share = shares.of(call.request.connection)
      checkShare(share, inFlight - 1)
      shares.enter(share)
      call.share = share
    },
    named(call, inFlight) {
      const before = call.share
      if (before === undefined || before.known) return
      const share = shares.learn(call.request.connection, call.caller)
      shares.leave(before)
      call.share = undefined
      checkShare(share, inFlight - 1)
      shares.enter(share)
      call.share = share
    },
    leave(call) {
      if (call.share === undefined) return
      shares.leave(call.share)
      call.share = undefined
    },
    refuse,
    shed: () => counts
  }

  function checkMemory(call: Call): void {
    const { length } = call.request.body
    if (memory.level === 'hard') throw refuse('memory_hard', memory.describe())
    if (length > memory.largeBytes) {
      const text = `${memory.describe()}, and a body of ${length} bytes, expected at most ${memory.largeBytes}`
      throw refuse('memory_soft', text)
    }
  }
}
