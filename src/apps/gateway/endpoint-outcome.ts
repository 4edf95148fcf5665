import { AboxError } from '#core/errors'
import { type Endpoint, type EndpointOutcome, UpstreamError, type UpstreamReply, upstreamErrors } from '#lib/upstream'
import { gatewayErrors } from './errors.ts'
import type { VariantTarget } from './routing-table.ts'

/** No time-out below this says anything about an endpoint, ms. */
const SHORTEST_MS = 50

/** A call that was given this many times what good answers take was given enough. */
const ENOUGH = 10

/**
 * The endpoint for a call; must be released. Throws ABOX_UPSTREAM_BUSY
 * or ABOX_NO_ENDPOINT.
 */
export function acquireEndpoint({ name, endpoints }: VariantTarget): Endpoint {
  const endpoint = endpoints.acquire()
  if (endpoint !== undefined) return endpoint
  const known = endpoints.endpoints().length
  if (known === 0) {
    throw new AboxError(
      gatewayErrors.ABOX_NO_ENDPOINT,
      `variant ${name}: found no endpoint, expected workers in ZooKeeper`
    )
  }
  throw new AboxError(
    upstreamErrors.ABOX_UPSTREAM_BUSY,
    `variant ${name}: all of its ${known} endpoints have endpoints.maxInFlight calls in flight; nothing was sent`
  )
}

/**
 * What an answer says about its endpoint. A status of 500 and above counts whoever made it, because nothing tells a
 * model's own 500 from its server's; as every endpoint of a model gives these alike, few are taken for outliers.
 */
export function outcomeOfReply({ status, contentType }: UpstreamReply): EndpointOutcome {
  if (status >= 500 || status === 429 || status === 408) return 'upstream'
  // A page for people is what stands in front of the model, or in its place.
  if (status < 300 && contentType.startsWith('text/html')) return 'upstream'
  return 'ok'
}

/**
 * What the error of checkAnswer says about the endpoint of an answer whose status was good. A body that is not whole
 * JSON is not what a model says: something in front of it has cut, replaced or emptied its answer.
 */
export function outcomeOfBody(error: unknown): EndpointOutcome {
  if (!(error instanceof AboxError)) return 'none'
  return error.code === 'ABOX_MODEL_NOT_JSON' || error.code === 'ABOX_JSON_SYNTAX' ? 'upstream' : 'ok'
}

/**
 * What a call without an answer says about its endpoint. A time-out counts only where the call was given enough time:
 * half of its route's `timeoutMs`, or ten times what good answers of the variant take (at least 50 ms). Callers with
 * short deadlines can so not take a healthy endpoint out, and an endpoint that hangs is still found by them.
 *
 * `givenMs`: what was left for the model; `typicalMs`: see EndpointSet.
 */
export function outcomeOfError(
  error: unknown,
  givenMs: number,
  routeMs: number,
  typicalMs: number | undefined
): EndpointOutcome {
  if (!(error instanceof UpstreamError)) return 'none'
  switch (error.code) {
    case 'ABOX_UPSTREAM_CONNECT':
    case 'ABOX_UPSTREAM_RESET':
      return 'local'
    case 'ABOX_UPSTREAM_TRUNCATED':
    case 'ABOX_UPSTREAM_PROTOCOL':
      return 'upstream'
    case 'ABOX_UPSTREAM_TIMEOUT':
      if (givenMs < enoughMs(routeMs, typicalMs)) return 'none'
      return error.sent ? 'upstream' : 'local'
    default:
      return 'none'
  }
}

function enoughMs(routeMs: number, typicalMs: number | undefined): number {
  const half = routeMs / 2
  return typicalMs === undefined ? half : Math.min(half, Math.max(SHORTEST_MS, typicalMs * ENOUGH))
}
