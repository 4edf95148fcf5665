import { createHash } from 'node:crypto'
import type { TypedJson } from './golden.ts'

/** JSON with each number kept as it is written, and the members of objects in the order of their names. */
export type Parsed = null | boolean | string | { number: string } | Parsed[] | Map<string, Parsed>

/** Reads JSON text without losing digits. */
export function parseJson(text: string): Parsed {
  const exact = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' ? { number: context?.source } : value
  return sorted(JSON.parse(text, exact as (key: string, value: unknown) => unknown))
}

function sorted(value: unknown): Parsed {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value === 'string') return shortened(value)
  if (value === null || typeof value !== 'object' || 'number' in value) return value as Parsed
  return byName(Object.entries(value).map(([name, member]) => [name, sorted(member)]))
}

function byName(entries: [string, Parsed][]): Map<string, Parsed> {
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Typed JSON has the hash of long strings. */
function shortened(text: string): string {
  if (text.length <= 400) return text
  return createHash('sha256').update(Buffer.from(text, 'utf16le').swap16()).digest('hex')
}

/**
 * The JSON that a value should have, made from what Java decoded (typed JSON). `found` is the JSON it has: Java's sets
 * have an order of their own, so their items are put in the order of `found`.
 */
export function expectedJson(typed: TypedJson, found: Parsed, known: Map<number, TypedJson> = new Map()): Parsed {
  if (typed.id !== undefined) known.set(typed.id, typed)
  switch (typed.t) {
    case 'null':
      return null
    case 'ref':
      return expectedJson(known.get(typed.v as number) as TypedJson, found, known)
    case 'list':
    case 'array': {
      const there = Array.isArray(found) ? found : []
      const items = (typed.v as TypedJson[]).map((item, i) => expectedJson(item, there[i] ?? null, known))
      return typed.c === 'java.util.HashSet' ? inOrderOf(items, there) : items
    }
    case 'map':
      return expectedMap(typed, found, known)
    case 'object': {
      const fields = (typed.f as [string, TypedJson][]).map(([name, value]): [string, Parsed] => [
        name,
        expectedJson(value, member(found, name), known)
      ])
      return byName([['class', typed.c as string], ...fields])
    }
    case 'throwable':
      return expectedThrowable(typed, found, known)
    case 'java.lang.StackTraceElement':
      return found
    default:
      return leaf(typed)
  }
}

function expectedMap(typed: TypedJson, found: Parsed, known: Map<number, TypedJson>): Parsed {
  const entries: [string, Parsed][] = []
  for (const [key, value] of typed.v as [TypedJson, TypedJson][]) {
    const name = keyText(key)
    // An exception of a class that Java did not have is a map, and its own cause.
    const itself = name === 'cause' && value.t === 'ref' && value.v === typed.id
    entries.push([name, itself ? null : expectedJson(value, member(found, name), known)])
  }
  const unknown = typed.id === 0 && member(found, 'exceptionClass') !== null
  return byName(unknown ? [['class', member(found, 'class')], ...entries] : entries)
}

/** Only class, message, cause and the fields of its own are recorded of an exception. */
function expectedThrowable(typed: TypedJson, found: Parsed, known: Map<number, TypedJson>): Parsed {
  const expected = new Map<string, Parsed>(found instanceof Map ? found : [])
  expected.set('class', typed.c as string)
  const fields = { detailMessage: typed.message, cause: typed.cause, ...(typed.f as Record<string, TypedJson>) }
  for (const [name, value] of Object.entries(fields)) {
    expected.set(name, expectedJson(value as TypedJson, member(found, name), known))
  }
  return byName([...expected])
}

function member(found: Parsed, name: string): Parsed {
  return found instanceof Map ? (found.get(name) ?? null) : null
}

function inOrderOf(items: Parsed[], found: Parsed[]): Parsed[] {
  const places = found.map((item) => JSON.stringify(item))
  return items.sort((a, b) => places.indexOf(JSON.stringify(a)) - places.indexOf(JSON.stringify(b)))
}

function keyText(key: TypedJson): string {
  return String(key.v ?? 'null')
}

function leaf(typed: TypedJson): Parsed {
  switch (typed.t) {
    case 'boolean':
      return typed.v as boolean
    case 'string':
      return typed.sha256 ?? (typed.v as string)
    case 'int':
    case 'long':
    case 'date':
    case 'java.math.BigDecimal':
    case 'java.math.BigInteger':
      return { number: String(typed.v) }
    case 'double':
    case 'float':
      return { number: doubleText(typed) }
    case 'bytes':
      return Buffer.from(typed.v as string, 'hex').toString('base64')
    default:
      return typed.v as string
  }
}

function doubleText(typed: TypedJson): string {
  const value = typed.t === 'double' ? Number(typed.v) : Math.fround(Number(typed.v))
  const text = String(value).replace('e+', 'e')
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}
