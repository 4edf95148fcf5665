import Type, { type Static } from 'typebox'
import { createChecker } from './check.ts'
import { changeFields, Name } from './common.ts'
import { contractErrors } from './errors.ts'

/** A fleet that variants run in: hosts with TF-Serving, a Kubernetes namespace behind an ingress, or somebody else's. */
export const Cluster = Type.Object(
  {
    kind: Type.Literal('Cluster'),
    name: Name,
    type: Type.Enum(['legacy', 'seldon', 'third-party']),
    title: Type.Optional(Type.String({ maxLength: 256 })),
    ...changeFields
  },
  { additionalProperties: false }
)
export type Cluster = Static<typeof Cluster>

export const clusterChecker = createChecker(Cluster, contractErrors.ABOX_DOCUMENT_INVALID)
