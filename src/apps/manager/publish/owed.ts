import { type Environment, shareFolder } from '#contracts/environment'
import { listRevisions } from '../store/documents.ts'
import type { Store } from '../store/open-store.ts'
import { adoptedPlaces, whereOf } from './adoption.ts'

/** An environment changes its place some times in its life. */
const MAX_REVISIONS = 1000

/**
 * Environments as they were when they published where they do not any more, and where what they have published was not
 * removed since: a manager was stopped before. Not where one of `living` has published at the same place.
 */
export async function owedWithdrawals(store: Store, living: readonly Environment[]): Promise<Environment[]> {
  const places = await adoptedPlaces(store)
  const current = new Map(living.map((environment) => [environment.name, environment]))
  const adopted = new Set(places.map(({ environment, where }) => `${environment} ${where}`))
  const owed: Environment[] = []
  for (const { environment: name, where } of places) {
    const now = current.get(name)
    if (now !== undefined && whereOf(now) === where) continue
    const then = await environmentAt(store, name, where)
    const isTaken = (other: Environment): boolean =>
      other.name !== name &&
      then !== undefined &&
      shareFolder(other, then) &&
      adopted.has(`${other.name} ${whereOf(other)}`)
    if (then !== undefined && !living.some(isTaken)) owed.push(then)
  }
  return owed
}

/** As its newest revision with that place says. */
async function environmentAt(store: Store, name: string, where: string): Promise<Environment | undefined> {
  const rows = await store.read((db) => listRevisions(db, { scope: '', kind: 'Environment', key: name }, MAX_REVISIONS))
  return rows.map(({ body }) => JSON.parse(body) as Environment).find((then) => whereOf(then) === where)
}
