import type { HessianBudget } from './budget.ts'

/**
 * For tools that show whole captures: more than a server lets a peer ask for, and still so little that no input ends the
 * process. The depth is what `encodeValue` writes, so whatever is read can be written again.
 */
export const typedBudget: HessianBudget = { maxDepth: 256, maxNodes: 4_000_000, maxJsonBytes: 256 * 1024 * 1024 }
