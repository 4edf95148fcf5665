/**
 * Line of the author's file, from 1, where a function is written that the module exports as `name` and whose text begins with
 * `head`; undefined when it is not there as such (bound, built in). `wrapped` is the source that `prepareSource` has made:
 * one line of ours comes first. Of several functions with the same text it takes the one that is given this name.
 */
export function declaredLine(wrapped: string, name: string, head: string): number | undefined {
  const first = wrapped.indexOf(head)
  if (head === '' || first < 0) return undefined
  let offset = first
  for (let at = first, tries = 0; at >= 0 && tries < MAX_TRIES; at = wrapped.indexOf(head, at + 1), tries++) {
    if (!isNamed(wrapped.slice(Math.max(0, at - BEFORE), at), name)) continue
    offset = at
    break
  }
  let line = 0
  for (let at = wrapped.indexOf('\n'); at >= 0 && at < offset; at = wrapped.indexOf('\n', at + 1)) line++
  return line
}

/** Lines of the author's file, as V8 counts them, from a source that `prepareSource` has made. */
export function countLines(wrapped: string): number {
  let ends = 0
  for (const _ of wrapped.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) ends++
  // The first line and the last are ours.
  return ends - 1
}

const MAX_TRIES = 10
/** Types that were erased leave blanks. */
const BEFORE = 500

function isNamed(before: string, name: string): boolean {
  const trimmed = before.trimEnd()
  return /[=:]$/.test(trimmed) && trimmed.slice(0, -1).trimEnd().endsWith(name)
}
