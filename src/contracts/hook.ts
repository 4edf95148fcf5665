import Type, { type Static } from 'typebox'
import { createChecker } from './check.ts'
import { changeFields, Name, Ppm } from './common.ts'
import { contractErrors } from './errors.ts'

const HookVersion = Type.Object(
  {
    digest: Type.Optional(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' })),
    /** Only in a documents file: the code beside it; its digest is computed when it is read. */
    file: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
    weight: Type.Optional(Ppm)
  },
  { additionalProperties: false }
)

/** A version that runs beside the others on calls that are answered already. */
const HookShadow = Type.Object(
  {
    digest: Type.Optional(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' })),
    /** As of a version. */
    file: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
    ppm: Ppm,
    /** Part of the larger number by which results may differ and count as within; 0.000001 unless given. */
    tolerance: Type.Optional(Type.Number({ minimum: 0, maximum: 1 }))
  },
  { additionalProperties: false }
)

/** `/abox/<env>/hooks/<name>`: which versions of a hook run, by digest and weight. */
export const Hook = Type.Object(
  {
    kind: Type.Literal('Hook'),
    name: Name,
    versions: Type.Array(HookVersion, { minItems: 1 }),
    shadow: Type.Optional(HookShadow),
    ...changeFields
  },
  { additionalProperties: false }
)
export type Hook = Static<typeof Hook>

export const hookChecker = createChecker(Hook, contractErrors.ABOX_DOCUMENT_INVALID)
