import { groupsOf, type Principal } from '../identity/principal.ts'
import { placeOf, publishedKinds } from '../publish/published.ts'
import { listKeys } from '../store/documents.ts'
import type { Store } from '../store/open-store.ts'

/**
 * The documents that he may see, as `models/<name>`, and those that he might see before they were deleted: what still runs
 * them is told to him, too. Undefined: all of them, and what is said of none.
 */
export async function visiblePlaces(
  store: Store,
  principal: Principal,
  scope: string
): Promise<ReadonlySet<string> | undefined> {
  const groups = groupsOf(principal, 'viewer', scope)
  if (groups === undefined) return undefined
  const places = new Set<string>()
  for (const { kind } of publishedKinds) {
    for (const key of await store.read((db) => listKeys(db, { scope, kind, groups }))) places.add(placeOf(kind, key))
  }
  return places
}
