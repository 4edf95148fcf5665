import { setImmediate as turn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Difference } from '#contracts/api/difference'
import { MAX_DOCUMENT_BYTES } from '#contracts/common'
import { isDeeper, TOO_DEEP } from '#contracts/depth'
import type { Endpoint } from '#contracts/endpoint'
import { contractErrors } from '#contracts/errors'
import { AboxError } from '#core/errors'
import type { Actor } from '../actor.ts'
import { managerErrors } from '../errors.ts'
import { type DocumentId, readDocument, type StoredDocument } from '../store/documents.ts'
import type { Tables } from '../store/schema.ts'
import { checkContent, type MayName } from './check-content.ts'
import { checkOffline, leavesNothing } from './check-offline.ts'
import { checkOnline } from './check-online.ts'
import { checkOrigins, type OriginRules } from './check-origins.ts'
import { differences } from './difference.ts'
import { fillEndpoints } from './fill-endpoints.ts'
import { type Kind, kindNamed, type ManagedDocument } from './kinds.ts'

/** So many documents that follow are looked at, or written, before others have their turn. */
export const FOLLOW_AT_ONCE = 20

/** What somebody wants. */
export interface ChangeRequest {
  readonly scope: string
  readonly kind: Kind
  readonly key: string
  /** As it came; undefined: the document is to be deleted. */
  readonly body: unknown
  /** The generation that he has seen, or `absent`: there must be no living document. */
  readonly expected: number | 'absent'
  readonly actor: Actor
  /** The verb of the audit; `create`, `change` or `delete` unless given. */
  readonly action?: string
  readonly reason: string
  /** Throws ABOX_FORBIDDEN or ABOX_NOT_FOUND; asked before anything about the document is told. */
  readonly permit: Permit
  /** Which documents it may name. */
  readonly mayName: MayName
  /** Which documents it may be told of; all unless given. */
  readonly isSeen?: (document: StoredDocument) => boolean
  /** Which addresses it may name. */
  readonly origins: OriginRules
}

/** May he do this? `before` and `after` are absent where there is no document; `last`: what it said before it was deleted. */
export type Permit = (change: {
  readonly kind: Kind
  readonly scope: string
  readonly key: string
  readonly before: ManagedDocument | undefined
  readonly last?: ManagedDocument | undefined
  readonly after: ManagedDocument | undefined
  readonly difference: readonly Difference[]
}) => void

/** What would be written: nothing of it has been. */
export interface Plan extends DocumentId {
  readonly actor: Actor
  readonly action: string
  readonly reason: string
  readonly before: StoredDocument | undefined
  /** Undefined: it is deleted. */
  readonly after: ManagedDocument | undefined
  /** After the change; that of before where nothing differs. */
  readonly generation: number
  readonly businessGroup: string
  /** Empty: there is nothing to write. */
  readonly difference: readonly Difference[]
  /** Other documents that change with it. */
  readonly follow: readonly Plan[]
}

/**
 * Checks a change against the document as it is and against all those that it names or that name it. Throws
 * ABOX_FORBIDDEN and ABOX_NOT_FOUND (from `permit`), ABOX_GENERATION, ABOX_DOCUMENT_INVALID, ABOX_SPLIT_WEIGHTS,
 * ABOX_REFERENCE, ABOX_NOT_READY.
 */
export async function planChange(db: Kysely<Tables>, request: ChangeRequest): Promise<Plan> {
  const { scope, kind, key, body, expected, actor, reason, permit, mayName, origins } = request
  const id = { scope, kind: kind.kind, key }
  const found = await readDocument(db, id)
  const before = found?.deleted === false ? found : undefined
  const after = body === undefined ? undefined : await prepare(db, kind, id, body)
  const difference = differences(before?.document, after)
  const last = found?.deleted ? found.document : undefined
  permit({ kind, scope, key, before: before?.document, last, after, difference })
  checkGeneration(id, before, expected)
  if (after === undefined) await refuseUsed(db, id, request.isSeen)
  else {
    await checkContent(db, kind, scope, after, { before: before?.document, mayName })
    checkOrigins(after, before?.document, origins)
    checkOnline(request.action, before?.document, after)
    checkOffline(request.action, before?.document, after)
    if (leavesNothing(before?.document, after)) {
      const found = `Model ${key}: variants: found all of them offline, expected one online while it`
      await refuseUsed(db, id, request.isSeen, found)
    }
    await checkFleet(db, id, before?.document, after, request.isSeen)
  }
  const generation = (found?.generation ?? 0) + (difference.length === 0 ? 0 : 1)
  const action = request.action ?? verbOf(before, after)
  const businessGroup = after === undefined ? (before?.businessGroup ?? '') : kind.groupOf(after)
  const plan = { ...id, actor, action, reason, before, after, generation, businessGroup, difference }
  return { ...plan, follow: await follow(db, plan, origins) }
}

