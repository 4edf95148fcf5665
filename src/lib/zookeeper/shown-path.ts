/**
 * A node's path as messages and logs may hold it: a node name that is an encoded URL (a provider entry) is cut at its query,
 * which may hold a token.
 */
export function shownPath(path: string): string {
  const query = path.search(/%3F/i)
  return query < 0 ? path : `${path.slice(0, query)}…`
}
