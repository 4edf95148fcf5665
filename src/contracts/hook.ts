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

/** What a version must have passed before `abox hook` gives it more calls. */
const HookGate = Type.Object(
  {
    replay: Type.Object(
      {
        /** Up to here a version needs nothing; 0 unless given. */
        abovePpm: Type.Optional(Ppm),
        /** So many recorded calls at least; 1 unless given. */
        calls: Type.Optional(Type.Integer({ minimum: 1 })),
        /** So many of them may differ or fail; 0 unless given. */
        maxDifferent: Type.Optional(Type.Integer({ minimum: 0 })),
        /** Part of the larger number by which numbers may differ; 0.000001 unless given. */
        tolerance: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
        /** Path rules of what is not compared. */
        ignore: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 1024 }), { maxItems: 100 }))
      },
      { additionalProperties: false }
    )
  },
  { additionalProperties: false }
)
export type HookGate = Static<typeof HookGate>

/** `/abox/<env>/hooks/<name>`: which versions of a hook run, by digest and weight. */
export const Hook = Type.Object(
  {
    kind: Type.Literal('Hook'),
    name: Name,
    businessGroup: Type.Optional(Name),
    versions: Type.Array(HookVersion, { minItems: 1 }),
    shadow: Type.Optional(HookShadow),
    gate: Type.Optional(HookGate),
    ...changeFields
  },
  { additionalProperties: false }
)
export type Hook = Static<typeof Hook>

export const hookChecker = createChecker(Hook, contractErrors.ABOX_DOCUMENT_INVALID)

/** The 12 hex digits by which records, errors and logs name a version. */
export const shortDigest = (digest: string): string => digest.replace('sha256:', '').slice(0, 12)
