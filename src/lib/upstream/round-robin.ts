import { AboxError } from '#core/errors'
import { upstreamErrors } from './errors.ts'

/** Several servers that are equally good. */
export interface Endpoints {
  /** The origin that takes the next request. */
  next(): string
}

/**
 * Each in turn. It starts at a random one, because all instances begin anew whenever a document changes and would
 * otherwise meet at the first. Throws ABOX_UPSTREAM_REQUEST when there is none.
 */
export function createRoundRobin(origins: readonly string[], random: () => number = Math.random): Endpoints {
  const first = origins[0]
  if (first === undefined) {
    throw new AboxError(upstreamErrors.ABOX_UPSTREAM_REQUEST, 'endpoints: found none, expected at least one origin')
  }
  let turn = Math.floor(random() * origins.length)
  return {
    next() {
      const origin = origins[turn] ?? first
      turn = turn + 1 < origins.length ? turn + 1 : 0
      return origin
    }
  }
}
