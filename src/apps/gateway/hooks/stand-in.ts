import { AboxError } from '#core/errors'
import type { SplitWeights } from '#lib/splitter'
import { gatewayErrors } from '../errors.ts'
import type { Disabled } from './kept-trust.ts'

/** What matters here of a version, and of the entry that it is in (hooks.ts). */
interface Version {
  readonly label: string
  readonly disabled: Disabled | undefined
  stoodIn: number
}
interface Entry<V> {
  readonly versions: readonly V[]
  readonly weights: SplitWeights
  readonly standby?: V | undefined
}

/**
 * Who answers the calls of a disabled version: of the others in the document the one with the largest weight, else the
 * last one that ran here before. The weights of the others, and their own calls, stay what they are.
 * Throws ABOX_HOOK_DISABLED where there is none.
 */
export function standInFor<V extends Version>(version: V, entry: Entry<V>): V {
  const found = findStandIn(entry)
  if (found === undefined) throw disabledError(version)
  version.stoodIn++
  return found
}

/** The one that answers for those that are disabled; undefined where there is none. */
export function findStandIn<V extends Version>({ versions, weights, standby }: Entry<V>): V | undefined {
  let found: V | undefined
  let most = -1
  for (const [index, other] of versions.entries()) {
    const ppm = weights.ppm[index] as number
    if (other.disabled !== undefined || ppm <= most) continue
    found = other
    most = ppm
  }
  return found ?? (standby?.disabled === undefined ? standby : undefined)
}

export function disabledError({ label, disabled }: Pick<Version, 'label' | 'disabled'>): AboxError {
  const since = new Date(disabled?.at ?? 0).toISOString()
  const todo = 'publish another version, or enable it again by POST /hooks/enable at the admin port'
  return new AboxError(
    gatewayErrors.ABOX_HOOK_DISABLED,
    `hook ${label} is disabled since ${since}: ${disabled?.why ?? ''}; no other version can answer: ${todo}`
  )
}
