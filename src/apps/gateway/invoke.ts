import type { Clock } from '#core/clock'
import { AboxError } from '#core/errors'
import { type DubboRequest, decodeInvocation, type Invocation } from '#lib/dubbo'
import type { HessianBudget } from '#lib/hessian2'
import { checkReply, wrapRequest } from '#lib/model-protocols'
import type { Splitter } from '#lib/splitter'
import { type Upstream, UpstreamError, type UpstreamReply } from '#lib/upstream'
import type { Answers } from './answers.ts'
import type { InstanceArgumentWriter } from './arguments.ts'
import { callerOf, timeoutOf, traceHeaders, traceIdOf } from './attachments.ts'
import { Call, elapsedUs, type Stage } from './call.ts'
import { checkForm, checkToken } from './call-form.ts'
import { chooseHook, chooseVariant } from './choose.ts'
import { errorReply } from './error-reply.ts'
import { gatewayErrors } from './errors.ts'
import { assertJson, hookCallText, hookReplyText, hookRequestBody } from './hook-call.ts'
import { decodeLarge, isLarge, LARGE_BODY_BYTES } from './large-body.ts'
import { modelOf, routeOf } from './route-call.ts'
import type { RoutingTable, VariantTarget } from './routing-table.ts'
import { createTurns, type NextTurn } from './turns.ts'

/** What the life of a call needs; made in compose.ts. */
export interface InvokeDeps {
  readonly clock: Clock
  readonly budget: HessianBudget
  readonly maxInFlight: number
  readonly table: () => RoutingTable
  /** Apart, because the two draw independently: a hook's canary must not be the model's canary. */
  readonly models: Splitter
  readonly hooks: Splitter
  readonly args: InstanceArgumentWriter
  readonly upstream: Upstream
  readonly answers: Answers
  readonly nextTraceId: () => string
  /** Called once per call, after its reply was handed over. */
  readonly onEnd: (call: Call) => void
  /** Hears of what should be impossible; the call was answered. */
  readonly onDefect: (error: unknown) => void
}

export interface Invoke {
  /** Handles one request frame from its arrival to its record. Never rejects. */
  invoke(request: DubboRequest): Promise<void>
  /** Calls that have arrived and are not answered yet. */
  inFlight(): number
}

/**
 * The life of a call, top to bottom, as docs/call-lifecycle.md draws it. Stage 1 (frame) is lib/dubbo's; each later
 * stage leaves by a thrown AboxError, which error-reply.ts alone turns into an answer.
 */
