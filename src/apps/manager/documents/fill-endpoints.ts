import type { Kysely } from 'kysely'
import type { Endpoint } from '#contracts/endpoint'
import type { Variant } from '#contracts/model'
import { readDocument } from '../store/documents.ts'
import type { Tables } from '../store/schema.ts'
import type { ManagedDocument } from './kinds.ts'

/**
 * A model's variants that name an Endpoint document get its origin, headers and health path. `changed` counts in place of
 * what is stored under its name. One that does not exist is left for `checkContent` to refuse, which says so of one that may
 * not be named in the same words.
 */
export async function fillEndpoints(
  db: Kysely<Tables>,
  document: ManagedDocument,
  scope: string,
  changed?: Endpoint
): Promise<ManagedDocument> {
  if (document.kind !== 'Model') return document
  const variants: Variant[] = []
  for (const variant of document.variants) {
    const endpoint = variant.endpoint === undefined ? undefined : await find(db, variant.endpoint, scope, changed)
    variants.push(endpoint === undefined ? variant : fill(variant, endpoint))
  }
  return { ...document, variants }
}

async function find(
  db: Kysely<Tables>,
  name: string,
  scope: string,
  changed: Endpoint | undefined
): Promise<Endpoint | undefined> {
  if (changed?.name === name) return changed
  const found = await readDocument(db, { scope, kind: 'Endpoint', key: name })
  return found === undefined || found.deleted ? undefined : (found.document as Endpoint)
}

function fill(variant: Variant, endpoint: Endpoint): Variant {
  const { health: _, headers: __, ...rest } = variant
  const { origin, headers, health } = endpoint
  return {
    ...rest,
    endpoints: [origin],
    ...(headers !== undefined && { headers }),
    ...(health !== undefined && { health })
  }
}
