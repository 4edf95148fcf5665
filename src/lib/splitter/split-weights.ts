import { AboxError } from '#core/errors'
import { splitterErrors } from './errors.ts'

/** The whole of a split: weights are parts per million. */
export const WHOLE = 1_000_000

/**
 * Weights made ready for `Splitter.choose`: `ppm[i]` belongs to `names[i]` and the sum is 1_000_000.
 * Made once per generation of a document and shared by all calls, which is why `choose` may compare by identity first.
 */
export interface SplitWeights {
  readonly names: readonly string[]
  readonly ppm: readonly number[]
}

/**
 * Checks weights by variant name (`{old: 990000, new: 10000}`) and puts them in order.
 * Names are sorted, so that a document that only lists its variants in another order means the same split.
 * Throws ABOX_SPLIT_WEIGHTS for no variants, a weight that is not an integer from 0 to 1_000_000, or a wrong sum.
 */
export function prepareWeights(weights: Readonly<Record<string, number>>): SplitWeights {
  const names = Object.keys(weights).sort()
  if (names.length === 0) throw refused('found no variant, expected at least one')
  const ppm: number[] = []
  let sum = 0
  for (const name of names) {
    const weight: unknown = weights[name]
    if (typeof weight !== 'number' || !Number.isInteger(weight) || weight < 0 || weight > WHOLE) {
      throw refused(`variant '${name}' has the weight ${String(weight)}, expected an integer from 0 to ${WHOLE}`, name)
    }
    ppm.push(weight)
    sum += weight
  }
  if (sum !== WHOLE) {
    const found = names.map((name, index) => `${name} ${ppm[index]}`).join(' + ')
    throw refused(`the weights add up to ${sum} (${found}), expected ${WHOLE}`)
  }
  return { names, ppm }
}

function refused(detail: string, path?: string): AboxError {
  return new AboxError(splitterErrors.ABOX_SPLIT_WEIGHTS, detail, path === undefined ? {} : { path })
}
