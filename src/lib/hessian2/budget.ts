/** How much one Hessian stream may ask for before it is refused. Lengths claimed by the stream are never trusted. */
export interface HessianBudget {
  /**
   * Containers inside each other; also bounds what following references can open while JSON is written. The readers
   * recurse, so that a few hundred is the most that is safe.
   */
  readonly maxDepth: number
  /** Values, class definitions and field names of one stream together. */
  readonly maxNodes: number
  /** Most bytes of JSON that one `writeJson` may make of it; the real limit is lower for small streams. */
  readonly maxJsonBytes: number
}

export const defaultBudget: HessianBudget = { maxDepth: 64, maxNodes: 1_000_000, maxJsonBytes: 16 * 1024 * 1024 }

/**
 * Limit of the JSON made from a stream of `wireBytes`. Class objects repeat their names in JSON and shared references
 * are written out each time, so growing is normal; doubling references (100 bytes that mean gigabytes) are not, and
 * the small fixed part makes them fail within a few milliseconds.
 */
export function jsonLimit(budget: HessianBudget, wireBytes: number): number {
  return Math.min(budget.maxJsonBytes, 1024 * 1024 + 64 * wireBytes)
}
