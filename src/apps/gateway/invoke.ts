import type { Clock } from '#core/clock'
import { AboxError } from '#core/errors'
import { type DubboRequest, decodeInvocation, type Invocation } from '#lib/dubbo'
import type { HessianBudget } from '#lib/hessian2'
import { wrapRequest, wrapRequestSlices } from '#lib/model-protocols'
import type { Splitter } from '#lib/splitter'
import { upstreamErrors } from '#lib/upstream'
import type { Admission } from './admission.ts'
import type { Answers } from './answers.ts'
import type { ArgumentWriter, InstanceArgumentWriter } from './arguments.ts'
import { callerOf, timeoutOf, traceIdOf } from './attachments.ts'
import { Call, elapsedUs, type Stage } from './call.ts'
import { checkForm, checkToken } from './call-form.ts'
import type { CallerShare } from './caller-shares.ts'
import { chooseHook, chooseVariant } from './choose.ts'
import { errorReply } from './error-reply.ts'
import { gatewayErrors } from './errors.ts'
import { HookRun } from './hook-run.ts'
import { checkLargeAnswer } from './large-answer.ts'
import { decodeLarge, isLarge, LARGE_BODY_BYTES } from './large-body.ts'
import type { LimitKeeper } from './limits.ts'
import { modelOf, routeOf } from './route-call.ts'
import type { Route, RoutingTable, VariantTarget } from './routing-table.ts'
import type { CheckLarge, SendToModel } from './send.ts'
import { createTurns, SLICE_BYTES, type Slices } from './turns.ts'

/** What the life of a call needs; made in compose.ts. */
export interface InvokeDeps {
  readonly clock: Clock
  readonly budget: HessianBudget
  readonly admission: Admission
  readonly limits: LimitKeeper
  /** `limits.timeoutMs`: how long a large body may take until its route is known. */
  readonly timeoutMs: number
  readonly table: () => RoutingTable
  /** Apart, because the two draw independently: a hook's canary must not be the model's canary. */
  readonly models: Splitter
  readonly hooks: Splitter
  readonly args: InstanceArgumentWriter
  readonly send: SendToModel
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
  const { clock, budget, table, answers, admission, limits, send } = deps
  const turns = createTurns({ now: () => clock.monotonicMs(), refuse: admission.refuse })
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
    limits.leave(call)
    admission.leave(call)
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
    admission.enter(call, inFlight)

    call.stage = 'invocation'
    const { body: request } = call.request
    // Only large bodies wait for turns of the event loop; everybody else is served at once and without a promise.
    const large = request.length > LARGE_BODY_BYTES
    const invocation = large
      ? await inTurns(call, deps.timeoutMs, true, decodeLarge(request, budget))
      : decodeInvocation(request, budget)
    call.invocation = invocation
    call.caller = callerOf(invocation) ?? call.caller
    call.traceId = traceIdOf(invocation) ?? deps.nextTraceId()
    admission.named(call, inFlight)
    if (invocation.echo) return answers.echo(call, invocation)
    checkForm(invocation)

    call.deadlineMs = timeoutOf(invocation)
    const enteredAt = enter(call, 'deadline')

    call.stage = 'route'
    const routes = table()
    const route = routeOf(routes, invocation)
    call.route = route
    checkToken(route, invocation)
    call.deadlineMs ??= route.timeoutMs
    limits.enterRoute(call, route, enteredAt)
    const waits = isLarge(request, invocation)
    const args = waits ? await inTurns(call, route.timeoutMs, large, deps.args.large(invocation, route)) : deps.args
    const model = modelOf(route, routes, invocation, args)
    call.model = model
    limits.enterModel(call, model, waits ? clock.monotonicMs() : enteredAt)

    // No time passes up to here, large calls excepted: nothing was awaited.
    call.stage = 'choose'
    chooseVariant(deps.models, model, call.caller, route.splitKey, invocation.attachments, call)
    const variant = model.variants[call.variantIndex] as VariantTarget
    call.variant = variant
    const hook = route.hook === undefined ? undefined : chooseHook(deps.hooks, route.hook, variant.name, call.caller)
    call.hook = hook

