/** How deep documents and receipts may be nested: code that walks a value by calling itself is safe with so much. */
export const MAX_DEPTH = 64

/** Whether a JSON value has more levels of lists and objects than `depth`; looks no deeper than that. */
export function isDeeper(value: unknown, depth = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1))
}
