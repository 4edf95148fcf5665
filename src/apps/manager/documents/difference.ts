import type { Difference } from '#contracts/api/difference'

/** Beyond it values are compared whole: a difference that deep is read as well as one. */
const MAX_DEPTH = 32
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Where two JSON values differ, in the order of `before`, new keys last. Lists of objects with a `name` (or `digest`,
 * `user`) are compared by it, so that one more variant is one line and not all the ones behind it; other lists by place.
 */
export function differences(before: unknown, after: unknown): Difference[] {
  const found: Difference[] = []
  compare(before, after, '', 0, found)
  return found
}

function compare(before: unknown, after: unknown, path: string, depth: number, found: Difference[]): void {
  if (depth < MAX_DEPTH && isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(own(before, key), own(after, key), path === '' ? key : `${path}.${key}`, depth + 1, found)
    }
    return
  }
  if (depth < MAX_DEPTH && Array.isArray(before) && Array.isArray(after)) {
    for (const [key, left, right] of pairs(before, after)) compare(left, right, `${path}[${key}]`, depth + 1, found)
    return
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return
  found.push({ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) })
}

const own = (value: Record<string, unknown>, key: string): unknown =>
  Object.hasOwn(value, key) ? value[key] : undefined

function pairs(before: readonly unknown[], after: readonly unknown[]): [string, unknown, unknown][] {
  const left = byName(before)
  const right = byName(after)
  if (left !== undefined && right !== undefined) {
    return [...new Set([...left.keys(), ...right.keys()])].map((name) => [name, left.get(name), right.get(name)])
  }
  const length = Math.max(before.length, after.length)
  return Array.from({ length }, (_, index) => [String(index), before[index], after[index]])
}

/** Undefined where not every item has a name of its own. */
function byName(list: readonly unknown[]): Map<string, unknown> | undefined {
  const names = new Map<string, unknown>()
  for (const item of list) {
    const name = isObject(item) ? (item['name'] ?? item['digest'] ?? item['user']) : undefined
    if (typeof name !== 'string' || names.has(name)) return undefined
    names.set(name, item)
  }
  return names
}
