import { maskRefusal } from '#contracts/mask-rules'
import { AboxError } from '#core/errors'
import { compilePathRules, jsonErrors, type PathState } from '#lib/json'

/** Path rules of values that must not be seen, checked. Throws ABOX_JSON_PATH, also for one that masks nothing. */
export function compileMask(rules: readonly string[]): PathState {
  const mask = compilePathRules(rules)
  const refusal = maskRefusal(rules, compilePathRules)
  if (refusal === undefined) return mask
  throw new AboxError(jsonErrors.ABOX_JSON_PATH, refusal)
}
