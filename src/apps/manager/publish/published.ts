import { KINDS, publishedPlace } from '#contracts/kinds'
import type { Model } from '#contracts/model'
import type { ManagedDocument } from '../documents/kinds.ts'
import type { RevisionRow } from '../store/schema.ts'

/** The kinds that gateways read, in the order in which additions are published; removals go the other way. */
export const publishedKinds = KINDS.flatMap(({ kind, plural, published }) =>
  published ? { kind, folder: plural } : []
)

/** Name below the environment's folder: `services/<key>`, `models/<name>`, `hooks/<name>`. */
export function placeOf(kind: string, key: string): string {
  return publishedPlace(kind, key) ?? `${kind}/${key}`
}

/** Kind and key of a place. Throws nothing: an unknown folder has the kind ''. */
export function documentAt(place: string): { readonly kind: string; readonly key: string } {
  const [folder = ''] = place.split('/', 1)
  const kind = publishedKinds.find((candidate) => candidate.folder === folder)?.kind ?? ''
  return { kind, key: place.slice(folder.length + 1) }
}

/**
 * What gateways get of a document as it stands in a row of `documents` or `revisions`: JSON text, the same bytes for the
 * same row. Undefined: nothing is published of it (deleted, or a model without a variant that is online).
 */
export function publishedText(
  row: Pick<RevisionRow, 'body' | 'deleted' | 'generation' | 'changed_by' | 'reason'>
): string | undefined {
  if (row.deleted === 1) return undefined
  const whole = JSON.parse(row.body) as ManagedDocument
  const document = whole.kind === 'Model' ? publishedModel(whole) : whole
  if (document === undefined) return undefined
  const { generation, changed_by: changedBy, reason } = row
  return JSON.stringify({ ...document, generation, changedBy, ...(reason !== '' && { reason }) })
}

/**
 * Without what is the manager's alone: see the fields of contracts/model.ts that say so. `endpoint` stays: by it gateways know
 * a third party, whose addresses they check.
 */
function publishedModel({ sample: _, algorithm: __, ...model }: Model): Model | undefined {
  const online = model.variants.filter(({ state }) => state !== 'offline')
  if (online.length === 0) return undefined
  const variants = online.map(({ state: _, ...variant }) => variant)
  if (model.split === undefined) return { ...model, variants }
  // No weight is left for what the gateway does not see; it would refuse the name.
  const names = new Set(variants.map(({ name }) => name))
  const weights = Object.fromEntries(Object.entries(model.split.weights).filter(([name]) => names.has(name)))
  return { ...model, variants, split: { ...model.split, weights } }
}
