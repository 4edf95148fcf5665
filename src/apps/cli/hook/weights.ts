import { AboxError } from '#core/errors'
import { usage } from '../line-options.ts'
import { hookErrors } from './errors.ts'

/** All calls, in parts per million. */
export const ALL_PPM = 1_000_000

/**
 * A share of calls as a person writes it, exactly: `1%`, `0.25%` (to the part per million), `500ppm`.
 * Throws ABOX_CLI_USAGE.
 */
export function parseWeight(text: string): number {
  const ppm = /^(\d{1,7})ppm$/.exec(text)
  const percent = /^(\d{1,3})(?:\.(\d{1,4}))?%$/.exec(text)
  let value = -1
  if (ppm !== null) value = Number(ppm[1])
  else if (percent !== null) value = Number(percent[1]) * 10_000 + Number((percent[2] ?? '').padEnd(4, '0'))
  if (value >= 0 && value <= ALL_PPM) return value
  throw usage(
    `--weight: found "${text}", expected 0% to 100%, such as 1% or 0.25%, or parts per million, such as 500ppm`
  )
}

/** As `1%` or `0.0005%`, exactly. */
export function printWeight(ppm: number): string {
  return `${ppm / 10_000}%`
}

/**
 * Gives the version at `index` a weight; the others share the rest in proportion to what they have now. The result adds up
 * to ALL_PPM exactly: shares are cut to whole parts per million and the parts left over go to the largest remainders, of
 * equal ones to the earlier version. A version without weight stays without. Where none of the others has weight, a single
 * one takes the rest; of several none is meant more than another, which is ABOX_HOOK_WEIGHT.
 */
export function reweigh(weights: readonly number[], index: number, ppm: number): number[] {
  const rest = ALL_PPM - ppm
  const others = weights.map((weight, i) => (i === index ? 0 : weight))
  const sum = others.reduce((total, weight) => total + weight, 0)
  if (sum === 0) return giveRest(weights, index, ppm)
  // Products stay below 10^12, so doubles hold them exactly.
  const shares = others.map((weight) => Math.floor((weight * rest) / sum))
  let left = rest - shares.reduce((total, share) => total + share, 0)
  const byRemainder = others
    .map((weight, i) => ({ i, remainder: (weight * rest) % sum }))
    .filter(({ remainder }) => remainder > 0)
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i)
  for (const { i } of byRemainder) {
    if (left === 0) break
    shares[i] = (shares[i] as number) + 1
    left--
  }
  shares[index] = ppm
  return shares
}

function giveRest(weights: readonly number[], index: number, ppm: number): number[] {
  const rest = ALL_PPM - ppm
  if (rest > 0 && weights.length !== 2) {
    throw new AboxError(
      hookErrors.ABOX_HOOK_WEIGHT,
      weights.length === 1
        ? `found ${printWeight(ppm)} for the only version, expected ${printWeight(ALL_PPM)}`
        : `found no weight at the other ${weights.length - 1} versions to share ${printWeight(rest)} by; promote the one of them that is to take it`
    )
  }
  return weights.map((_, i) => (i === index ? ppm : rest))
}
