import type { ExpressionBuilder, ExpressionWrapper, Kysely, SqlBool } from 'kysely'
import type { AuditEvent, AuditLine } from '#contracts/api/audit'
import type { Difference } from '#contracts/api/difference'
import { PLATFORM } from '#contracts/business-group'
import type { Principal } from '../identity/principal.ts'
import type { AuditRow, Tables } from './schema.ts'

/** A line of the audit as it was written. */
export type StoredAudit = Omit<AuditRow, 'seq'> & { readonly seq: number }

export interface AuditQuery {
  /** Whose view: he sees what he may see the documents of. */
  readonly principal: Principal
  /** Oldest first, from behind `after`; else newest first, from before `before`. */
  readonly after?: number | undefined
  readonly before?: number | undefined
  readonly limit: number
  readonly actor?: string | undefined
  readonly action?: string | undefined
  readonly scope?: string | undefined
  readonly kind?: string | undefined
  readonly key?: string | undefined
}

/** Lines that the principal may see. */
export const readAudit = (db: Kysely<Tables>, query: AuditQuery): Promise<StoredAudit[]> =>
  auditQuery(db, query).execute()

/** So many are asked for each by its index; who sees more waits longer. */
const MAX_PARTS = 100

/** What `readAudit` asks: by an index of the group, the actor or the environment, whatever else the audit has. */
export function auditQuery(db: Kysely<Tables>, query: AuditQuery) {
  const parts = partsOf(query.principal.grants)
  const [first, ...others] = parts
  const all = orderedRows(db, query).selectAll()
  if (first === undefined || others.length === 0 || parts.length > MAX_PARTS) {
    return all.where((e) => e.or(parts.map((part) => isOf(e, part))))
  }
  // Of each part so many as are wanted of all: an index with one part behind the other has no order of them together.
  const wanted = (part: Part) => {
    const rows = orderedRows(db, query).select('seq')
    return db.selectFrom(rows.where((e) => isOf(e, part)).as('part')).select('part.seq')
  }
  return all.where(
    'seq',
    'in',
    others.reduce((rows, part) => rows.unionAll(wanted(part)), wanted(first))
  )
}

/** What was asked for, of all that there is. */
function orderedRows(db: Kysely<Tables>, query: AuditQuery) {
  const { after, before, limit } = query
  let rows = db.selectFrom('audit').limit(limit)
  rows = after === undefined ? rows.orderBy('seq', 'desc') : rows.orderBy('seq').where('seq', '>', after)
  if (before !== undefined) rows = rows.where('seq', '<', before)
  for (const name of ['actor', 'action', 'scope', 'kind', 'key'] as const) {
    const value = query[name]
    if (value !== undefined) rows = rows.where(name, '=', value)
  }
  return rows
}

/** Of the newest line; 0 before the first. */
export async function lastAudit(db: Kysely<Tables>): Promise<number> {
  const row = await db.selectFrom('audit').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst()
  return row?.seq ?? 0
}

/** Lines of this group in these environments; without either, of all. */
interface Part {
  readonly group?: string
  readonly scopes?: readonly string[]
}

/** As `hasRole` for a viewer: what is of one of these parts is seen. */
function partsOf(grants: Principal['grants']): Part[] {
  if (grants.some(({ businessGroup, environment }) => businessGroup === PLATFORM && environment === '*')) return [{}]
  const groups = Map.groupBy(grants, ({ businessGroup }) => businessGroup)
  return [...groups].flatMap(([group, own]): Part[] => {
    const environments = [...new Set(own.map(({ environment }) => environment))]
    if (group === PLATFORM) return ['', ...environments].map((scope) => ({ scopes: [scope] }))
    return [environments.includes('*') ? { group } : { group, scopes: ['', ...environments] }]
  })
}

function isOf(
  e: ExpressionBuilder<Tables, 'audit'>,
  { group, scopes }: Part
): ExpressionWrapper<Tables, 'audit', SqlBool> {
  return e.and([
    ...(group === undefined ? [] : [e('business_group', '=', group)]),
    ...(scopes === undefined ? [] : [e('scope', 'in', scopes)])
  ])
}

/** As it leaves the manager. */
export function describeAudit({ difference, ...row }: StoredAudit): AuditLine {
  return { ...summariseAudit({ ...row, difference }), difference: JSON.parse(difference) as Difference[] }
}

/** Without what changed, which may be long. */
export function summariseAudit(row: StoredAudit): AuditEvent {
  const { seq, at, actor, action, scope, kind, key, generation, reason, request } = row
  return {
    seq,
    at,
    actor,
    by: row.actor_by,
    address: row.address,
    action,
    ...(scope !== '' && { environment: scope }),
    ...(kind !== '' && { kind }),
    ...(key !== '' && { key }),
    ...(generation !== 0 && { generation }),
    ...(row.business_group !== '' && { businessGroup: row.business_group }),
    ...(reason !== '' && { reason }),
    request
  }
}
