import type { Reason } from '#contracts/call-record'
import { AboxError } from '#core/errors'
import type { Splitter } from '#lib/splitter'
import { gatewayErrors } from './errors.ts'
import type { HookEntry, HookVersion } from './hooks.ts'
import type { ModelEntry } from './routing-table.ts'

/** Attachment by which a caller chooses a variant, where the model allows it. */
export const FORCE_ATTACHMENT = 'abox.variant'

/** Where a call goes and why. Written into the call, so that choosing allocates nothing. */
interface Choice {
  variantIndex: number
  reason: Reason
}

/**
 * Kill switch, pin, forced by attachment, exact accumulator of (model, caller, route): in this order. `splitKey` names
 * service and method: two services that call one model in turn must not share an accumulator.
 * Throws ABOX_NO_VARIANT when a forced name does not exist.
 */
export function chooseVariant(
  splitter: Splitter,
  model: ModelEntry,
  caller: string,
  splitKey: string,
  forced: string | undefined,
  choice: Choice
): void {
  const pin = model.pins.get(caller)
  if (model.kill >= 0) set(choice, model.kill, 'kill')
  else if (pin !== undefined) set(choice, pin, 'pin')
  else if (forced !== undefined && model.allowForced) set(choice, findForced(model, forced), 'forced')
  else set(choice, splitter.choose(`${model.name}\n${caller}\n${splitKey}`, model.weights), 'weight')
}

function set(choice: Choice, variant: number, reason: Reason): void {
  choice.variantIndex = variant
  choice.reason = reason
}

function findForced(model: ModelEntry, name: string): number {
  const index = model.indexOf.get(name)
  if (index !== undefined) return index
  throw new AboxError(
    gatewayErrors.ABOX_NO_VARIANT,
    `attachment ${FORCE_ATTACHMENT}: found "${name.slice(0, 64)}", expected one of ${[...model.indexOf.keys()].join(', ')}`
  )
}

/** The version of a hook that this call runs, divided exactly among the calls of each variant and caller. */
export function chooseHook(splitter: Splitter, hook: HookEntry, variant: string, caller: string): HookVersion {
  const index = hook.versions.length === 1 ? 0 : splitter.choose(`${hook.name}\n${variant}\n${caller}`, hook.weights)
  return hook.versions[index] as HookVersion
}
