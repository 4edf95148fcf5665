import Type, { type Static } from 'typebox'
import { createChecker } from './check.ts'
import { changeFields, Limits, Name, Ppm } from './common.ts'
import { contractErrors } from './errors.ts'

/** Pattern of a header's name, RFC 9110 §5.1. */
export const HeaderName = "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$"

/** Pattern of what can be sent as a header's value, RFC 9110 §5.5. */
export const HeaderText = Type.String({ pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$', maxLength: 4096 })

/** Pattern of what can be sent as a request's target: RFC 3986 knows printable ASCII only; the rest is percent-encoded. */
export const PathText = Type.String({ pattern: '^/[!"$-~]*$', maxLength: 2048 })

const LABEL = '[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?'

/** One deployment that can answer for a model. */
export const Variant = Type.Object(
  {
    name: Name,
    cluster: Name,
    protocol: Type.Enum(['tensorflow', 'seldon', 'v2', 'raw']),
    /** Origins, as `http://10.0.0.5:8501`. Exactly one of this and `discover`. */
    endpoints: Type.Optional(
      Type.Array(Type.String({ pattern: '^https?://[^/\\s?#@]+$', maxLength: 512 }), { minItems: 1 })
    ),
    /**
     * Name of an Endpoint document, in a third-party cluster: the manager puts its origin and headers in here, and again
     * whenever that document changes. Gateways know by it whose addresses they have to check.
     */
    endpoint: Type.Optional(Name),
    /** The manager's: only what is online is published, and a split points at nothing else. Absent: online. */
    state: Type.Optional(Type.Enum(['online', 'offline'])),
    /** `workers`: those that are registered in ZooKeeper under `instances/<model>`, as `host:port`. */
    discover: Type.Optional(Type.Enum(['workers'])),
    /** Which endpoint takes the next call; `round-robin` when it is left out. */
    balance: Type.Optional(Type.Enum(['round-robin', 'least-request'])),
    path: PathText,
    /** The Host header, where it differs from the endpoint: an ingress routes by it. */
    host: Type.Optional(Type.String({ pattern: `^${LABEL}(\\.${LABEL})*\\.?(:\\d{1,5})?$`, maxLength: 255 })),
    headers: Type.Optional(
      Type.Record(
        Type.String({ pattern: HeaderName }),
        Type.Union([
          HeaderText,
          /** The value stands in a file of this name below `secrets.dir`, never in the document. */
          Type.Object({ secret: Name }, { additionalProperties: false })
        ])
      )
    ),
    /** Path of a readiness probe that answers 2xx, where the protocol's own is not the right one. */
    health: Type.Optional(PathText)
  },
  { additionalProperties: false }
)

/** How a model's calls are divided over its variants. */
export const Split = Type.Object(
  {
    /** Parts per million by variant name; their sum is 1000000. */
    weights: Type.Record(Type.String(), Ppm),
    /** Overrides everything: all calls go to this variant. */
    kill: Type.Optional(Name),
    pins: Type.Optional(
      Type.Array(Type.Object({ caller: Type.String(), variant: Name }, { additionalProperties: false }))
    ),
    /** Calls with the same value of an attachment go to the same variant; the weights then divide the values. */
    sticky: Type.Optional(
      Type.Object({ by: Type.String({ pattern: '^attachments\\..', maxLength: 256 }) }, { additionalProperties: false })
    ),
    /** Read and checked; the gateway sends no shadow calls yet and says so when it applies it. */
    shadow: Type.Optional(Type.Object({ variant: Name, ppm: Ppm }, { additionalProperties: false })),
    /** Whether a caller may choose by the attachment `abox.variant`. */
    allowForced: Type.Optional(Type.Boolean())
  },
  { additionalProperties: false }
)

/** `/abox/<env>/models/<name>`: what answers, and how its calls are divided. */
export const Model = Type.Object(
  {
    kind: Type.Literal('Model'),
    name: Name,
    businessGroup: Type.Optional(Name),
    /** What it is a version of. */
    algorithm: Type.Optional(Name),
    /** The manager's: body of a request that every variant must answer before it comes online; not published. */
    sample: Type.Optional(Type.Unknown()),
    variants: Type.Array(Variant, { minItems: 1 }),
    /** May be left out where there is one variant. */
    split: Type.Optional(Split),
    limits: Type.Optional(Limits),
    ...changeFields
  },
  { additionalProperties: false }
)
export type Model = Static<typeof Model>
export type Variant = Static<typeof Variant>

export const modelChecker = createChecker(Model, contractErrors.ABOX_DOCUMENT_INVALID)
