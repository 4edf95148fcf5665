import Type, { type Static } from 'typebox'
import { createChecker } from './check.ts'
import { changeFields, Name } from './common.ts'
import { contractErrors } from './errors.ts'

/** Where the documents of an environment are published. */
const Publish = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('zookeeper'),
      /** `host:port`, several separated by commas. */
      address: Type.String({ pattern: '^[^\\s,:/]+:\\d{1,5}(,[^\\s,:/]+:\\d{1,5})*$', maxLength: 1024 }),
      /** Folder of the environment there; `/abox/<name>` unless given. */
      root: Type.Optional(Type.String({ pattern: '^/[A-Za-z0-9._/-]*[A-Za-z0-9._-]$', maxLength: 256 })),
      /** A file of this name below `secrets.dir` with `user:password`; with it every node we make is ours alone. */
      credentials: Type.Optional(Type.Object({ secret: Name }, { additionalProperties: false }))
    },
    { additionalProperties: false }
  ),
  /** To the gateway in the manager's own process: `abox dev`. */
  Type.Object({ kind: Type.Literal('embedded') }, { additionalProperties: false })
])

/** A complete set of clusters and routes (qa, pre, prod); nothing is shared between two of them. */
export const Environment = Type.Object(
  {
    kind: Type.Literal('Environment'),
    name: Name,
    title: Type.Optional(Type.String({ maxLength: 256 })),
    publish: Publish,
    ...changeFields
  },
  { additionalProperties: false }
)
export type Environment = Static<typeof Environment>

export const environmentChecker = createChecker(Environment, contractErrors.ABOX_DOCUMENT_INVALID)
