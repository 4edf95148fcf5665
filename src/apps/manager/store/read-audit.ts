import type { ExpressionBuilder, ExpressionWrapper, Kysely, SqlBool } from 'kysely'
import { PLATFORM } from '#contracts/business-group'
import type { Difference } from '../documents/difference.ts'
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

export async function readAudit(db: Kysely<Tables>, query: AuditQuery): Promise<StoredAudit[]> {
  const { principal, after, before, limit } = query
  let rows = db.selectFrom('audit').selectAll().limit(limit).where(visibleTo(principal))
  rows = after === undefined ? rows.orderBy('seq', 'desc') : rows.orderBy('seq').where('seq', '>', after)
  if (before !== undefined) rows = rows.where('seq', '<', before)
  for (const name of ['actor', 'action', 'scope', 'kind', 'key'] as const) {
    const value = query[name]
    if (value !== undefined) rows = rows.where(name, '=', value)
  }
  return rows.execute()
}

/** Of the newest line; 0 before the first. */
export async function lastAudit(db: Kysely<Tables>): Promise<number> {
  const row = await db.selectFrom('audit').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst()
  return row?.seq ?? 0
}

/** As `hasRole` for a viewer, for the database. */
function visibleTo(principal: Principal) {
  return (e: ExpressionBuilder<Tables, 'audit'>): ExpressionWrapper<Tables, 'audit', SqlBool> => {
    if (principal.grants.some(({ businessGroup, environment }) => businessGroup === PLATFORM && environment === '*')) {
      return e.lit(true) as unknown as ExpressionWrapper<Tables, 'audit', SqlBool>
    }
    return e.or(
      principal.grants.map(({ businessGroup, environment }) =>
        e.and([
          ...(businessGroup === PLATFORM ? [] : [e('business_group', '=', businessGroup)]),
          ...(environment === '*' ? [] : [e('scope', 'in', ['', environment])])
        ])
      )
    )
  }
}

/** As it leaves the manager. */
export function describeAudit({ difference, ...row }: StoredAudit): object {
  return { ...summariseAudit({ ...row, difference }), difference: JSON.parse(difference) as Difference[] }
}

/** Without what changed, which may be long. */
export function summariseAudit(row: StoredAudit): object {
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
