import { compareNumbers } from '#lib/numeric-diff'
import { type HookJson, type HookObject, isObject, printHookJson } from './json.ts'

/** One place where what a hook gave is not what its sample expects. */
export interface HookDifference {
  /** As `items[2].score`; '' is the whole value. */
  readonly path: string
  /** JSON texts, shortened; undefined where there is nothing. */
  readonly expected?: string | undefined
  readonly found?: string | undefined
}

const MAX_TEXT = 120

/**
 * All differences, in the order of what was expected. Numbers are compared as in a replay (lib/numeric-diff): the same
 * double, or the same integer where they are beyond 2^53; NaN is the same as NaN. `tolerance` is a part of the larger of
 * both, near zero too, and is not for two integers: they are ids or counts. A number is never the same as a text.
 */
export function diffHookJson(expected: HookJson, found: HookJson, tolerance = 0): HookDifference[] {
  const differences: HookDifference[] = []
  compare(expected, found, '', tolerance, differences)
  return differences
}

function compare(expected: HookJson, found: HookJson, path: string, tolerance: number, out: HookDifference[]): void {
  if (Array.isArray(expected) && Array.isArray(found)) {
    compareLists(expected, found, path, tolerance, out)
  } else if (isObject(expected) && isObject(found)) {
    compareObjects(expected, found, path, tolerance, out)
  } else if (!isSame(expected, found, tolerance)) {
    out.push({ path, expected: shown(expected), found: shown(found) })
  }
}

function compareLists(
  expected: readonly HookJson[],
  found: readonly HookJson[],
  path: string,
  tolerance: number,
  out: HookDifference[]
): void {
  const both = Math.min(expected.length, found.length)
  for (let i = 0; i < both; i++) {
    compare(expected[i] as HookJson, found[i] as HookJson, `${path}[${i}]`, tolerance, out)
  }
  for (let i = both; i < expected.length; i++) {
    out.push({ path: `${path}[${i}]`, expected: shown(expected[i] as HookJson) })
  }
  for (let i = both; i < found.length; i++) out.push({ path: `${path}[${i}]`, found: shown(found[i] as HookJson) })
}

function compareObjects(
  expected: HookObject,
  found: HookObject,
  path: string,
  tolerance: number,
  out: HookDifference[]
): void {
  for (const [key, value] of expected) {
    const other = found.get(key)
    const at = pathTo(path, key)
    if (other === undefined) out.push({ path: at, expected: shown(value) })
    else compare(value, other, at, tolerance, out)
  }
  for (const [key, value] of found) {
    if (!expected.has(key)) out.push({ path: pathTo(path, key), found: shown(value) })
  }
}

function isSame(expected: HookJson, found: HookJson, relative: number): boolean {
  if (expected === found || !isNumber(expected) || !isNumber(found)) return expected === found
  const verdict = compareNumbers(printHookJson(expected), printHookJson(found), { relative })
  return verdict === 'equal' || verdict === 'within'
}

const isNumber = (value: HookJson): boolean => typeof value === 'number' || typeof value === 'bigint'

/** A key that is no plain name stands in brackets, as in JavaScript. */
export function pathTo(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}

function shown(value: HookJson): string {
  const text = printHookJson(value)
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length} characters)`
}
