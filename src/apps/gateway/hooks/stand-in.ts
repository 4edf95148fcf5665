import { AboxError } from '#core/errors'
import { gatewayErrors } from '../errors.ts'
import type { HookEntry, HookVersion } from '../hooks.ts'

/**
 * Who answers the calls of a disabled version: of the others in the document the one with the largest weight, else the
 * last one that ran here before. The weights of the others, and their own calls, stay what they are.
 * Throws ABOX_HOOK_DISABLED where there is none.
 */
export function standInFor(version: HookVersion, { versions, weights, standby }: HookEntry): HookVersion {
  let found: HookVersion | undefined
  let most = -1
  for (const [index, other] of versions.entries()) {
    const ppm = weights.ppm[index] as number
    if (other.disabled !== undefined || ppm <= most) continue
    found = other
    most = ppm
  }
  found ??= standby?.disabled === undefined ? standby : undefined
  if (found === undefined) throw disabledError(version)
  version.stoodIn++
  return found
}

function disabledError({ label, disabled }: HookVersion): AboxError {
  const since = new Date(disabled?.at ?? 0).toISOString()
  const todo = 'publish another version, or enable it again by POST /hooks/enable at the admin port'
  return new AboxError(
    gatewayErrors.ABOX_HOOK_DISABLED,
    `hook ${label} is disabled since ${since}: ${disabled?.why ?? ''}; no other version can answer: ${todo}`
  )
}
