import type { InstanceState } from '../publish/laggards.ts'
import type { LiveInstance } from './environment-live.ts'

/** A summary comes each second: whose last one is older has ended, or is away, s. */
const FRESH_S = 5

/**
 * Names of the gateway instances that consumers find at this moment. `registered`: as they stand in ZooKeeper; undefined where
 * the environment is in none, and those that tell something are all that is known. An instance that ended without a word stands
 * there until its session times out: its summaries stop at once. `second`: now.
 */
export function onlineInstances(
  registered: readonly InstanceState[] | undefined,
  told: readonly LiveInstance[],
  second: number
): string[] {
  const byName = new Map(told.map((one) => [one.summary.instance, one]))
  const isWell = (one: LiveInstance): boolean => second - one.second <= FRESH_S && !one.summary.offline
  if (registered === undefined) return [...byName].filter(([, one]) => isWell(one)).map(([name]) => name)
  return registered
    .filter(({ instance, role, about, applied }) => {
      const one = byName.get(instance)
      const isThere = role === 'gateway' && about !== undefined && applied !== undefined
      // Not every gateway tells the manager something.
      return isThere && (one === undefined || isWell(one))
    })
    .map(({ instance }) => instance)
}
