/** Compares two JSON texts field by field, numbers as numbers: equal, within a tolerance, different. Builds no trees. */
export {
  type CompareOptions,
  type Counts,
  compareJson,
  createComparer,
  type JsonComparer,
  type JsonDifferences,
  type Verdict,
  verdictOf
} from './compare.ts'
export type { Difference, DifferenceKind, FieldDifferences } from './fields.ts'
export { formatDifferences } from './format.ts'
export { compareNumbers, type NumberVerdict } from './numbers.ts'
