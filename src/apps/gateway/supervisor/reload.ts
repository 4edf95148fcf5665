import { isDeepStrictEqual } from 'node:util'
import { AboxError } from '#core/errors'
import type { GatewayConfig } from '../config.ts'
import { gatewayErrors } from '../errors.ts'

/** What the supervisor itself has opened at its start. */
const FIXED = ['observability', 'admin'] as const

/**
 * Refuses what cannot change while the gateway runs: the supervisor's own ports, and a range of Dubbo ports that overlaps
 * the one in use without being it, since a new instance could then find its port taken by an old one. Throws ABOX_RELOAD.
 */
export function checkReload(current: GatewayConfig, next: GatewayConfig): void {
  for (const key of FIXED) {
    if (!isDeepStrictEqual(current[key], next[key])) {
      const values = `found ${JSON.stringify(next[key])}, expected ${JSON.stringify(current[key])}`
      throw new AboxError(gatewayErrors.ABOX_RELOAD, `${key}: ${values}, as at the start`, { path: key })
    }
  }
  const [from, to] = [current.dubbo.port, next.dubbo.port]
  if (from === to || from === 0 || to === 0) return
  // One port more than instances is used: see runRollout.
  const apart = Math.max(current.instances, next.instances) + 1
  if (Math.abs(from - to) < apart) {
    const text = `dubbo.port: found ${to}, expected ${from} or a port at least ${apart} away from it`
    throw new AboxError(gatewayErrors.ABOX_RELOAD, text, { path: 'dubbo.port' })
  }
}

/**
 * Whether an instance that was made with one serves as well as one made with the other: they differ at most in how
 * instances are looked after, and in their number. Without `limits.memoryMb` the number decides about the memory of each.
 */
export function alikeForInstances(one: GatewayConfig, other: GatewayConfig): boolean {
  const own = ({ supervisor, instances, ...rest }: GatewayConfig): object =>
    rest.limits.memoryMb === undefined ? { ...rest, instances } : rest
  return one === other || isDeepStrictEqual(own(one), own(other))
}

/** Whether nothing differs but how many instances there are: then those that run may stay. */
export const onlyScales = (current: GatewayConfig, next: GatewayConfig): boolean =>
  current.instances !== next.instances && alikeForInstances(current, next)
