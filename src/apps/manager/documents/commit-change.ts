import { setImmediate as turn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { BusinessGroup } from '#contracts/business-group'
import { writeAudit } from '../store/audit.ts'
import type { StoredDocument } from '../store/documents.ts'
import type { Tables } from '../store/schema.ts'
import { findKind } from './kinds.ts'
import { FOLLOW_AT_ONCE, type Plan } from './plan-change.ts'

/**
 * Writes what `planChange` found in the same transaction: the document, its revision, what it names, the audit; then the
 * documents that follow. `at`: wall clock, ms. Gives the document as it is now, also where nothing differed; undefined
 * after a deletion.
 */
export async function commitChange(db: Kysely<Tables>, plan: Plan, at: number): Promise<StoredDocument | undefined> {
  if (plan.difference.length === 0) return plan.before
  const { scope, kind, key, generation, after, before, businessGroup, actor, reason, action, difference } = plan
  const deleted = after === undefined ? 1 : 0
  const body = JSON.stringify(after ?? before?.document ?? {})
  const changed = { generation, body, deleted, changed_at: Math.round(at), changed_by: actor.name, reason }
  await db
    .insertInto('documents')
    .values({ scope, kind, key, business_group: businessGroup, ...changed })
    .onConflict((conflict) =>
      conflict.columns(['scope', 'kind', 'key']).doUpdateSet({ business_group: businessGroup, ...changed })
    )
    .execute()
  await db
    .insertInto('revisions')
    .values({ scope, kind, key, ...changed })
    .execute()
  await writeRelations(db, plan)
  if (kind === 'BusinessGroup') await writeMembers(db, key, after as BusinessGroup | undefined)
  await writeAudit(db, { actor, action, scope, kind, key, generation, businessGroup, reason, difference }, at)
  // Only the members of a line's group see it: without one of their own those of the old group would still believe that it
  // is theirs. What it says now is not for them.
  if (before !== undefined && before.businessGroup !== businessGroup) {
    const left = { actor, action: 'leave', scope, kind, key, generation, businessGroup: before.businessGroup, reason }
    await writeAudit(db, left, at)
  }
  for (const [index, next] of plan.follow.entries()) {
    if (index % FOLLOW_AT_ONCE === FOLLOW_AT_ONCE - 1) await turn()
    await commitChange(db, next, at)
  }
  if (after === undefined) return undefined
  return {
    scope,
    kind,
    key,
    generation,
    businessGroup,
    deleted: false,
    document: after,
    changedAt: Math.round(at),
    changedBy: actor.name,
    reason
  }
}

async function writeRelations(db: Kysely<Tables>, { scope, kind, key, after }: Plan): Promise<void> {
  await db.deleteFrom('relations').where('scope', '=', scope).where('kind', '=', kind).where('key', '=', key).execute()
  const relations = after === undefined ? [] : (findKind(kind)?.relationsOf(after, scope) ?? [])
  const rows = new Map(
    relations.map((to) => [
      `${to.scope} ${to.kind} ${to.key}`,
      { scope, kind, key, to_scope: to.scope, to_kind: to.kind, to_key: to.key }
    ])
  )
  for (const chunk of inChunks([...rows.values()])) await db.insertInto('relations').values(chunk).execute()
}

async function writeMembers(db: Kysely<Tables>, group: string, document: BusinessGroup | undefined): Promise<void> {
  await db.deleteFrom('members').where('business_group', '=', group).execute()
  const rows = new Map(
    (document?.members ?? []).flatMap(({ user, role, environments }) =>
      environments.map((environment) => [
        `${user} ${role} ${environment}`,
        { business_group: group, user_name: user, role, environment }
      ])
    )
  )
  for (const chunk of inChunks([...rows.values()])) await db.insertInto('members').values(chunk).execute()
}

/** SQLite takes at most 32766 values in one statement. */
function* inChunks<T>(rows: readonly T[]): Iterable<T[]> {
  for (let from = 0; from < rows.length; from += 500) yield rows.slice(from, from + 500)
}
