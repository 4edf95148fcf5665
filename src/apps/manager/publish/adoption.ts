import { type Environment, rootOf } from '#contracts/environment'
import { managerActor } from '../actor.ts'
import { writeAudit } from '../store/audit.ts'
import type { Store } from '../store/open-store.ts'
import { placeOf } from './published.ts'

/** Where the documents of an environment stand: address and root; `embedded`. */
export function whereOf(environment: Environment): string {
  const { publish } = environment
  return publish.kind === 'zookeeper' ? `${publish.address}${rootOf(environment)}` : publish.kind
}

/**
 * When this store had published the whole environment at this address for the first time, wall clock, ms; by a row of
 * the audit, which nobody can take back. Undefined: never yet, or not since it was withdrawn from there.
 */
export async function adoptedAt(store: Store, environment: string, where: string): Promise<number | undefined> {
  const row = await store.read((db) =>
    db
      .selectFrom('audit')
      .select(['action', 'at'])
      .where('scope', '=', '')
      .where('kind', '=', 'Environment')
      .where('key', '=', environment)
      .where('action', 'in', ['publish', 'withdraw'])
      .where('reason', 'in', [publishedTo(where), withdrawnFrom(where)])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst()
  )
  return row?.action === 'publish' ? row.at : undefined
}

/** `at`: wall clock, ms. */
export function markAdopted(store: Store, environment: string, where: string, at: number): Promise<void> {
  return mark(store, environment, at, 'publish', publishedTo(where))
}

/** Nothing of it stands there any more. `at`: wall clock, ms. */
export function markWithdrawn(store: Store, environment: string, where: string, at: number): Promise<void> {
  return mark(store, environment, at, 'withdraw', withdrawnFrom(where))
}

async function mark(store: Store, key: string, at: number, action: string, reason: string): Promise<void> {
  await store.write((db) => writeAudit(db, { actor: managerActor, action, kind: 'Environment', key, reason }, at))
}

const publishedTo = (where: string): string => `first publication to ${where}`
const withdrawnFrom = (where: string): string => `withdrawn from ${where}`

/** One place of one environment. */
export interface Adopted {
  readonly environment: string
  readonly where: string
}

/** Where something is published, of environments that are gone as well: all that was adopted and not withdrawn since. */
export async function adoptedPlaces(store: Store): Promise<Adopted[]> {
  const rows = await store.read((db) =>
    db
      .selectFrom('audit')
      .select(['key', 'action', 'reason'])
      .where('scope', '=', '')
      .where('kind', '=', 'Environment')
      .where('action', 'in', ['publish', 'withdraw'])
      .orderBy('seq')
      .execute()
  )
  const found = new Map<string, Adopted>()
  for (const { key, action, reason } of rows) {
    const prefix = action === 'publish' ? publishedTo('') : withdrawnFrom('')
    const where = reason.slice(prefix.length)
    if (action === 'publish') found.set(`${key} ${where}`, { environment: key, where })
    else found.delete(`${key} ${where}`)
  }
  return [...found.values()]
}

/** Those of the places whose documents this store has never had. */
export async function unknownPlaces(store: Store, scope: string, places: Iterable<string>): Promise<string[]> {
  const rows = await store.read((db) =>
    db.selectFrom('documents').select(['kind', 'key']).where('scope', '=', scope).execute()
  )
  const known = new Set(rows.map(({ kind, key }) => placeOf(kind, key)))
  return [...places].filter((place) => !known.has(place)).sort()
}
