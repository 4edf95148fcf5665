import type { Model } from '#contracts/model'
import { usage } from '../line-options.ts'
import { shownShare } from './show.ts'

const ALL = 1_000_000

/** As the Model document has it. */
export type Split = NonNullable<Model['split']>

/** `seldon=25%` or `seldon=250000ppm` as [name, parts per million]. ABOX_CLI_USAGE. */
export function readShare(text: string): [name: string, ppm: number] {
  const parts = /^([A-Za-z0-9][A-Za-z0-9._-]*)=(\d{1,7}(?:\.\d{1,4})?)(%|ppm)$/.exec(text)
  const [, name = '', number = '', unit] = parts ?? []
  const ppm = unit === '%' ? Number(number) * 10_000 : Number(number)
  const whole = Math.round(ppm)
  if (parts !== null && Math.abs(whole - ppm) < 1e-6 && whole <= ALL) return [name, whole]
  throw usage(`found "${text}", expected a share as seldon=25% or seldon=250000ppm`)
}

/** Shares of different variants. ABOX_CLI_USAGE. */
export function readShares(texts: readonly string[]): ReadonlyMap<string, number> {
  const shares = new Map<string, number>()
  for (const text of texts) {
    const [name, ppm] = readShare(text)
    if (shares.has(name)) throw usage(`found ${name} twice, expected each variant once`)
    shares.set(name, ppm)
  }
  return shares
}

/** All weights anew; they must be the whole. ABOX_CLI_USAGE. */
export function setWeights(split: Split, shares: ReadonlyMap<string, number>): Split {
  const sum = [...shares.values()].reduce((total, ppm) => total + ppm, 0)
  if (sum !== ALL) throw usage(`found shares of ${shownShare(sum)} together, expected 100%`)
  const zeroes = Object.keys(split.weights).map((name): [string, number] => [name, 0])
  return { ...split, weights: { ...Object.fromEntries(zeroes), ...Object.fromEntries(shares) } }
}

/**
 * One variant gets this share; the others divide the rest as they did before, to the part per million. Where they had
 * nothing, there must be one other, which gets it. ABOX_CLI_USAGE.
 */
export function shiftWeight(split: Split, name: string, ppm: number): Split {
  const others = Object.entries(split.weights).filter(([other]) => other !== name)
  const before = others.reduce((total, [, weight]) => total + weight, 0)
  const rest = ALL - ppm
  const [only, second] = others
  if (before === 0 && rest > 0) {
    if (only === undefined || second !== undefined) {
      throw usage(`found nothing to divide the other ${shownShare(rest)} by; use \`abox split set\` with all shares`)
    }
    return { ...split, weights: { ...split.weights, [only[0]]: rest, [name]: ppm } }
  }
  // In the order in which they were, the new one last.
  const weights: Record<string, number> = { ...split.weights, [name]: ppm }
  let left = rest
  let leftBefore = before
  for (const [other, weight] of others) {
    // The last one takes what rounding has left.
    const share = leftBefore === 0 ? 0 : Math.round((left * weight) / leftBefore)
    weights[other] = share
    left -= share
    leftBefore -= weight
  }
  return { ...split, weights }
}

/** One variant gives its whole share to another. */
export function moveWeight(split: Split, from: string, to: string): Split {
  const { weights } = split
  return { ...split, weights: { ...weights, [from]: 0, [to]: (weights[to] ?? 0) + (weights[from] ?? 0) } }
}

/** As `legacy 75%, seldon 25%`. */
export function printSplit({ weights, kill }: Split): string {
  const shares = Object.entries(weights).map(([name, ppm]) => `${name} ${shownShare(ppm)}`)
  return kill === undefined ? shares.join(', ') : `KILL is on: all to ${kill} (without it ${shares.join(', ')})`
}

/** A column that is there while the kill switch is on: which variant has the calls. */
export function callsUnderKill({ kill }: Split, variant: string): object {
  return kill === undefined ? {} : { kill: variant === kill ? 'all calls' : 'none' }
}
