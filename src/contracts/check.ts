import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { AboxError, type ErrorRow } from '#core/errors'
import { isDeeper } from './depth.ts'

/** Checks values of one schema; compiled once. */
export interface Checker<S extends TSchema> {
  /** `source` names where the value came from (file or node). Throws `row` with one line: source, path, found, expected. */
  check(value: unknown, source: string): Static<S>
}

interface SchemaError {
  readonly keyword: string
  /** Where the rule stands in the schema, `#/properties/methods/items`. */
  readonly schemaPath: string
  readonly instancePath: string
  readonly message: string
  readonly params: Readonly<Record<string, unknown>>
}

export function createChecker<S extends TSchema>(schema: S, row: ErrorRow): Checker<S> {
  const compiled = Compile(schema)
  return {
    check(value, source) {
      if (compiled.Check(value)) return value as Static<S>
      const error = mostTelling(compiled.Errors(value) as unknown as SchemaError[])
      const path = error.instancePath.slice(1).replaceAll('/', '.') || '(whole document)'
      throw new AboxError(row, `${source}: ${path}: ${explain(error, value, schema)}`, { path })
    }
  }
}

/** An unknown key is reported twice, once as "schema is false" for the key: the list of unknown keys says more. */
function mostTelling(errors: readonly SchemaError[]): SchemaError {
  const telling = errors.filter((error) => error.keyword !== 'boolean')
  return (
    telling[0] ?? errors[0] ?? { keyword: '', schemaPath: '#', instancePath: '', message: 'is not valid', params: {} }
  )
}

/** Values that may be credentials: the text goes into logs, receipts and answers. */
const SECRET = /\/headers\/|\/(password|current|token)$/

function explain(error: SchemaError, root: unknown, schema: TSchema): string {
  const secret = SECRET.test(error.instancePath)
  const found = secret ? 'a value that is not shown' : print(valueAt(root, error.instancePath))
  const { params } = error
  if (error.keyword === 'additionalProperties') {
    const keys = keysOf(valueAt(schema, error.schemaPath))
    return `found unknown key ${print(firstOf(params['additionalProperties']))}, expected only ${keys.join(', ')}`
  }
  if (error.keyword === 'required') return `key ${print(firstOf(params['requiredProperties']))} is missing`
  if (error.keyword === 'enum') return `found ${found}, expected one of ${print(params['allowedValues'])}`
  if (error.keyword === 'type') return `found ${found}, expected ${print(params['type'])}`
  if (error.keyword === 'const') return `found ${found}, expected ${print(params['allowedValue'])}`
  return `found ${found}, it ${error.message}`
}

const firstOf = (list: unknown): unknown => (Array.isArray(list) ? list[0] : list)

/** Of an object's schema; of a map its pattern. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return ['keys of the schema']
  const { properties = {}, patternProperties = {} } = schema as Record<string, object | undefined>
  return [...Object.keys(properties), ...Object.keys(patternProperties)]
}

function valueAt(root: unknown, pointer: string): unknown {
  let at = root
  for (const key of pointer.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as Record<string, unknown>)[key.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return at
}

function print(value: unknown): string {
  // JSON.stringify calls itself for each level.
  if (isDeeper(value)) return 'a value of more levels than can be shown'
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
