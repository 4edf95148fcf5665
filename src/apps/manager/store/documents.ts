import type { Kysely } from 'kysely'
import type { Environment } from '#contracts/environment'
import type { ManagedDocument } from '../documents/kinds.ts'
import type { DocumentRow, RevisionRow, Tables } from './schema.ts'

/** Which document. */
export interface DocumentId {
  /** '' = global. */
  readonly scope: string
  readonly kind: string
  readonly key: string
}

/** A document as it stands in the store. */
export interface StoredDocument extends DocumentId {
  readonly generation: number
  /** '' = the platform's. */
  readonly businessGroup: string
  readonly deleted: boolean
  /** Without `generation`, `changedBy` and `reason`, which are here. */
  readonly document: ManagedDocument
  /** Wall clock, ms. */
  readonly changedAt: number
  readonly changedBy: string
  readonly reason: string
}

/** A tombstone too: who wants only what lives looks at `deleted`. */
export async function readDocument(
  db: Kysely<Tables>,
  { scope, kind, key }: DocumentId
): Promise<StoredDocument | undefined> {
  const row = await db
    .selectFrom('documents')
    .selectAll()
    .where('scope', '=', scope)
    .where('kind', '=', kind)
    .where('key', '=', key)
    .executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

export interface ListOptions {
  readonly scope: string
  readonly kind: string
  /** Only those of these groups; undefined = all. */
  readonly groups?: readonly string[] | undefined
  /** Only keys behind this one. */
  readonly after?: string | undefined
  readonly limit: number
}

/** Living documents in the order of their keys. */
export async function listDocuments(db: Kysely<Tables>, options: ListOptions): Promise<StoredDocument[]> {
  const { scope, kind, groups, after, limit } = options
  if (groups?.length === 0) return []
  let query = db
    .selectFrom('documents')
    .selectAll()
    .where('scope', '=', scope)
    .where('kind', '=', kind)
    .where('deleted', '=', 0)
    .orderBy('key')
    .limit(limit)
  if (groups !== undefined) query = query.where('business_group', 'in', [...groups])
  if (after !== undefined) query = query.where('key', '>', after)
  return (await query.execute()).map(fromRow)
}

/** More than anybody has. */
const MAX_ENVIRONMENTS = 1000

/** All of them. */
export async function readEnvironments(db: Kysely<Tables>): Promise<Environment[]> {
  const found = await listDocuments(db, { scope: '', kind: 'Environment', limit: MAX_ENVIRONMENTS })
  return found.map(({ document }) => document as Environment)
}

/** Keys of all documents of these groups; also of those that were deleted last from one of them, as gateways may still run them. */
export async function listKeys(
  db: Kysely<Tables>,
  { scope, kind, groups }: Pick<ListOptions, 'scope' | 'kind'> & { readonly groups: readonly string[] }
): Promise<string[]> {
  if (groups.length === 0) return []
  const rows = await db
    .selectFrom('documents')
    .select('key')
    .where('scope', '=', scope)
    .where('kind', '=', kind)
    .where('business_group', 'in', [...groups])
    .execute()
  return rows.map(({ key }) => key)
}

/** Newest first. */
export async function listRevisions(
  db: Kysely<Tables>,
  { scope, kind, key }: DocumentId,
  limit: number,
  before?: number
): Promise<RevisionRow[]> {
  let query = db
    .selectFrom('revisions')
    .selectAll()
    .where('scope', '=', scope)
    .where('kind', '=', kind)
    .where('key', '=', key)
    .orderBy('generation', 'desc')
    .limit(limit)
  if (before !== undefined) query = query.where('generation', '<', before)
  return query.execute()
}

/** The document as it leaves the manager: with who changed it last, and why. */
export function describeDocument({ document, generation, changedBy, reason }: StoredDocument): ManagedDocument {
  return { ...document, generation, changedBy, ...(reason !== '' && { reason }) }
}

function fromRow(row: DocumentRow): StoredDocument {
  return {
    scope: row.scope,
    kind: row.kind,
    key: row.key,
    generation: row.generation,
    businessGroup: row.business_group,
    deleted: row.deleted === 1,
    document: JSON.parse(row.body) as ManagedDocument,
    changedAt: row.changed_at,
    changedBy: row.changed_by,
    reason: row.reason
  }
}
