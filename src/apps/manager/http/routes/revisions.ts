import Type from 'typebox'
import { type Revision, type RevisionPage, revisionPageOf } from '#contracts/api/revision'
import { AboxError } from '#core/errors'
import { type Kind, kinds, type ManagedDocument } from '../../documents/kinds.ts'
import { managerErrors } from '../../errors.ts'
import { notThere } from '../../identity/permits.ts'
import type { Principal } from '../../identity/principal.ts'
import { maySee, maySeeStored } from '../../identity/visible.ts'
import { listRevisions, readDocument, type StoredDocument } from '../../store/documents.ts'
import type { RevisionRow } from '../../store/schema.ts'
import { type Api, DEFAULT_LIMIT, describeRoute, KeyParam, NOTHING, ReasonQuery } from '../api.ts'
import { ExpectedHeaders, readExpected } from '../conditions.ts'
import { writeOnce } from '../once.ts'
import { strict } from '../validate.ts'
import { change, changed, type DocumentParams, DryRunQuery, folderOf, readVisible, scopeParams } from './documents.ts'

interface RevisionQuery {
  readonly limit?: number
  readonly before?: number
}

/** The columns have 32 bits, and what is behind it is asked for. */
const MOST_GENERATION = 2 ** 31 - 2

const UndoBody = strict({
  to: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_GENERATION })),
  mayDelete: Type.Optional(
    Type.Boolean({ description: 'Also where what it goes back to is no document: before the first, or a deletion' })
  )
})

/** What a document said before, and the way back to it. */
export function revisionRoutes(api: Api): void {
  for (const kind of kinds) {
    const path = `${folderOf(kind)}/:key`
    const params = { ...scopeParams(kind), ...KeyParam }
    api.server.get(
      `${path}/revisions`,
      {
        schema: describeRoute({
          tag: kind.plural,
          summary: `List what one ${kind.kind} said, newest first`,
          params,
          query: {
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: DEFAULT_LIMIT })),
            before: Type.Optional(
              Type.Integer({ minimum: 1, maximum: MOST_GENERATION, description: 'Only generations below' })
            )
          },
          answers: { 200: revisionPageOf(kind.schema) }
        })
      },
      async (request): Promise<RevisionPage> => {
        const { environment: scope = '', key } = request.params as DocumentParams
        const { limit = 20, before } = request.query as RevisionQuery
        const principal = api.principalOf(request)
        const rows = await api.store.read(async (db) => {
          await readVisible(db, principal, kind, scope, key)
          return listRevisions(db, { scope, kind: kind.kind, key }, limit + 1, before)
        })
        const seen = rows.slice(
          0,
          countSeen(rows, (row) => maySeeRevision(principal, kind, row))
        )
        const items = seen.slice(0, limit)
        const last = items.at(-1)
        const isMore = seen.length > limit && last !== undefined
        return { items: items.map(describeRevision), ...(isMore && { next: last.generation }) }
      }
    )
    api.server.post(
      `${path}/undo`,
      {
        schema: describeRoute({
          tag: kind.plural,
          summary: `Give one ${kind.kind} back what it said before its last change, or in the generation \`to\``,
          params,
          query: { ...ReasonQuery, ...DryRunQuery },
          headers: ExpectedHeaders,
          body: UndoBody,
          answers: { 200: changed(kind), 201: kind.schema, 204: NOTHING }
        })
      },
      (request, reply) =>
        writeOnce(api, request, reply, async (db, now) => {
          const { environment: scope = '', key } = request.params as DocumentParams
          const { to, mayDelete = false } = request.body as { readonly to?: number; readonly mayDelete?: boolean }
          const principal = api.principalOf(request)
          const expected = readExpected(request)
          const place = { scope, kind: kind.kind, key }
          // Of one that was deleted there is a tombstone.
          const last = await readDocument(db, place)
          if (last === undefined || !maySeeStored(principal, last)) throw notThere(principal, kind, scope, key)
          const [target] = await listRevisions(db, place, 1, to === undefined ? last.generation : to + 1)
          const isThere = target !== undefined && target.generation === to && maySeeRevision(principal, kind, target)
          if (to !== undefined && !isThere) {
            const text = `${kind.kind} ${key}: found no generation ${to}, expected one up to ${last.generation}`
            throw new AboxError(managerErrors.ABOX_NOT_FOUND, text)
          }
          const body = bodyOf(target)
          // Who has not seen the present one is told that by `change`.
          if (body === undefined && !mayDelete && expected === last.generation) throw nothingBefore(last, to)
          return change(api, db, kind, request, expected, body, now, 'undo')
        })
    )
  }
}

/** Nobody means a deletion by going back. */
function nothingBefore({ kind, key, generation }: StoredDocument, to: number | undefined): AboxError {
  const way = `\`abox delete ${kind.toLowerCase()} ${key}\``
  const text =
    to === undefined
      ? `generation ${generation} of ${kind} ${key} has nothing before it: ${way} takes it away`
      : `generation ${to} of ${kind} ${key} is its deletion: ${way} does that`
  return new AboxError(managerErrors.ABOX_NOTHING_BEFORE, text)
}

/** By the group that the document had then: a name may have been another group's before. Of a tombstone nobody can tell. */
function maySeeRevision(principal: Principal, kind: Kind, { scope, key, body, deleted }: RevisionRow): boolean {
  if (deleted === 1) return true
  const businessGroup = kind.groupOf(JSON.parse(body) as ManagedDocument)
  return maySee(principal, { kind: kind.kind, scope, key, businessGroup })
}

/** The newest ones, up to the first that is not for this reader; a tombstone goes with what it buried. */
function countSeen(rows: readonly RevisionRow[], isSeen: (row: RevisionRow) => boolean): number {
  const foreign = rows.findIndex((row) => !isSeen(row))
  let count = foreign < 0 ? rows.length : foreign
  while (foreign >= 0 && count > 0 && rows[count - 1]?.deleted === 1) count--
  return count
}

/** Before the first generation, and in a tombstone, there is no document. */
const bodyOf = (revision: RevisionRow | undefined): unknown =>
  revision === undefined || revision.deleted === 1 ? undefined : JSON.parse(revision.body)

const describeRevision = (row: RevisionRow): Revision => ({
  generation: row.generation,
  deleted: row.deleted === 1,
  changedAt: row.changed_at,
  changedBy: row.changed_by,
  reason: row.reason,
  document: JSON.parse(row.body) as Revision['document']
})