/** The document that is to be stored. Throws ABOX_DOCUMENT_INVALID. */
async function prepare(db: Kysely<Tables>, kind: Kind, id: DocumentId, body: unknown): Promise<ManagedDocument> {
  const where = `${kind.kind} ${id.key}`
  if (isDeeper(body)) throw invalid(`${where}: ${TOO_DEEP}`)
  const checked = kind.check(body, where)
  const named = kind.keyOf(checked)
  if (named !== id.key) {
    throw invalid(`${where}: found the document of "${named.slice(0, 100)}", expected that of "${id.key}"`)
  }
  // Who changed it is what the manager knows, not what somebody writes.
  const { generation: _, changedBy: __, reason: ___, ...plain } = checked
  const document = await fillEndpoints(db, plain as ManagedDocument, id.scope)
  const bytes = Buffer.byteLength(JSON.stringify(document))
  // Room for the three fields that publishing adds.
  if (bytes > MAX_DOCUMENT_BYTES - 16_384) {
    throw invalid(`${where}: found ${bytes} bytes, expected at most ${MAX_DOCUMENT_BYTES - 16_384}`)
  }
  return document
}

function checkGeneration(id: DocumentId, before: StoredDocument | undefined, expected: number | 'absent'): void {
  const where = `${id.kind} ${id.key}`
  if (before === undefined) {
    if (expected === 'absent') return
    throw new AboxError(managerErrors.ABOX_GENERATION, `${where}: found none, expected generation ${expected}`)
  }
  if (expected === before.generation) return
  const wanted = expected === 'absent' ? 'none' : `generation ${expected}`
  throw new AboxError(
    managerErrors.ABOX_GENERATION,
    `${where}: found generation ${before.generation} of ${before.changedBy}, expected ${wanted}`
  )
}

async function refuseUsed(
  db: Kysely<Tables>,
  { scope, kind, key }: DocumentId,
  isSeen: ChangeRequest['isSeen'] = () => true,
  subject = `${kind} ${key}`
): Promise<void> {
  const users = await db
    .selectFrom('relations')
    .select(['scope', 'kind', 'key'])
    .where('to_scope', '=', scope)
    .where('to_kind', '=', kind)
    .where('to_key', '=', key)
    .orderBy('key')
    .limit(10)
    .execute()
  if (users.length === 0) return
  const names: string[] = []
  for (const user of users) {
    const found = await readDocument(db, user)
    const isNamed = found !== undefined && isSeen(found)
    names.push(
      isNamed ? `${user.kind} ${user.key}${user.scope === scope ? '' : ` in ${user.scope}`}` : 'one of another group'
    )
  }
  throw new AboxError(managerErrors.ABOX_REFERENCE, `${subject} is still named by ${names.join(', ')}`)
}

/** Variants of a third party name an endpoint and others do not: with the other type no document of them could be changed. */
async function checkFleet(
  db: Kysely<Tables>,
  id: DocumentId,
  before: ManagedDocument | undefined,
  after: ManagedDocument,
  isSeen: ChangeRequest['isSeen']
): Promise<void> {
  if (before?.kind !== 'Cluster' || after.kind !== 'Cluster') return
  if ((before.type === 'third-party') === (after.type === 'third-party')) return
  const found = `Cluster ${id.key}: type: found "${after.type}", expected "${before.type}" while it`
  await refuseUsed(db, id, isSeen, found)
}

/** Models hold a copy of what the endpoints that they name say. */
async function follow(db: Kysely<Tables>, plan: Omit<Plan, 'follow'>, origins: OriginRules): Promise<Plan[]> {
  const kind = kindNamed('Model')
  if (plan.after?.kind !== 'Endpoint' || plan.difference.length === 0) return []
  const rows = await db
    .selectFrom('relations')
    .select('key')
    .where('scope', '=', plan.scope)
    .where('kind', '=', 'Model')
    .where('to_scope', '=', plan.scope)
    .where('to_kind', '=', 'Endpoint')
    .where('to_key', '=', plan.key)
    .orderBy('key')
    .execute()
  const plans: Plan[] = []
  for (const [index, { key }] of rows.entries()) {
    // SQLite answers at once, and nothing else would run meanwhile.
    if (index % FOLLOW_AT_ONCE === FOLLOW_AT_ONCE - 1) await turn()
    const id = { scope: plan.scope, kind: 'Model', key }
    const before = await readDocument(db, id)
    if (before === undefined || before.deleted) continue
    const after = await fillEndpoints(db, before.document, plan.scope, plan.after as Endpoint)
    await checkContent(db, kind, plan.scope, after, { changed: plan.after as Endpoint })
    checkOrigins(after, before.document, origins)
    const difference = differences(before.document, after)
    // Nothing that the model copies, but it may have gone offline.
    if (difference.length === 0) continue
    plans.push({
      ...id,
      actor: plan.actor,
      action: 'change',
      reason: `endpoint ${plan.key}: ${plan.reason}`,
      before,
      after,
      generation: before.generation + 1,
      businessGroup: before.businessGroup,
      difference,
      follow: []
    })
  }
  return plans
}

function verbOf(before: unknown, after: unknown): string {
  if (after === undefined) return 'delete'
  return before === undefined ? 'create' : 'change'
}

const invalid = (text: string): AboxError => new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, text)
