import Type, { type Static } from 'typebox'
import { createChecker } from './check.ts'
import { changeFields, Name } from './common.ts'
import { contractErrors } from './errors.ts'
import { HeaderName, HeaderText, PathText } from './model.ts'

/**
 * A model server of somebody else. Variants of a third-party cluster name it (`endpoint: name`); where it is and what it
 * wants as credentials stands here once.
 */
export const Endpoint = Type.Object(
  {
    kind: Type.Literal('Endpoint'),
    name: Name,
    businessGroup: Name,
    title: Type.Optional(Type.String({ maxLength: 256 })),
    /** `https://models.example.com` or with a port; the manager's configuration says which schemes and ports may be. */
    origin: Type.String({ pattern: '^https?://[^/\\s?#@]+$', maxLength: 512 }),
    /** Sent with every call. A credential stands in a file of this name below the gateways' `secrets.dir`, never here. */
    headers: Type.Optional(
      Type.Record(
        Type.String({ pattern: HeaderName }),
        Type.Union([HeaderText, Type.Object({ secret: Name }, { additionalProperties: false })])
      )
    ),
    /** Path that answers 2xx while the endpoint is well; connecting is enough where there is none. */
    health: Type.Optional(PathText),
    /** `offline`: no variant that a split still points at may name it. */
    state: Type.Optional(Type.Enum(['online', 'offline'])),
    ...changeFields
  },
  { additionalProperties: false }
)
export type Endpoint = Static<typeof Endpoint>

export const endpointChecker = createChecker(Endpoint, contractErrors.ABOX_DOCUMENT_INVALID)
