import Type, { type Static } from 'typebox'
import { createChecker } from './check.ts'
import { changeFields, Name } from './common.ts'
import { contractErrors } from './errors.ts'

/** Each may do what the one before it may, and more. */
export const Role = Type.Enum(['viewer', 'engineer', 'operator', 'admin'])
export type Role = Static<typeof Role>

/** The name under which a person logs in; an e-mail address will do. */
export const UserName = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$' })

const Member = Type.Object(
  {
    user: UserName,
    role: Role,
    /** Names of environments, or `*` for all of them. */
    environments: Type.Array(Type.Union([Name, Type.Literal('*')]), { minItems: 1, maxItems: 100 })
  },
  { additionalProperties: false }
)

/**
 * A team that owns services and models, and who in it may do what where. The roles of the group `platform` count for
 * every group, and they alone for what belongs to none.
 */
export const BusinessGroup = Type.Object(
  {
    kind: Type.Literal('BusinessGroup'),
    name: Name,
    title: Type.Optional(Type.String({ maxLength: 256 })),
    members: Type.Array(Member, { maxItems: 1000 }),
    ...changeFields
  },
  { additionalProperties: false }
)
export type BusinessGroup = Static<typeof BusinessGroup>

/** The group of those who run ABox. */
export const PLATFORM = 'platform'

export const businessGroupChecker = createChecker(BusinessGroup, contractErrors.ABOX_DOCUMENT_INVALID)
