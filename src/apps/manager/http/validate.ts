import type { FastifySchemaCompiler } from 'fastify'
import Type, { type TSchema } from 'typebox'
import { createChecker } from '#contracts/check'
import { kinds } from '../documents/kinds.ts'
import { managerErrors } from '../errors.ts'

/** Bodies that are documents: checked, as headers are, where they are used, after it is known who may. */
const documentSchemas = new Set<unknown>(kinds.map(({ schema }) => schema))

/** Checks parameters, query and body of a request by TypeBox; wrong ones end with ABOX_REQUEST_INVALID. */
export const compileSchema: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  if (documentSchemas.has(schema) || httpPart === 'headers') return () => true
  const checker = createChecker(schema, managerErrors.ABOX_REQUEST_INVALID)
  const textual = httpPart === 'body' ? {} : propertiesOf(schema)
  return (data: unknown) => {
    try {
      return { value: checker.check(coerce(data, textual), httpPart) }
    } catch (error) {
      return { error: error as Error }
    }
  }
}

const propertiesOf = (schema: TSchema): Readonly<Record<string, { readonly type?: string }>> =>
  (schema as { readonly properties?: Readonly<Record<string, { readonly type?: string }>> }).properties ?? {}

/** In a URL everything is text, and a list that has one item looks like the item. */
function coerce(data: unknown, properties: Readonly<Record<string, { readonly type?: string }>>): unknown {
  if (typeof data !== 'object' || data === null || Object.keys(properties).length === 0) return data
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, coerceOne(value, properties[name]?.type)])
  )
}

function coerceOne(value: unknown, type: string | undefined): unknown {
  if (type === 'integer' && typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value)
  if (type === 'array' && typeof value === 'string') return [value]
  return type === 'boolean' && (value === 'true' || value === 'false') ? value === 'true' : value
}

/** An object without further keys. */
export const strict = <T extends Parameters<typeof Type.Object>[0]>(keys: T) =>
  Type.Object(keys, { additionalProperties: false })
