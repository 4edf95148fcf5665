/*
 * That an environment has no services, or no models, by intention: persistent nodes in `/abox/<env>/empty`.
 *
 *   name  = "services" / "models"
 *   data  = JSON {"by": manager, "at": its wall clock in ms, "why": text}, for people; what counts is that the node is there
 *
 * Whoever publishes makes the node before he removes the last document of that folder, and removes it before he writes
 * the first one again. A store that was wiped has no such node: readers go on with what they have.
 */

/** Folder of the marks. */
export const EMPTY = 'empty'

/** What no environment loses at once without its mark. */
export const markedFolders = ['services', 'models'] as const
export type MarkedFolder = (typeof markedFolders)[number]

/** Key of a mark among the documents of an environment. */
export const emptyMark = (folder: MarkedFolder): string => `${EMPTY}/${folder}`

/** The marked folders in which none of these documents is; keys are `<folder>/<name>`. */
export function emptyFolders(keys: Iterable<string>): MarkedFolder[] {
  const empty = new Set<string>(markedFolders)
  for (const key of keys) {
    if (empty.size === 0) break
    empty.delete(key.slice(0, key.indexOf('/')))
  }
  return markedFolders.filter((folder) => empty.has(folder))
}