    const preAt = enter(call, 'pre')
    const run =
      hook === undefined ? undefined : new HookRun(call, hook, invocation, args.allBytes(invocation, route), args.odd)
    const body = await requestBody(call, invocation, route, variant, args, run)
    call.sent = body
    const sentAt = enter(call, 'upstream')
    call.preUs = elapsedUs(preAt, sentAt)
    const told = await send(call, variant, invocation, body, sentAt, checkLarge)
    call.told = told

    const postAt = enter(call, 'post')
    const shaped = run?.hasPost === true ? await run.post(told) : undefined
    call.shaped = shaped
    return shaped === undefined
      ? fromModel(call, invocation, route, variant, told.body, postAt)
      : fromHook(call, invocation, route, shaped, postAt)
  }

  /** Stage 9 without a hook, begun at `since`. Only a large answer needs a promise. */
  function fromModel(
    call: Call,
    invocation: Invocation,
    route: Route,
    variant: VariantTarget,
    body: Buffer,
    since: number
  ): Buffer | Promise<Buffer> {
    const { outline } = call
    if (outline === undefined) return encoded(call, since, answers.fromModel(call, invocation, route, variant, body))
    return encodedLarge(call, since, route, answers.fromLargeModel(call, invocation, route, variant, outline))
  }

  /** Stage 9 with what a post hook returned, which was asked at `postAt`. */
  function fromHook(
    call: Call,
    invocation: Invocation,
    route: Route,
    text: string | Buffer,
    postAt: number
  ): Buffer | Promise<Buffer> {
    const since = clock.monotonicMs()
    call.postUs = elapsedUs(postAt, since)
    if (text.length <= LARGE_BODY_BYTES) return encoded(call, since, answers.fromHook(call, invocation, route, text))
    return encodedLarge(call, since, route, answers.fromLargeHook(call, invocation, route, text))
  }

  async function encodedLarge(call: Call, since: number, route: Route, slices: Slices<Buffer>): Promise<Buffer> {
    return encoded(call, since, await inTurns(call, route.timeoutMs, true, slices))
  }

  const checkLarge: CheckLarge = async (call, { protocol }, told) => {
    const mostMs = (call.route as Route).timeoutMs
    call.outline = await inTurns(call, mostMs, true, checkLargeAnswer(protocol, told))
  }

  /** Stage 7: what the model is sent. */
  async function requestBody(
    call: Call,
    invocation: Invocation,
    route: Route,
    { protocol }: VariantTarget,
    args: ArgumentWriter,
    run: HookRun | undefined
  ): Promise<Buffer> {
    if (run?.hasPre === true) return run.pre()
    const input = args.input(invocation, route)
    if (input.length <= LARGE_BODY_BYTES) return wrapRequest(protocol, input)
    return inTurns(call, route.timeoutMs, true, wrapRequestSlices(protocol, input, SLICE_BYTES))
  }

  /** The answer of stage 9, which was begun at `since`. */
  function encoded(call: Call, since: number, frame: Buffer): Buffer {
    call.encodeUs = elapsedUs(since, clock.monotonicMs())
    return frame
  }

  /**
   * Does what takes long, in turns with everything else, as long as somebody waits for it. However long the caller says that it
   * waits, it is given up after `mostMs`: what waits its turn holds memory.
   */
  function inTurns<T>(call: Call, mostMs: number, long: boolean, slices: Slices<T>): Promise<T> {
    const { request } = call
    const check = (): void => {
      if (request.aborted) {
        throw new AboxError(upstreamErrors.ABOX_UPSTREAM_CANCELED, `its connection was closed in stage ${call.stage}`)
      }
      enter(call, call.stage)
      if (clock.monotonicMs() - request.receivedAt < mostMs) return
      throw new AboxError(
        gatewayErrors.ABOX_DEADLINE,
        `the ${mostMs} ms that a large call may take were over in stage ${call.stage}`
      )
    }
    // Every call that was admitted has a share.
    const holder = call.share as CallerShare
    const begun = call.httpStatus !== undefined
    return turns.run(slices, { holder, since: request.receivedAt, bytes: request.body.length, begun, long, check })
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

  return { invoke, inFlight: () => inFlight }
}

/** Hands the frame to the connection, which writes it with the others of this turn. One-way calls get nothing. */
function reply(call: Call, frame: Buffer): void {
  const { request } = call
  call.stage = 'reply'
  if (request.twoWay) call.resBytes = frame.length
  request.reply(request.twoWay ? frame : undefined)
}
