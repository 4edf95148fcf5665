import { contractErrors } from '#contracts/errors'
import { AboxError } from '#core/errors'
import type { ManagedDocument } from './kinds.ts'

/** Which addresses documents may name, as far as it can be told without looking up a name. */
export interface OriginRules {
  /** Why an origin may not be called, with what was found and what is allowed; undefined: it may. */
  refusalOf(origin: string, whose: Whose): string | undefined
}

/** `internal`: of a cluster of our own. */
export type Whose = 'internal' | 'thirdParty'

interface Named {
  readonly path: string
  readonly origin: string
  readonly whose: Whose
}

/**
 * Refuses a document that names an address which must not be called, by PUT, undo, split or as what follows another change.
 * What stood in it before is let through: when the configuration has become stricter, a split must still be moved away.
 * Throws ABOX_DOCUMENT_INVALID.
 */
export function checkOrigins(document: ManagedDocument, before: ManagedDocument | undefined, rules: OriginRules): void {
  const known = new Set(before === undefined ? [] : originsOf(before).map(({ origin, whose }) => `${whose} ${origin}`))
  for (const { path, origin, whose } of originsOf(document)) {
    if (known.has(`${whose} ${origin}`)) continue
    const refusal = rules.refusalOf(origin, whose)
    if (refusal === undefined) continue
    const name = 'name' in document ? document.name : ''
    const text = `${document.kind} ${name}: ${path}: found "${origin.slice(0, 200)}": ${refusal}`
    throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, text, { path })
  }
}

function originsOf(document: ManagedDocument): Named[] {
  if (document.kind === 'Endpoint') return [{ path: 'origin', origin: document.origin, whose: 'thirdParty' }]
  if (document.kind !== 'Model') return []
  return document.variants.flatMap(({ name, endpoint, endpoints = [] }) =>
    endpoints.map((origin, index): Named => {
      const path = `variants[${name}].endpoints[${index}]`
      return { path, origin, whose: endpoint === undefined ? 'internal' : 'thirdParty' }
    })
  )
}
