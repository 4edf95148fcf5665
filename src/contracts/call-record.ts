import Type, { type Static } from 'typebox'

/** How a call ended: a closed list that dashboards and gates rely on. */
export const OUTCOMES = [
  'ok',
  'bad_request',
  'no_route',
  'limited',
  'shed',
  'deadline',
  'hook_error',
  'hook_timeout',
  'connect',
  'timeout',
  'upstream_4xx',
  'upstream_5xx',
  'bad_response',
  'canceled',
  'internal'
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Why a variant was chosen. */
export const REASONS = ['weight', 'pin', 'forced', 'sticky', 'failover', 'kill'] as const
export type Reason = (typeof REASONS)[number]

const Count = Type.Integer({ minimum: 0 })
const Text = Type.String()

/**
 * One flat event per call on topic `abox-calls`, key = instance. A field that does not apply is absent, never 0 or "".
 * Times are µs, sizes bytes, `ts` and `epoch` ms since 1970. Readers de-duplicate by (instance, epoch, seq); `seq`
 * counts 0, 1, 2… per instance and epoch and is given when the record is made, so that a dropped one leaves a gap.
 */
export const CallRecord = Type.Object(
  {
    v: Type.Literal(1),
    ts: Count,
    instance: Text,
    epoch: Count,
    seq: Count,
    service: Type.Optional(Text),
    version: Type.Optional(Text),
    group: Type.Optional(Text),
    method: Type.Optional(Text),
    caller: Type.Optional(Text),
    callerAddr: Type.Optional(Text),
    businessGroup: Type.Optional(Text),
    model: Type.Optional(Text),
    variant: Type.Optional(Text),
    cluster: Type.Optional(Text),
    reason: Type.Optional(Type.Enum([...REASONS])),
    generation: Type.Optional(Count),
    hook: Type.Optional(Text),
    outcome: Type.Enum([...OUTCOMES]),
    errorCode: Type.Optional(Text),
    dubboStatus: Type.Optional(Count),
    httpStatus: Type.Optional(Count),
    attempts: Type.Optional(Count),
    totalUs: Count,
    queueUs: Type.Optional(Count),
    preUs: Type.Optional(Count),
    upstreamUs: Type.Optional(Count),
    postUs: Type.Optional(Count),
    encodeUs: Type.Optional(Count),
    deadlineMs: Type.Optional(Count),
    reqBytes: Type.Optional(Count),
    resBytes: Type.Optional(Count),
    upstreamReqBytes: Type.Optional(Count),
    upstreamResBytes: Type.Optional(Count),
    traceId: Type.Optional(Text)
  },
  { additionalProperties: false }
)
export type CallRecord = Static<typeof CallRecord>

/** Every minute and at drain on topic `abox-tally`: with it a reader proves that nothing is missing. */
export const Tally = Type.Object(
  { v: Type.Literal(1), ts: Count, instance: Text, epoch: Count, nextSeq: Count, dropped: Count },
  { additionalProperties: false }
)
export type Tally = Static<typeof Tally>
