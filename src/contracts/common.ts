import Type from 'typebox'

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

/**
 * Token bucket and concurrency. Read and checked, so that documents can carry them; the gateway does not enforce them
 * yet and says so when it applies them.
 */
export const Limits = Type.Object(
  {
    ratePerSecond: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    burst: Type.Optional(Type.Integer({ minimum: 1 })),
    concurrent: Type.Optional(Type.Integer({ minimum: 1 })),
    callers: Type.Optional(Type.Record(Type.String(), Type.Unknown()))
  },
  { additionalProperties: false }
)

/** A published document is at most this long, in bytes of its JSON. */
export const MAX_DOCUMENT_BYTES = 512 * 1024
