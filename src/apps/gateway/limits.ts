import type { Clock } from '#core/clock'
import { AboxError } from '#core/errors'
import type { Limiter, Verdict } from '#lib/limits'
import type { Call } from './call.ts'
import { gatewayErrors } from './errors.ts'
import { type LimitGroup, OTHERS } from './limit-group.ts'
import type { ModelEntry, Route, RoutingTable } from './routing-table.ts'

/** The limits of the documents in force, and the calls that count against them. */
export interface LimitKeeper {
  /** Gives the groups of a new table their limiters: the ones that were there before, with the new numbers. */
  adopt(table: RoutingTable): void
  /**
   * Enters the limits of service and method, of all callers and of this one. All or nothing: a call that one of them
   * refuses has used up nothing of the others, so a caller over its own limit takes nothing from the rest. Throws
   * ABOX_LIMITED.
   */
  enterRoute(call: Call, route: Route, nowMs: number): void
  /** The same of the model, where the call has passed those of its route; a refusal gives these back too. */
  enterModel(call: Call, model: ModelEntry, nowMs: number): void
  /** Ends a call, whether it entered anything or not; a second time does nothing. */
  leave(call: Call): void
  /** Refusals by document and limit, parted by a line end, as the labels of a metric. */
  refused(): ReadonlyMap<string, number>
  /** Calls under way by document and limit, of each limit that has `concurrent`. */
  inUse(): ReadonlyMap<string, number>
}

/**
 * How many limiters of callers that no document names there may be in all documents together, some 250 bytes each: whoever
 * makes up names cannot use up memory. A set that is made while there are few others may have more than its part.
 */
const ALL_CALLERS = 100_000
const MOST_PER_SET = 10_000
const LEAST_PER_SET = 100

export function createLimitKeeper(clock: Clock): LimitKeeper {
  let groups = new Map<string, LimitGroup>()
  const counts = new Map<string, number>()

  /** Throws after undoing what the call had entered. */
  function refuse(call: Call, group: LimitGroup, verdict: Verdict, caller: string | undefined): never {
    cancel(call)
    const numbers = caller === undefined ? group.numbers : (group.callers.get(caller) ?? group.callers.get(OTHERS))
    const key = verdict === 'rate' ? 'ratePerSecond' : 'concurrent'
    const owner = caller === undefined ? '' : `callers.${group.callers.has(caller) ? caller : OTHERS}.`
    const label = `${group.place.document}\n${group.place.path}${owner}${key}`
    counts.set(label, (counts.get(label) ?? 0) + 1)
    const by = caller === undefined || group.callers.has(caller) ? '' : ` by ${caller}`
    throw new AboxError(
      gatewayErrors.ABOX_LIMITED,
      `${group.place.subject}: ${owner}${key} ${numbers?.[key]} is used up${by}`
    )
  }

  function enterAll(call: Call, group: LimitGroup, nowMs: number): Limiter | undefined {
    const limiter = group.all
    const verdict = limiter?.tryEnter(nowMs) ?? 'ok'
    return verdict === 'ok' ? limiter : refuse(call, group, verdict, undefined)
  }

  function enterCaller(call: Call, group: LimitGroup, nowMs: number): Limiter | undefined {
    const limiter = group.ofCaller(call.caller, nowMs)
    const verdict = limiter?.tryEnter(nowMs) ?? 'ok'
    return verdict === 'ok' ? limiter : refuse(call, group, verdict, call.caller)
  }

  return {
    adopt(table) {
      const next = new Map<string, LimitGroup>()
      let sets = 0
      for (const group of groupsOf(table)) {
        if (next.has(group.key)) continue
        next.set(group.key, group)
        if (group.hasOthers) sets++
      }
      const maxCallers = Math.min(MOST_PER_SET, Math.max(LEAST_PER_SET, Math.floor(ALL_CALLERS / sets)))
      for (const [key, group] of next) group.adopt(groups.get(key), clock, maxCallers)
      groups = next
    },
    enterRoute(call, { serviceLimits, limits }, nowMs) {
      if (serviceLimits !== undefined) {
        call.serviceLimit = enterAll(call, serviceLimits, nowMs)
        call.serviceCallerLimit = enterCaller(call, serviceLimits, nowMs)
      }
      if (limits !== undefined) {
        call.methodLimit = enterAll(call, limits, nowMs)
        call.methodCallerLimit = enterCaller(call, limits, nowMs)
      }
    },
    enterModel(call, { limits }, nowMs) {
      if (limits === undefined) return
      call.modelLimit = enterAll(call, limits, nowMs)
      call.modelCallerLimit = enterCaller(call, limits, nowMs)
    },
    leave(call) {
      call.serviceLimit?.leave()
      call.serviceCallerLimit?.leave()
      call.methodLimit?.leave()
      call.methodCallerLimit?.leave()
      call.modelLimit?.leave()
      call.modelCallerLimit?.leave()
      forget(call)
    },
    refused: () => counts,
    inUse() {
      const values = new Map<string, number>()
      for (const group of groups.values()) noteInUse(group, values)
      return values
    }
  }
}

function cancel(call: Call): void {
  call.serviceLimit?.cancel()
  call.serviceCallerLimit?.cancel()
  call.methodLimit?.cancel()
  call.methodCallerLimit?.cancel()
  call.modelLimit?.cancel()
  call.modelCallerLimit?.cancel()
  forget(call)
}

function forget(call: Call): void {
  call.serviceLimit = undefined
  call.serviceCallerLimit = undefined
  call.methodLimit = undefined
  call.methodCallerLimit = undefined
  call.modelLimit = undefined
  call.modelCallerLimit = undefined
}

function* groupsOf({ services, models }: RoutingTable): Generator<LimitGroup> {
  for (const { methods } of services.values()) {
    for (const routes of methods.values()) {
      for (const { serviceLimits, limits } of routes) {
        if (serviceLimits !== undefined) yield serviceLimits
        if (limits !== undefined) yield limits
      }
    }
  }
  for (const { limits } of models.values()) if (limits !== undefined) yield limits
}

function noteInUse(group: LimitGroup, values: Map<string, number>): void {
  const { document, path } = group.place
  const note = (limit: string, value: number | undefined): void => {
    if (value !== undefined) values.set(`${document}\n${path}${limit}concurrent`, value)
  }
  if (group.numbers.concurrent !== undefined) note('', group.all?.stats().inUse)
  for (const [name, { concurrent }] of group.callers) {
    if (concurrent === undefined) continue
    note(`callers.${name}.`, name === OTHERS ? group.others?.stats().mostInUse : group.named?.get(name)?.stats().inUse)
  }
}
