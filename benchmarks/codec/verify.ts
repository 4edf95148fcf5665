import { isDeepStrictEqual } from 'node:util'
import { decodeBytes } from '../../src/lib/hessian2/index.ts'
import { plainOf } from '../plain.ts'
import type { Abox, Corpus } from './abox.ts'
import { type HessianJs, toHessianJs } from './hessian-js.ts'
import type { HessianLite } from './hessian-lite.ts'

/** Every contender has to mean the same by every payload before it is measured. Throws with the first that does not. */
export async function verify(
  corpus: Corpus,
  abox: Abox,
  hessianJs: HessianJs | undefined,
  lites: readonly HessianLite[]
): Promise<void> {
  const { values, wire, plain, text } = corpus
  const indexes = values.map((_, index) => index)
  const check = (what: string, results: readonly unknown[], expected = plain): void => {
    const wrong = results.findIndex((result, index) => !isDeepStrictEqual(result, expected[index]))
    if (wrong >= 0) throw new Error(`${corpus.name}: ${what}: ${difference(results[wrong], expected[wrong], '')}`)
  }
  check('ABox decode', indexes.map(abox.decode).map(plainOf))
  check('ABox encode', indexes.map(abox.encode).map(read))
  check('ABox to JSON', indexes.map(abox.toJson).map(String).map(parse))
  check('ABox from JSON, typed', indexes.map(abox.fromJsonTyped).map(read))
  check('ABox from JSON, untyped', indexes.map(abox.fromJsonUntyped).map(read))
  check('JSON', text.map(parse))
  if (hessianJs !== undefined) {
    const wrapped = values.map(toHessianJs)
    check('hessian.js decode', wire.map(hessianJs.decode).map(withMs), plain.map(withoutClass))
    check('hessian.js encode', wrapped.map(hessianJs.encode).map(read))
  }
  for (const lite of lites) {
    check(`${lite.name}, decode and encode`, (await lite.reencode(wire)).map(read))
    check(
      `${lite.name}, decode and encode of what ABox wrote`,
      (await lite.reencode(indexes.map(abox.encode))).map(read)
    )
  }
}

const parse = (text: string): unknown => JSON.parse(text)

function read(bytes: Buffer): unknown {
  const [value = null, ...rest] = decodeBytes(bytes)
  return rest.length === 0 ? plainOf(value) : `${rest.length} values too many`
}

/** hessian.js makes dates of dates. */
function withMs(value: unknown): unknown {
  return mapDeep(value, (part) => (part instanceof Date ? part.getTime() : part))
}

/** hessian.js forgets the class of objects. */
function withoutClass(value: unknown): unknown {
  return mapDeep(value, (part) => {
    if (!isRecord(part)) return part
    const { class: _, ...fields } = part
    return fields
  })
}

function mapDeep(value: unknown, map: (part: unknown) => unknown): unknown {
  const mapped = map(value)
  if (Array.isArray(mapped)) return mapped.map((item) => mapDeep(item, map))
  if (!isRecord(mapped)) return mapped
  return Object.fromEntries(Object.entries(mapped).map(([key, item]) => [key, mapDeep(item, map)]))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** The first place where two values differ. */
function difference(found: unknown, expected: unknown, path: string): string {
  if (typeof found === 'object' && typeof expected === 'object' && found !== null && expected !== null) {
    const [left, right] = [found as Record<string, unknown>, expected as Record<string, unknown>]
    const key = [...Object.keys(right), ...Object.keys(left)].find(
      (name) => !isDeepStrictEqual(left[name], right[name])
    )
    if (key !== undefined) return difference(left[key], right[key], `${path}/${key}`)
  }
  const show = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 100)
  return `at ${path || 'the top'} found ${show(found)}, expected ${show(expected)}`
}
