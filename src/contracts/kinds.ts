import Type, { type Static } from 'typebox'
import { serviceKey } from './service.ts'

/** A document of which only the kind is known, as it comes out of a file or from the manager. */
export const AnyDocument = Type.Object({ kind: Type.String() }, { additionalProperties: true })
export type AnyDocument = Readonly<Static<typeof AnyDocument>> & Readonly<Record<string, unknown>>

const rows = [
  { kind: 'Environment', plural: 'environments', scope: 'global', keyedBy: 'name', published: false },
  { kind: 'BusinessGroup', plural: 'groups', scope: 'global', keyedBy: 'name', published: false },
  { kind: 'Algorithm', plural: 'algorithms', scope: 'global', keyedBy: 'name', published: false },
  { kind: 'Cluster', plural: 'clusters', scope: 'environment', keyedBy: 'name', published: false },
  { kind: 'Endpoint', plural: 'endpoints', scope: 'environment', keyedBy: 'name', published: false },
  { kind: 'Hook', plural: 'hooks', scope: 'environment', keyedBy: 'name', published: true },
  { kind: 'Model', plural: 'models', scope: 'environment', keyedBy: 'name', published: true },
  { kind: 'Service', plural: 'services', scope: 'environment', keyedBy: 'service key', published: true }
] as const

export type KindName = (typeof rows)[number]['kind']

/** What everybody has to know of a kind. */
export interface KindRow {
  readonly kind: KindName
  /** As in URLs and in `abox get`, and the folder of what is published. */
  readonly plural: (typeof rows)[number]['plural']
  readonly scope: 'global' | 'environment'
  /** What names a document of it. */
  readonly keyedBy: 'name' | 'service key'
  /**
   * Whether gateways read its documents: from the place `<plural>/<key>` below the folder of the environment. The others
   * they never see.
   */
  readonly published: boolean
}

/** In the order in which documents are made, and published: what is named comes before what names it. */
export const KINDS: readonly KindRow[] = rows

const byKind = new Map<string, KindRow>(KINDS.map((row) => [row.kind, row]))

/** Undefined: there is no such kind. */
export const findKindRow = (kind: string): KindRow | undefined => byKind.get(kind)

/** Of a name that stands in the code. */
export const kindRow = (kind: KindName): KindRow => byKind.get(kind) as KindRow

/** Where a document is published; undefined for what gateways do not read. */
export function publishedPlace(kind: string, key: string): string | undefined {
  const row = findKindRow(kind)
  return row?.published ? `${row.plural}/${key}` : undefined
}

/**
 * The name of a document that nobody has checked; undefined where it has none. A service's is that by which consumers ask
 * for it, see `serviceKey`.
 */
export function keyOf(document: AnyDocument): string | undefined {
  const text = (name: string): string | undefined => {
    const value = document[name]
    return typeof value === 'string' ? value : undefined
  }
  if (findKindRow(document.kind)?.keyedBy !== 'service key') return text('name')
  const [name, version, group] = [text('interface'), text('version'), text('group')]
  return name === undefined ? undefined : serviceKey({ interface: name, version, group })
}
