import type { Clock } from '#core/clock'
import type { Invocation } from '#lib/dubbo'
import {
  createRetryBudget,
  type Endpoint,
  type EndpointOutcome,
  type EndpointSet,
  type RetryBudget,
  type Upstream,
  UpstreamError,
  type UpstreamReply
} from '#lib/upstream'
import { requestHeaders } from './attachments.ts'
import { type Call, elapsedUs } from './call.ts'
import { acquireEndpoint, outcomeOfError, outcomeOfReply } from './endpoint-outcome.ts'
import type { VariantTarget } from './routing-table.ts'

/** Stage 8: one request to the model, on an endpoint that is well, and once more on another one where that is safe. */
export type SendToModel = (
  call: Call,
  variant: VariantTarget,
  invocation: Invocation,
  body: Buffer,
  sentAt: number
) => Promise<UpstreamReply>

/** One call in ten may be tried again, and ten a second besides. */
const RETRY = { ratio: 0.1, minPerSecond: 10 }
/** Statuses by which a proxy says that the model did not get the request, or did not answer it. */
const PROXY_FAILED: ReadonlySet<number> = new Set([502, 503, 504])

/**
 * A request is tried again when nothing of it was sent, or when the route says that a call may be made twice
 * (`idempotent`) and the endpoint, not the model, failed; on another endpoint where there is one; once; within the time
 * of the call and the budget of the variant. The model is told how long its answer is waited for by `x-request-timeout-ms`,
 * and is hung up on when the caller has gone.
 */
export function createSender(upstream: Upstream, clock: Clock): { send: SendToModel; retries(): number } {
  let retries = 0
  const budgets = new WeakMap<EndpointSet, RetryBudget>()
  const budgetOf = (set: EndpointSet): RetryBudget => {
    let budget = budgets.get(set)
    if (budget === undefined) {
      budget = createRetryBudget({ ...RETRY, clock })
      budgets.set(set, budget)
    }
    return budget
  }
  const leftMs = (call: Call, now: number): number =>
    Math.max(1, Math.ceil((call.deadlineMs ?? 0) - (now - call.request.receivedAt)))

  async function attempt(
    call: Call,
    variant: VariantTarget,
    invocation: Invocation,
    body: Buffer,
    endpoint: Endpoint,
    startedAt: number
  ): Promise<UpstreamReply> {
    const timeoutMs = leftMs(call, startedAt)
    let outcome: EndpointOutcome = 'none'
    try {
      const told = await upstream.post({
        origin: endpoint.origin,
        path: variant.path,
        host: variant.host ?? endpoint.host,
        headers: requestHeaders(variant.headers, invocation, call.traceId, timeoutMs),
        body,
        timeoutMs,
        signal: call.request
      })
      outcome = outcomeOfReply(told)
      call.httpStatus = told.status
      call.upstreamResBytes = told.body.length
      call.attempts = (call.attempts ?? 0) + told.attempts
      return told
    } catch (error) {
      if (error instanceof UpstreamError) call.attempts = (call.attempts ?? 0) + error.attempts
      outcome = outcomeOfError(error, timeoutMs, call.route?.timeoutMs ?? timeoutMs, variant.endpoints.typicalMs())
      throw error
    } finally {
      variant.endpoints.release(endpoint, outcome, clock.monotonicMs() - startedAt)
    }
  }

  /** Whether the call may be made once more after this end of its first attempt. */
  function mayRetry(call: Call, variant: VariantTarget, failed: boolean, sent: boolean): boolean {
    if (!failed || (sent && call.route?.idempotent !== true)) return false
    if (call.request.aborted || (call.deadlineMs ?? 0) <= clock.monotonicMs() - call.request.receivedAt) return false
    // Where nothing was sent and there is no other endpoint, the same one would only refuse again.
    if (variant.endpoints.endpoints().length < 2 && !sent) return false
    return budgetOf(variant.endpoints).take()
  }

  const send: SendToModel = async (call, variant, invocation, body, sentAt) => {
    call.upstreamReqBytes = body.length
    budgetOf(variant.endpoints).deposit()
    const first = acquireEndpoint(variant)
    try {
      let told: UpstreamReply
      try {
        told = await attempt(call, variant, invocation, body, first, sentAt)
        if (!mayRetry(call, variant, PROXY_FAILED.has(told.status), true)) return told
      } catch (error) {
        const failed = error instanceof UpstreamError && error.retryable
        if (!failed || !mayRetry(call, variant, failed, error.sent)) throw error
      }
      const second = acquireEndpoint(variant, first)
      retries++
      return await attempt(call, variant, invocation, body, second, clock.monotonicMs())
    } finally {
      call.upstreamUs = elapsedUs(sentAt, clock.monotonicMs())
    }
  }
  return { send, retries: () => retries }
}
