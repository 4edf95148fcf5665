import Type, { type Static } from 'typebox'

/** Names that become part of ZooKeeper paths, labels and file names: no slashes, no spaces. */
export const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' })

/** A Java class or interface name. */
export const JavaName = Type.String({
  pattern: '^[A-Za-z_$][A-Za-z0-9_$]*(\\.[A-Za-z_$][A-Za-z0-9_$]*)*$',
  maxLength: 512
})

/** Parts per million. */
export const Ppm = Type.Integer({ minimum: 0, maximum: 1_000_000 })

/** Every document carries who changed it and why; `generation` grows by one with each change. */
export const changeFields = {
  generation: Type.Optional(Type.Integer({ minimum: 0 })),
  changedBy: Type.Optional(Type.String({ maxLength: 256 })),
  reason: Type.Optional(Type.String({ maxLength: 4096 }))
}

const limitNumbers = {
  /** Calls per second on the average, kept to a thousandth. */
  ratePerSecond: Type.Optional(Type.Number({ minimum: 0.001, maximum: 1_000_000 })),
  /** Calls at once after a time of rest; those of one second unless told. Only beside `ratePerSecond`. */
  burst: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  /** Calls begun and not answered. */
  concurrent: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 }))
}

/**
 * What one gateway instance lets through: a token bucket and a count of calls, of all callers together and of each one.
 * `callers` holds numbers by the caller's name; `*` is each other caller for itself. A name without numbers is an
 * exception from `*`.
 */
export const Limits = Type.Object(
  {
    ...limitNumbers,
    callers: Type.Optional(
      Type.Record(Type.String({ pattern: '^.{1,128}$' }), Type.Object(limitNumbers, { additionalProperties: false }), {
        additionalProperties: false
      })
    )
  },
  { additionalProperties: false }
)
export type Limits = Static<typeof Limits>

/**
 * Which calls are kept for replay, where the gateway's configuration says where to. `mask` names values that must not be
 * seen, by path rules from the call on (`args[*].userId`, `**.phone`) or from `request`, `reply`, `result` on.
 */
export const Record = Type.Object(
  {
    ppm: Type.Optional(Ppm),
    mask: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 1024 }), { maxItems: 100 }))
  },
  { additionalProperties: false }
)

/** A published document is at most this long, in bytes of its JSON. */
export const MAX_DOCUMENT_BYTES = 512 * 1024
