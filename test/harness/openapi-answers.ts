import { Compile } from 'typebox/compile'

type Json = Readonly<Record<string, unknown>>

/** What an OpenAPI document of ours says of answers; JSON Schema with references to `components.schemas` only. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

/** An answer, and what it answers. */
export interface Answered {
  readonly method: string
  /** As it was asked for, without the query. */
  readonly path: string
  readonly status: number
  readonly body: unknown
}

/**
 * Compares answers with an OpenAPI document: gives what is wrong with one, '' where it has all that its schema wants and
 * nothing that stands not in it. A schema lets a reader meet fields that are new to him; ours has to name each one.
 */
export function createAnswerCheck({ paths, components }: OpenApi): (answered: Answered) => string {
  const patterns = Object.keys(paths)
    // `{key}` also matches what another path has as a word of its own: words come first.
    .sort((one, other) => one.split('{').length - other.split('{').length)
    .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`) }))
  return ({ method, path, status, body }) => {
    const found = patterns.find(({ pattern }) => pattern.test(path))?.path
    const operation = found === undefined ? undefined : paths[found]?.[method.toLowerCase()]
    if (operation === undefined) return `${method} ${path}: the document has no such operation`
    const { responses } = operation as { responses: Readonly<Record<string, { readonly content?: Json }>> }
    const where = `${method} ${found} ${status}`
    const content = responses[status]?.content?.['application/json'] as { readonly schema?: unknown } | undefined
    if (content?.schema === undefined) return `${where}: the document has no answer in JSON`
    const errors = wrongWith(content.schema, body, components.schemas)
    return errors === '' ? '' : `${where}: ${errors}`
  }
}

/** What is wrong with a value by a schema, in which nothing else may stand than what it names. */
export function wrongWith(schema: unknown, value: unknown, named: Readonly<Record<string, object>> = {}): string {
  const compiled = Compile(close(schema, named) as Parameters<typeof Compile>[0])
  if (compiled.Check(value)) return ''
  return JSON.stringify(compiled.Errors(value).slice(0, 5))
}

/** The same schema with its references in place, and objects closed unless they say that they are open. */
function close(schema: unknown, named: Readonly<Record<string, object>>): unknown {
  if (Array.isArray(schema)) return schema.map((part) => close(part, named))
  if (typeof schema !== 'object' || schema === null) return schema
  const { $ref, ...rest } = schema as Json
  if (typeof $ref === 'string') return close(named[$ref.slice('#/components/schemas/'.length)], named)
  const closed = Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, close(part, named)]))
  if (rest['type'] !== 'object' || rest['properties'] === undefined) return closed
  return { additionalProperties: false, ...closed }
}
