import { managerActor } from '../actor.ts'
import { writeAudit } from '../store/audit.ts'
import type { Store } from '../store/open-store.ts'
import { placeOf } from './published.ts'

/**
 * When this store had published the whole environment at this address for the first time, wall clock, ms; by a row of
 * the audit, which nobody can take back. Undefined: never yet.
 */
export async function adoptedAt(store: Store, environment: string, where: string): Promise<number | undefined> {
  const row = await store.read((db) =>
    db
      .selectFrom('audit')
      .select('at')
      .where('scope', '=', '')
      .where('kind', '=', 'Environment')
      .where('key', '=', environment)
      .where('action', '=', 'publish')
      .where('reason', '=', reasonOf(where))
      .limit(1)
      .executeTakeFirst()
  )
  return row?.at
}

/** `at`: wall clock, ms. */
export async function markAdopted(store: Store, environment: string, where: string, at: number): Promise<void> {
  const entry = {
    actor: managerActor,
    action: 'publish',
    kind: 'Environment',
    key: environment,
    reason: reasonOf(where)
  }
  await store.write((db) => writeAudit(db, entry, at))
}

const reasonOf = (where: string): string => `first publication to ${where}`

/** Those of the places whose documents this store has never had. */
export async function unknownPlaces(store: Store, scope: string, places: Iterable<string>): Promise<string[]> {
  const rows = await store.read((db) =>
    db.selectFrom('documents').select(['kind', 'key']).where('scope', '=', scope).execute()
  )
  const known = new Set(rows.map(({ kind, key }) => placeOf(kind, key)))
  return [...places].filter((place) => !known.has(place)).sort()
}