export function createInvoke(deps: InvokeDeps): Invoke {
  const { clock, budget, table, upstream, answers } = deps
  const turn = createTurns()
  let inFlight = 0

  async function invoke(request: DubboRequest): Promise<void> {
    const call = new Call(request, clock.wallMs(), clock.monotonicMs())
    inFlight++
    let frame: Buffer
    try {
      frame = await answer(call)
    } catch (error) {
      frame = errorReply(call, error)
    }
    inFlight--
    reply(call, frame)
    call.stage = 'record'
    try {
      deps.onEnd(call)
    } catch (error) {
      deps.onDefect(error)
    }
  }

  /** Stages 2 to 9: the answer of a call, or the error that it ends with. */
  async function answer(call: Call): Promise<Buffer> {
    admit()

    call.stage = 'invocation'
    const { body: request } = call.request
    // Only large bodies wait for turns of the event loop; everybody else is served at once and without a promise.
    const large = request.length > LARGE_BODY_BYTES
    const invocation = large ? await decodeLarge(request, budget, turnsOf(call)) : decodeInvocation(request, budget)
    call.invocation = invocation
    call.caller = callerOf(invocation) ?? call.caller
    call.traceId = traceIdOf(invocation) ?? deps.nextTraceId()
    if (invocation.echo) return answers.echo(call, invocation)
    checkForm(invocation)

    call.deadlineMs = timeoutOf(invocation)
    enter(call, 'deadline')

    call.stage = 'route'
    const routes = table()
    const route = routeOf(routes, invocation)
    call.route = route
    checkToken(route, invocation)
    call.deadlineMs ??= route.timeoutMs
    const args = isLarge(request, invocation) ? await deps.args.large(invocation, route, turnsOf(call)) : deps.args
    const model = modelOf(route, routes, invocation, args)
    call.model = model

    // No time passes up to here, large calls excepted: nothing was awaited.
    call.stage = 'choose'
    chooseVariant(deps.models, model, call.caller, route.splitKey, invocation.attachments, call)
    const variant = model.variants[call.variantIndex] as VariantTarget
    call.variant = variant
    const hook = route.hook === undefined ? undefined : chooseHook(deps.hooks, route.hook, variant.name, call.caller)
    call.hook = hook

    const preAt = enter(call, 'pre')
    const hookCall = hook === undefined ? '' : hookCallText(call, invocation, args.all(invocation, route))
    const asked = hook?.hasPre === true ? await hook.sandbox.call('pre', [hookCall]) : undefined
    const body =
      asked === undefined ? wrapRequest(variant.protocol, args.input(invocation, route)) : hookRequestBody(asked, call)
    const sentAt = enter(call, 'upstream')
    call.preUs = elapsedUs(preAt, sentAt)
    const told = await post(call, variant, invocation, body, sentAt)
    checkReply(variant.protocol, told.status, told.contentType, told.body)
    assertJson(told)

    const postAt = enter(call, 'post')
    const shaped = hook?.hasPost === true ? await hook.sandbox.call('post', [hookReplyText(told), hookCall]) : undefined
    if (shaped === undefined) {
      return encoded(call, postAt, answers.fromModel(call, invocation, route, variant, told.body))
    }
    const encodeAt = clock.monotonicMs()
    call.postUs = elapsedUs(postAt, encodeAt)
    return encoded(call, encodeAt, answers.fromHook(call, invocation, route, shaped))
  }

  /** The answer of stage 9, which was begun at `since`. */
  function encoded(call: Call, since: number, frame: Buffer): Buffer {
    call.encodeUs = elapsedUs(since, clock.monotonicMs())
    return frame
  }

  /** Turns of the event loop for as long as the caller of this call waits. */
  function turnsOf(call: Call): NextTurn {
    return async () => {
      await turn()
      enter(call, call.stage)
    }
  }

  function admit(): void {
    if (inFlight <= deps.maxInFlight) return
    throw new AboxError(
      gatewayErrors.ABOX_SHED,
      `found ${deps.maxInFlight} calls in flight, which is limits.inFlight; this call was not begun`
    )
  }

  /** Begins a stage and tells when. A call whose caller has stopped waiting is dropped here, before more is spent on it. */
  function enter(call: Call, stage: Stage): number {
    call.stage = stage
    const now = clock.monotonicMs()
    if (call.deadlineMs === undefined || now - call.request.receivedAt < call.deadlineMs) return now
    throw new AboxError(
      gatewayErrors.ABOX_DEADLINE,
      `the ${call.deadlineMs} ms of the call were over before stage ${stage}`
    )
  }

  async function post(
    call: Call,
    variant: VariantTarget,
    invocation: Invocation,
    body: Buffer,
    sentAt: number
  ): Promise<UpstreamReply> {
    call.upstreamReqBytes = body.length
    try {
      const told = await upstream.post({
        origin: variant.endpoints.next(),
        path: variant.path,
        host: variant.host,
        headers: traceHeaders(variant.headers, invocation, call.traceId),
        body,
        timeoutMs: Math.max(1, Math.ceil((call.deadlineMs ?? 0) - (sentAt - call.request.receivedAt)))
      })
      call.httpStatus = told.status
      call.attempts = told.attempts
      call.upstreamResBytes = told.body.length
      return told
    } catch (error) {
      if (error instanceof UpstreamError) call.attempts = error.attempts
      throw error
    } finally {
      call.upstreamUs = elapsedUs(sentAt, clock.monotonicMs())
    }
  }

  return { invoke, inFlight: () => inFlight }
}

/** Hands the frame to the connection, which writes it with the others of this turn. One-way calls get nothing. */
function reply(call: Call, frame: Buffer): void {
  const { request } = call
  call.stage = 'reply'
  if (request.twoWay) call.resBytes = frame.length
  request.reply(request.twoWay ? frame : undefined)
}
