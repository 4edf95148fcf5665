import type { Kysely } from 'kysely'
import type { Cluster } from '#contracts/cluster'
import type { Endpoint } from '#contracts/endpoint'
import type { Hook } from '#contracts/hook'
import type { Model } from '#contracts/model'
import { checkEndpointRules } from '#contracts/model-rules'
import { AboxError } from '#core/errors'
import { managerErrors } from '../errors.ts'
import { readDocument, type StoredDocument } from '../store/documents.ts'
import type { Tables } from '../store/schema.ts'
import { checkEnvironment } from './check-environment.ts'
import { checkHook, digestsOf } from './check-hook.ts'
import { checkHeaders, checkModel } from './check-model.ts'
import { checkService } from './check-service.ts'
import type { Kind, ManagedDocument } from './kinds.ts'
import type { Relation } from './relations.ts'

/** May a document that he writes name this one? */
export type MayName = (named: StoredDocument) => boolean

/** What else is known of a change. */
interface ContentContext {
  readonly changed?: Endpoint
  readonly before?: ManagedDocument | undefined
  readonly mayName?: MayName
}

/**
 * All that a schema cannot say: within the document, and about those that it names. `changed` is an endpoint that is
 * being changed with it. `mayName`: what it is false for is refused as if it were not there, so that nobody learns of it;
 * what `before` named already is let through, so that a split can still be moved. Throws ABOX_DOCUMENT_INVALID, ABOX_SPLIT_WEIGHTS, ABOX_REFERENCE.
 */
export async function checkContent(
  db: Kysely<Tables>,
  kind: Kind,
  scope: string,
  document: ManagedDocument,
  { changed, before, mayName = () => true }: ContentContext = {}
): Promise<void> {
  if (document.kind === 'Model') checkModel(document)
  else if (document.kind === 'Service') checkService(document)
  else if (document.kind === 'Hook') checkHook(document)
  else if (document.kind === 'Environment') await checkEnvironment(db, document)
  else if (document.kind === 'Endpoint') {
    checkEndpointRules(document, `Endpoint ${document.name}`)
    checkHeaders(document.headers, `Endpoint ${document.name}`)
  }
  const where = `${document.kind} ${kind.keyOf(document)}`
  const seen = new Set<string>()
  const known = new Set(before === undefined ? [] : kind.relationsOf(before, scope).map(idOf))
  for (const relation of kind.relationsOf(document, scope)) {
    const id = idOf(relation)
    if (seen.has(id)) continue
    seen.add(id)
    const found = await readDocument(db, relation)
    if (found !== undefined && !found.deleted && (known.has(id) || mayName(found))) continue
    const text = `${where}: ${relation.path}: found ${relation.kind} "${relation.key}", which does not exist`
    throw refused(text, `${relation.kind} ${relation.key}`)
  }
  if (document.kind === 'Model') await checkClusters(db, scope, document, changed)
  if (document.kind === 'Hook') await checkBundles(db, document)
  if (document.kind === 'BusinessGroup')
    await checkUsers(
      db,
      document.members.map(({ user }) => user),
      where
    )
}

const idOf = ({ scope, kind, key }: Relation): string => `${scope} ${kind} ${key}`

/** A variant of somebody else's fleet names who it is; one of our own does not. */
async function checkClusters(
  db: Kysely<Tables>,
  scope: string,
  { name, variants }: Model,
  changed: Endpoint | undefined
): Promise<void> {
  for (const variant of variants) {
    const where = `Model ${name}: variants[${variant.name}]`
    const cluster = await readDocument(db, { scope, kind: 'Cluster', key: variant.cluster })
    const foreign = (cluster?.document as Cluster | undefined)?.type === 'third-party'
    if (foreign !== (variant.endpoint !== undefined)) {
      const wanted = foreign ? '`endpoint`, because its cluster is a third party' : 'no `endpoint`'
      throw refused(`${where}: expected ${wanted}`)
    }
    if (variant.endpoint === undefined || variant.state === 'offline') continue
    const stored = await readDocument(db, { scope, kind: 'Endpoint', key: variant.endpoint })
    const endpoint = changed?.name === variant.endpoint ? changed : (stored?.document as Endpoint | undefined)
    if (endpoint?.state === 'offline') {
      throw refused(`${where}.endpoint: found "${variant.endpoint}", which is offline, and the variant is not`)
    }
  }
}

async function checkBundles(db: Kysely<Tables>, hook: Hook): Promise<void> {
  const digests = digestsOf(hook)
  const rows = await db
    .selectFrom('bundles')
    .select('digest')
    .where('business_group', '=', hook.businessGroup ?? '')
    .where('digest', 'in', digests)
    .execute()
  const there = new Set(rows.map(({ digest }) => digest))
  const missing = digests.find((digest) => !there.has(digest))
  if (missing === undefined) return
  const text = `Hook ${hook.name}: found ${missing}, whose code was not uploaded for this business group`
  throw refused(text, `Bundle ${missing}`)
}

async function checkUsers(db: Kysely<Tables>, names: readonly string[], where: string): Promise<void> {
  if (names.length === 0) return
  const rows = await db
    .selectFrom('users')
    .select('name')
    .where('name', 'in', [...names])
    .execute()
  const there = new Set(rows.map(({ name }) => name))
  const missing = names.find((name) => !there.has(name))
  if (missing !== undefined) throw refused(`${where}: members: found "${missing}", who is no user`)
}

const refused = (text: string, missing?: string): AboxError =>
  new AboxError(managerErrors.ABOX_REFERENCE, text, { missing })
