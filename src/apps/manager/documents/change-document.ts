import type { Kysely } from 'kysely'
import { type BusinessGroup, PLATFORM } from '#contracts/business-group'
import { AboxError } from '#core/errors'
import { managerErrors } from '../errors.ts'
import { mayNameOf, notThere, permitOf } from '../identity/permits.ts'
import type { Principal } from '../identity/principal.ts'
import { maySee, maySeeStored } from '../identity/visible.ts'
import { readDocument, type StoredDocument } from '../store/documents.ts'
import type { Tables } from '../store/schema.ts'
import { isOneEnabled } from '../store/users.ts'
import { commitChange } from './commit-change.ts'
import { type ChangeRequest, type Permit, type Plan, planChange } from './plan-change.ts'

/** What somebody wants; who he is says what he may. */
export interface DocumentChange extends Omit<ChangeRequest, 'actor' | 'permit' | 'mayName' | 'isSeen'> {
  readonly principal: Principal
  /** Nothing is written. */
  readonly dryRun: boolean
}

export interface ChangedDocument {
  readonly plan: Plan
  /** As it is now; undefined after a deletion and a dry run. */
  readonly stored: StoredDocument | undefined
}

/**
 * Plans and writes one change of a document, inside `Store.write`. `at`: wall clock, ms. Throws as `planChange`, and
 * ABOX_REFERENCE for an environment that still has documents and for a platform without an admin.
 */
export async function changeDocument(db: Kysely<Tables>, change: DocumentChange, at: number): Promise<ChangedDocument> {
  const { principal, dryRun, ...request } = change
  const { scope, kind, key, body, expected } = request
  await checkScope(db, principal, scope)
  const may = permitOf(principal, expected === 'absent')
  const permit: Permit = (found) => {
    // 412 would tell that there is none; who may know that is told so directly.
    if (found.before === undefined && expected !== 'absent') throw notThere(principal, kind, scope, key)
    may(found)
  }
  const plan = await planChange(db, {
    ...request,
    actor: principal.actor,
    permit,
    mayName: mayNameOf(principal),
    isSeen: (document) => maySeeStored(principal, document)
  })
  if (kind.kind === 'Environment' && body === undefined) await refuseInhabited(db, key)
  if (kind.kind === 'BusinessGroup' && key === PLATFORM) {
    await refuseLockout(db, adminsOf(plan.after as BusinessGroup | undefined))
  }
  return { plan, stored: dryRun ? undefined : await commitChange(db, plan, at) }
}

/** Whether there is such an environment. Throws ABOX_FORBIDDEN or ABOX_NOT_FOUND, as he may know it. */
export async function checkScope(db: Kysely<Tables>, principal: Principal, scope: string): Promise<void> {
  if (scope === '') return
  const found = await readDocument(db, { scope: '', kind: 'Environment', key: scope })
  const isSeen = maySee(principal, { kind: 'Environment', scope: '', key: scope, businessGroup: '' })
  if (found === undefined || found.deleted || !isSeen) throw notThere(principal, { kind: 'Environment' }, scope, scope)
}

/**
 * Without an admin of the platform who can log in nobody could ever make one again. `admins`: those in `*`. Throws
 * ABOX_REFERENCE.
 */
export async function refuseLockout(db: Kysely<Tables>, admins: readonly string[]): Promise<void> {
  if (await isOneEnabled(db, admins)) return
  const text = `BusinessGroup ${PLATFORM}: expected at least one admin in "*" who is not disabled`
  throw new AboxError(managerErrors.ABOX_REFERENCE, text)
}

const adminsOf = (group: BusinessGroup | undefined): string[] =>
  (group?.members ?? [])
    .filter(({ role, environments }) => role === 'admin' && environments.includes('*'))
    .map(({ user }) => user)

async function refuseInhabited(db: Kysely<Tables>, scope: string): Promise<void> {
  const rows = await db
    .selectFrom('documents')
    .select(['kind', 'key'])
    .where('scope', '=', scope)
    .where('deleted', '=', 0)
    .orderBy('kind')
    .orderBy('key')
    .limit(10)
    .execute()
  if (rows.length === 0) return
  const names = rows.map(({ kind, key }) => `${kind} ${key}`)
  throw new AboxError(managerErrors.ABOX_REFERENCE, `Environment ${scope} still has ${names.join(', ')}`)
}
