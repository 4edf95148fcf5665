import { AboxError } from '#core/errors'
import type { HessianBudget } from './budget.ts'
import { decodeBytes } from './decode.ts'
import { HessianScan } from './scan.ts'
import { typedBudget } from './typed-budget.ts'
import type { HessianValue } from './values.ts'

/** What `readValues` found. */
export interface ReadValues {
  /** The values before the end, the limit or the error; they share their references. */
  readonly values: readonly HessianValue[]
  /** Offset of the first byte behind them. */
  readonly end: number
  /** Why the value at `end` cannot be read; any ABOX_HESSIAN_ error. */
  readonly error: AboxError | undefined
}

/**
 * Reads the values of a stream as far as it goes, at most `most`. For tools that show what can be seen of a stream;
 * `decodeBytes` is for those who want all or nothing. Binary data are views of `bytes`.
 */
export function readValues(
  bytes: Buffer,
  most: number = Number.POSITIVE_INFINITY,
  budget: HessianBudget = typedBudget
): ReadValues {
  const scan = new HessianScan(bytes, 0, bytes.length, budget)
  let end = 0
  let error: AboxError | undefined
  try {
    for (let left = most; left > 0 && scan.pos < scan.end; left--) {
      scan.skip()
      end = scan.pos
    }
  } catch (thrown) {
    error = AboxError.from(thrown)
  }
  return { values: decodeBytes(bytes.subarray(0, end), budget), end, error }
}
