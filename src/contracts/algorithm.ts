import Type, { type Static } from 'typebox'
import { createChecker } from './check.ts'
import { changeFields, Name } from './common.ts'
import { contractErrors } from './errors.ts'

/** What models are versions of: one line of work of one team, whatever it runs as at the moment. */
export const Algorithm = Type.Object(
  {
    kind: Type.Literal('Algorithm'),
    name: Name,
    businessGroup: Name,
    title: Type.Optional(Type.String({ maxLength: 256 })),
    description: Type.Optional(Type.String({ maxLength: 4096 })),
    ...changeFields
  },
  { additionalProperties: false }
)
export type Algorithm = Static<typeof Algorithm>

export const algorithmChecker = createChecker(Algorithm, contractErrors.ABOX_DOCUMENT_INVALID)
