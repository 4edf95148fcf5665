import Type, { type Static } from 'typebox'

/**
 * One line of a recordings file: a real call as hooks saw it, to be run again on another version of its hook. A field that
 * does not apply is absent. In `call`, `request`, `reply` and `result` integers stand with all their digits and numbers
 * that are not finite as the bare words NaN, Infinity, -Infinity: a reader must not take them for RFC 8259.
 */
export const RecordedCall = Type.Object(
  {
    v: Type.Literal(1),
    /** Arrival of the call, ms since 1970. */
    ts: Type.Integer({ minimum: 0 }),
    service: Type.String(),
    method: Type.String(),
    /** `name@12 hex` of the version that ran; absent where the route has no hook. */
    hook: Type.Optional(Type.String()),
    /** How many values the rules have masked in this line; absent when none. */
    masked: Type.Optional(Type.Integer({ minimum: 1 })),
    /** What `pre` and `post` get as `call`. */
    call: Type.Unknown(),
    /** The body that the model was sent. */
    request: Type.Optional(Type.Unknown()),
    reply: Type.Optional(
      Type.Object({ status: Type.Integer(), body: Type.Unknown() }, { additionalProperties: false })
    ),
    /** What `post` returned; without it what the route takes out of the reply. Absent when the call ended before that. */
    result: Type.Optional(Type.Unknown()),
    /** Code of the error that the call ended with. */
    error: Type.Optional(Type.String())
  },
  { additionalProperties: false }
)
export type RecordedCall = Static<typeof RecordedCall>
