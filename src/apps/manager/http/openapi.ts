import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { Split } from '#contracts/model'
import { kinds } from '../documents/kinds.ts'
import { Problem } from './problem.ts'

/** Schemas that stand in the document once, word for word, by what they are called there. */
const NAMED = new Map<unknown, string>([
  ...kinds.map(({ schema, kind }) => [schema, kind] as const),
  [Split, 'Split'],
  [Problem, 'Problem']
])
/** Marks a named schema on its way through @fastify/swagger, which rewrites what it sees for OpenAPI 3.0 (patterns of keys). */
const MARK = 'x-schema'

/** `cookie`: name of the session's. */
export const swaggerOptions = (cookie: string): FastifyDynamicSwaggerOptions => ({
  openapi: {
    openapi: '3.1.0',
    info: { title: 'ABox manager', version: '1' },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: cookie }
      }
    },
    security: [{ token: [] }, { session: [] }]
  },
  transform: ({ schema, url, route }) => {
    const isPublic = (route.config as { readonly public?: boolean } | undefined)?.public === true
    return { schema: { ...(mark(schema) as typeof schema), ...(isPublic && { security: [] }) }, url }
  }
})

/** The OpenAPI document of all routes that the server has. */
export function describeApi(server: FastifyInstance): object {
  const document = unmark(server.swagger()) as { readonly components?: object }
  const schemas = Object.fromEntries([...NAMED].map(([schema, name]) => [name, schema]))
  return { ...document, components: { ...document.components, schemas } }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function mark(value: unknown): unknown {
  const name = NAMED.get(value)
  if (name !== undefined) return { type: 'object', [MARK]: name }
  return mapParts(value, mark)
}

function unmark(value: unknown): unknown {
  const name = isObject(value) ? value[MARK] : undefined
  if (typeof name === 'string') return { $ref: `#/components/schemas/${name}` }
  return mapParts(value, unmark)
}

function mapParts(value: unknown, map: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, map(part)]))
}
