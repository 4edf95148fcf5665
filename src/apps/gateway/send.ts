import type { Clock } from '#core/clock'
import { AboxError } from '#core/errors'
import type { Invocation } from '#lib/dubbo'
import { modelProtocolErrors } from '#lib/model-protocols'
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
import type { Admission } from './admission.ts'
import { requestHeaders } from './attachments.ts'
import { type Call, elapsedUs } from './call.ts'
import type { CallerShare } from './caller-shares.ts'
import { checkAnswer } from './check-answer.ts'
import { acquireEndpoint, outcomeOfBody, outcomeOfError, outcomeOfReply } from './endpoint-outcome.ts'
import { LARGE_BODY_BYTES } from './large-body.ts'
import { ModelShares } from './model-shares.ts'
import { timeForModel } from './model-time.ts'
import type { VariantTarget } from './routing-table.ts'

/**
 * Stage 8: one request to the model, on an endpoint that is well, and once more on another one where that is safe. Gives
 * an answer that checkAnswer has passed; else throws its error, an UpstreamError, or what acquireEndpoint throws.
 */
export type SendToModel = (
  call: Call,
  variant: VariantTarget,
  invocation: Invocation,
  body: Buffer,
  sentAt: number,
  checkLarge: CheckLarge
) => Promise<UpstreamReply>

/** Does what checkAnswer does with an answer of more than LARGE_BODY_BYTES, in slices. */
export type CheckLarge = (call: Call, variant: VariantTarget, told: UpstreamReply) => Promise<void>

export interface Sender {
  readonly send: SendToModel
  /** Calls that were tried on another endpoint. */
  retries(): number
  /** Calls that were not, because too many were. */
  unaffordable(): number
}

/** What belongs to the endpoints of one variant. */
interface SetState {
  readonly budget: RetryBudget
  readonly shares: ModelShares
}

/** One call in ten may be tried again, and ten a second besides. */
const RETRY = { ratio: 0.1, minPerSecond: 10 }
/** Statuses whose Retry-After speaks of the endpoint. */
const RESTS: ReadonlySet<number> = new Set([429, 503])
/** Statuses by which a proxy says that the model did not get the request, or did not answer it. */
const PROXY_FAILED: ReadonlySet<number> = new Set([502, 503, 504])

/**
 * A request is tried again when nothing of it was sent, or when the route says that a call may be made twice
 * (`idempotent`) and the endpoint, not the model, failed; on another endpoint where there is one; once; within the time
 * of the call and the budget of the variant. The model gets a little less than the caller waits (timeForModel), is told so
 * by `x-request-timeout-ms`, and is hung up on when the caller has gone.
 */
export function createSender(upstream: Upstream, clock: Clock, refuse: Admission['refuse']): Sender {
  let retries = 0
  let unaffordable = 0
  const states = new WeakMap<EndpointSet, SetState>()
  const stateOf = (set: EndpointSet): SetState => {
    let state = states.get(set)
    if (state === undefined) {
      state = { budget: createRetryBudget({ ...RETRY, clock }), shares: new ModelShares() }
      states.set(set, state)
    }
    return state
  }
  /** See timeForModel. */
  const leftMs = (call: Call, now: number): number => timeForModel(call.deadlineMs ?? 0, now - call.request.receivedAt)

  async function attempt(
    call: Call,
    variant: VariantTarget,
    invocation: Invocation,
    body: Buffer,
    endpoint: Endpoint,
    startedAt: number,
    checkLarge: CheckLarge
  ): Promise<UpstreamReply> {
    const timeoutMs = Math.max(1, leftMs(call, startedAt))
    let outcome: EndpointOutcome = 'none'
    let endedAt = startedAt
    let told: UpstreamReply | undefined
    try {
      told = await upstream.post({
        origin: endpoint.origin,
        path: variant.path,
        host: variant.host ?? endpoint.host,
        headers: requestHeaders(variant.headers, invocation, call.traceId, timeoutMs),
        body,
        timeoutMs,
        signal: call.request
      })
      endedAt = clock.monotonicMs()
      outcome = outcomeOfReply(told)
      call.httpStatus = told.status
      if (told.retryAfterMs !== undefined && RESTS.has(told.status)) variant.endpoints.rest(endpoint, told.retryAfterMs)
      call.upstreamResBytes = told.body.length
      call.attempts = (call.attempts ?? 0) + told.attempts
      // Before the endpoint is released: what is wrong with the body is the endpoint's, too.
      if (told.body.length > LARGE_BODY_BYTES) await checkLarge(call, variant, told)
      else checkAnswer(variant.protocol, told)
      return told
    } catch (error) {
      told?.release()
      if (error instanceof UpstreamError) {
        endedAt = clock.monotonicMs()
        call.attempts = (call.attempts ?? 0) + error.attempts
        outcome = outcomeOfError(error, timeoutMs, call.route?.timeoutMs ?? timeoutMs, variant.endpoints.typicalMs())
      } else if (outcome === 'ok') outcome = outcomeOfBody(error)
      throw error
    } finally {
      call.upstreamUs = (call.upstreamUs ?? 0) + elapsedUs(startedAt, endedAt)
      variant.endpoints.release(endpoint, outcome, endedAt - startedAt)
    }
  }

  /** Whether the call may be made once more after its first attempt has ended so. */
  function mayRetry(call: Call, variant: VariantTarget, error: unknown): boolean {
    const unsent = error instanceof UpstreamError && !error.sent
    const failed = error instanceof UpstreamError ? error.retryable : isEndpointFailure(call, error)
    if (!failed || (!unsent && call.route?.idempotent !== true)) return false
    if (call.request.aborted || leftMs(call, clock.monotonicMs()) < 1) return false
    // Where nothing was sent and there is no other endpoint, the same one would only refuse again.
    return variant.endpoints.endpoints().length >= 2 || !unsent
  }

  const send: SendToModel = async (call, variant, invocation, body, sentAt, checkLarge) => {
    call.upstreamReqBytes = body.length
    const { endpoints } = variant
    const { budget, shares } = stateOf(endpoints)
    // Every call that was admitted has a share, and keeps it until it has ended.
    const holder = call.share as CallerShare
    // Without endpoints it is for acquireEndpoint to say so.
    const capacity = Math.max(1, endpoints.capacity())
    if (!shares.enter(holder, capacity)) {
      throw refuse('model_share', `variant ${variant.name}: ${shares.describe(holder, capacity)}`)
    }
    try {
      budget.deposit()
      const first = acquireEndpoint(variant)
      try {
        return await attempt(call, variant, invocation, body, first, sentAt, checkLarge)
      } catch (error) {
        const second = mayRetry(call, variant, error) ? endpoints.acquire(first) : undefined
        if (second === undefined) throw error
        if (!budget.take()) {
          endpoints.release(second, 'none', 0)
          unaffordable++
          throw error
        }
        retries++
        return await attempt(call, variant, invocation, body, second, clock.monotonicMs(), checkLarge)
      }
    } finally {
      shares.leave(holder)
    }
  }
  return { send, retries: () => retries, unaffordable: () => unaffordable }
}

/** Whether an answer that checkAnswer refused was not the model's own. */
function isEndpointFailure(call: Call, error: unknown): boolean {
  const isStatus = error instanceof AboxError && error.code === modelProtocolErrors.ABOX_MODEL_STATUS.code
  return isStatus ? PROXY_FAILED.has(call.httpStatus ?? 0) : outcomeOfBody(error) === 'upstream'
}
