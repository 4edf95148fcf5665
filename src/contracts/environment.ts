import Type, { type Static } from 'typebox'
import { createChecker } from './check.ts'
import { changeFields, Name } from './common.ts'
import { contractErrors } from './errors.ts'

const PORT = '([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])'
const SERVER = `[^\\s,:/]+:${PORT}`
/** ZooKeeper refuses `.` and `..` as names of nodes, and keeps `/zookeeper` for itself. */
const ROOT = '^(?!/zookeeper(/|$))(/(?!\\.{1,2}(/|$))[A-Za-z0-9._-]+)+$'

/** Where the documents of an environment are published. */
const Publish = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('zookeeper'),
      /** `host:port`, several separated by commas. */
      address: Type.String({ pattern: `^${SERVER}(,${SERVER})*$`, maxLength: 1024 }),
      /** Folder of the environment there; `/abox/<name>` unless given. */
      root: Type.Optional(Type.String({ pattern: ROOT, maxLength: 256 })),
      /** A file of this name below the manager's `publish.secretsDir` with `user:password`; with it every node we make is ours alone. */
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

/** The folder of its documents in ZooKeeper. */
export function rootOf({ name, publish }: Environment): string {
  return (publish.kind === 'zookeeper' ? publish.root : undefined) ?? `/abox/${name}`
}

/**
 * Whether what one of them publishes could be taken for the other's: a server in common, and one root that is the other
 * one or contains it.
 */
export function shareFolder(a: Environment, b: Environment): boolean {
  if (a.publish.kind !== 'zookeeper' || b.publish.kind !== 'zookeeper') return false
  const servers = new Set(serversOf(a.publish.address))
  if (!serversOf(b.publish.address).some((server) => servers.has(server))) return false
  const [left, right] = [`${rootOf(a)}/`, `${rootOf(b)}/`]
  return left.startsWith(right) || right.startsWith(left)
}

const serversOf = (address: string): string[] => address.toLowerCase().split(',')
