import type { Reason } from '#contracts/call-record'
import { AboxError } from '#core/errors'
import type { Splitter } from '#lib/splitter'
import { gatewayErrors } from './errors.ts'
import { standInFor } from './hooks/stand-in.ts'
import type { HookEntry, HookVersion } from './hooks.ts'
import type { ModelEntry } from './routing-table.ts'

/** Attachment by which a caller chooses a variant, where the model allows it. */
const FORCE_ATTACHMENT = 'abox.variant'

/** Where a call goes and why. Written into the call, so that choosing allocates nothing. */
interface Choice {
  variantIndex: number
  reason: Reason
}

/**
 * Kill switch, pin, forced by attachment, sticky by attachment, exact accumulator of (model, caller, route): in this order. `splitKey` names
 * service and method: two services that call one model in turn must not share an accumulator.
 * Throws ABOX_NO_VARIANT when a forced name does not exist.
 */
export function chooseVariant(
  splitter: Splitter,
  model: ModelEntry,
  caller: string,
  splitKey: string,
  attachments: ReadonlyMap<string, string>,
  choice: Choice
): void {
  const forced = attachments.get(FORCE_ATTACHMENT)
  const sticky = model.sticky === undefined ? undefined : attachments.get(model.sticky)
  const pin = model.pins.get(caller)
  if (model.kill >= 0) set(choice, model.kill, 'kill')
  else if (pin !== undefined) set(choice, pin, 'pin')
  else if (forced !== undefined && model.allowForced) set(choice, findForced(model, forced), 'forced')
  else if (sticky !== undefined) set(choice, chooseSticky(model, sticky), 'sticky')
  else set(choice, splitter.choose(`${model.name}\n${caller}\n${splitKey}`, model.weights), 'weight')
}

function set(choice: Choice, variant: number, reason: Reason): void {
  choice.variantIndex = variant
  choice.reason = reason
}

/**
 * A value's place on the line from 0 to 1,000,000 never changes; the weights cut the line in the order of the names. So
 * a growing weight keeps the values that a variant has. The share of calls is only as even as the values are.
 */
function chooseSticky({ name, weights }: ModelEntry, value: string): number {
  let place = fnv1a(`${name}\n${value}`) % 1_000_000
  for (const [index, ppm] of weights.ppm.entries()) {
    place -= ppm
    if (place < 0) return index
  }
  return weights.ppm.length - 1
}

/** FNV-1a over UTF-16 units with a final mix, 32 bits: same value, same place, on every instance. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function findForced(model: ModelEntry, name: string): number {
  const index = model.indexOf.get(name)
  if (index !== undefined) return index
  throw new AboxError(
    gatewayErrors.ABOX_NO_VARIANT,
    `attachment ${FORCE_ATTACHMENT}: found "${name.slice(0, 64)}", expected one of ${[...model.indexOf.keys()].join(', ')}`
  )
}

/**
 * The version of a hook that this call runs, divided exactly among the calls of each variant and caller. Where that one
 * is disabled, another one answers for it. Throws ABOX_HOOK_DISABLED where there is none, and ABOX_HOOK_BUNDLE where no
 * document of the hook can be used.
 */
export function chooseHook(splitter: Splitter, hook: HookEntry, variant: string, caller: string): HookVersion {
  if (hook.refused !== undefined) {
    throw new AboxError(gatewayErrors.ABOX_HOOK_BUNDLE, `hook ${hook.name} was refused: ${hook.refused}`)
  }
  const index = hook.versions.length === 1 ? 0 : splitter.choose(`${hook.name}\n${variant}\n${caller}`, hook.weights)
  const version = hook.versions[index] as HookVersion
  return version.disabled === undefined ? version : standInFor(version, hook)
}
