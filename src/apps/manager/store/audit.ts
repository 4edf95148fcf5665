import type { Kysely } from 'kysely'
import type { Difference } from '#contracts/api/difference'
import type { Actor } from '../actor.ts'
import type { Tables } from './schema.ts'

/** One line of the audit, as it is written; what does not apply is left out. */
export interface AuditEntry {
  readonly actor: Actor
  /** A verb: `create`, `change`, `delete`, `undo`, `log-in`, `repair`, … */
  readonly action: string
  readonly scope?: string
  readonly kind?: string
  readonly key?: string
  readonly generation?: number
  readonly businessGroup?: string
  readonly reason?: string
  readonly difference?: readonly Difference[]
}

/** `at`: wall clock, ms. */
export async function writeAudit(db: Kysely<Tables>, entry: AuditEntry, at: number): Promise<void> {
  const { actor, action, scope = '', kind = '', key = '', generation = 0 } = entry
  await db
    .insertInto('audit')
    .values({
      at: Math.round(at),
      actor: actor.name,
      actor_by: actor.by,
      address: actor.address,
      action,
      scope,
      kind,
      key,
      generation,
      business_group: entry.businessGroup ?? '',
      reason: entry.reason ?? '',
      difference: JSON.stringify(entry.difference ?? []),
      request: actor.request
    })
    .execute()
}
