import type { Kysely } from 'kysely'
import type { Endpoint } from '#contracts/endpoint'
import type { Variant } from '#contracts/model'
import { AboxError } from '#core/errors'
import { managerErrors } from '../errors.ts'
import { readDocument } from '../store/documents.ts'
import type { Tables } from '../store/schema.ts'
import type { ManagedDocument } from './kinds.ts'

/**
 * A model's variants that name an Endpoint document get its origin, headers and health path. `changed` counts in place of
 * what is stored under its name. Throws ABOX_REFERENCE.
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
    if (variant.endpoint === undefined) variants.push(variant)
    else variants.push(fill(variant, await find(db, variant.endpoint, scope, changed), document.name))
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

function fill(variant: Variant, endpoint: Endpoint | undefined, model: string): Variant {
  if (endpoint === undefined) {
    const path = `Model ${model}: variants[${variant.name}].endpoint`
    throw new AboxError(managerErrors.ABOX_REFERENCE, `${path}: found "${variant.endpoint}", which does not exist`)
  }
  const { health: _, headers: __, ...rest } = variant
  const { origin, headers, health } = endpoint
  return {
    ...rest,
    endpoints: [origin],
    ...(headers !== undefined && { headers }),
    ...(health !== undefined && { health })
  }
}
