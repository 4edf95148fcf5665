/** How deep documents, receipts and bodies of requests may be nested: code that walks a value by calling itself is safe with so much. */
const MAX_DEPTH = 64

/** What is said of a value that is deeper. */
export const TOO_DEEP = `found more than ${MAX_DEPTH} levels of lists and objects, expected at most ${MAX_DEPTH}`

/** Whether a JSON value has more levels of lists and objects than `depth`; looks no deeper than that. */
export function isDeeper(value: unknown, depth = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1))
}
