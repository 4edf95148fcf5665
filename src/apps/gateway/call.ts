import type { Outcome, Reason } from '#contracts/call-record'
import type { DubboRequest, Invocation } from '#lib/dubbo'
import type { LargeOutline } from '#lib/json'
import type { Limiter } from '#lib/limits'
import type { UpstreamReply } from '#lib/upstream'
import type { CallerShare } from './caller-shares.ts'
import type { HookVersion } from './hooks.ts'
import type { ModelEntry, Route, VariantTarget } from './routing-table.ts'

/** The stages of docs/call-lifecycle.md, in order; a test holds the two lists equal. */
export const STAGES = [
  'frame',
  'admit',
  'invocation',
  'deadline',
  'route',
  'choose',
  'pre',
  'upstream',
  'post',
  'reply',
  'record'
] as const
export type Stage = (typeof STAGES)[number]

/**
 * One call on its way: what was decided and how long each phase took. Every field exists from the start, so that all
 * calls have one shape; `undefined` means that the phase did not run, which the record then leaves out.
 */
export class Call {
  stage: Stage = 'admit'
  invocation: Invocation | undefined = undefined
  caller: string
  traceId = ''
  route: Route | undefined = undefined
  model: ModelEntry | undefined = undefined
  variant: VariantTarget | undefined = undefined
  /** Index of the variant in the model, as the splitter chose it. */
  variantIndex = -1
  reason: Reason = 'weight'
  hook: HookVersion | undefined = undefined
  outcome: Outcome = 'ok'
  errorCode: string | undefined = undefined
  dubboStatus = 20
  httpStatus: number | undefined = undefined
  attempts: number | undefined = undefined
  /** How long the caller waits, ms from `request.receivedAt`. */
  deadlineMs: number | undefined = undefined
  preUs: number | undefined = undefined
  upstreamUs: number | undefined = undefined
  postUs: number | undefined = undefined
  encodeUs: number | undefined = undefined
  resBytes: number | undefined = undefined
  upstreamReqBytes: number | undefined = undefined
  upstreamResBytes: number | undefined = undefined
  /** What the model was sent and answered, and what `post` made of it: for recordings and shadows, which look after the reply. */
  sent: Buffer | undefined = undefined
  told: UpstreamReply | undefined = undefined
  shaped: string | Buffer | undefined = undefined
  /** Of the model's answer, when it is a large one and has been checked. */
  outline: LargeOutline | undefined = undefined
  /** Limits that the call has entered and not left; limits.ts alone sets them. Six fields, because a list would be an object more a call. */
  serviceLimit: Limiter | undefined = undefined
  serviceCallerLimit: Limiter | undefined = undefined
  methodLimit: Limiter | undefined = undefined
  methodCallerLimit: Limiter | undefined = undefined
  modelLimit: Limiter | undefined = undefined
  modelCallerLimit: Limiter | undefined = undefined
  /** Whom the call counts for while it is in flight; admission.ts alone sets it. */
  share: CallerShare | undefined = undefined
  readonly request: DubboRequest
  /** Wall clock of the arrival, ms. */
  readonly ts: number
  /** Monotonic clock when its work began, ms; `request.receivedAt` is when its last byte was there. */
  readonly startedAt: number

  constructor(request: DubboRequest, ts: number, startedAt: number) {
    this.request = request
    this.ts = ts
    this.startedAt = startedAt
    this.caller = request.connection.remoteAddress
  }
}

/** Difference of two monotonic times as whole µs. */
export const elapsedUs = (fromMs: number, toMs: number): number => Math.max(0, Math.round((toMs - fromMs) * 1000))
