import type { FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import Type, { type TSchema } from 'typebox'
import { ChangePlan } from '#contracts/api/change-plan'
import { documentPageOf } from '#contracts/api/page'
import { Name } from '#contracts/common'
import { changeDocument, checkScope } from '../../documents/change-document.ts'
import type { Kind } from '../../documents/kinds.ts'
import { kinds } from '../../documents/kinds.ts'
import type { Plan } from '../../documents/plan-change.ts'
import { notThere } from '../../identity/permits.ts'
import { groupsOf, type Principal } from '../../identity/principal.ts'
import { maySeeStored } from '../../identity/visible.ts'
import { describeDocument, listDocuments, readDocument, type StoredDocument } from '../../store/documents.ts'
import type { Tables } from '../../store/schema.ts'
import {
  type Api,
  DEFAULT_LIMIT,
  describeRoute,
  EnvironmentParam,
  KeyParam,
  NOTHING,
  NOTHING_NEW,
  PageQuery,
  ReasonQuery,
  ROOT,
  sendJson
} from '../api.ts'
import { ExpectedHeaders, etagOf, KnownHeader, readExpected, readReason, readSeen, SeenHeaders } from '../conditions.ts'
import { type Answer, writeOnce } from '../once.ts'
import { strict } from '../validate.ts'

export interface DocumentParams {
  readonly environment?: string
  readonly key: string
}

interface ListQuery {
  readonly limit?: number
  readonly after?: string
  readonly group?: string
}

export const DryRunQuery = {
  dryRun: Type.Optional(Type.Boolean({ description: 'Only tells what would change' }))
}

/** The document, or of a dry run the difference. */
export const changed = ({ schema }: Kind): TSchema => Type.Union([schema, ChangePlan])

/** What a route says that changes a document of this kind without a body of its own. */
export const describeSwitch = (
  kind: Kind,
  summary: string,
  params: Parameters<typeof strict>[0],
  query: Parameters<typeof strict>[0] = {}
): object =>
  describeRoute({
    tag: kind.plural,
    summary,
    params,
    query: { ...ReasonQuery, ...DryRunQuery, ...query },
    headers: SeenHeaders,
    body: strict({}),
    answers: { 200: changed(kind) }
  })

/** Where the documents of a kind are. */
export const folderOf = ({ scope, plural }: Kind): string =>
  scope === 'global' ? `${ROOT}/${plural}` : `${ROOT}/environments/:environment/${plural}`

export const scopeParams = ({ scope }: Kind) => (scope === 'global' ? {} : EnvironmentParam)

/** Read, list, put and delete, for every kind. */
export function documentRoutes(api: Api): void {
  for (const kind of kinds) {
    const folder = folderOf(kind)
    const params = { ...scopeParams(kind), ...KeyParam }
    const tag = kind.plural
    const changing = { ...ReasonQuery, ...DryRunQuery }
    api.server.get(
      folder,
      {
        schema: describeRoute({
          tag,
          summary: `List ${kind.plural}`,
          params: scopeParams(kind),
          query: { ...PageQuery, group: Type.Optional(Name) },
          answers: {
            200: documentPageOf(kind.schema)
          }
        })
      },
      async (request, reply) => sendJson(reply, await listPage(api, kind, request))
    )
    api.server.get(
      `${folder}/:key`,
      {
        schema: describeRoute({
          tag,
          summary: `Read one ${kind.kind}`,
          params,
          headers: KnownHeader,
          answers: { 200: kind.schema, 304: NOTHING_NEW }
        })
      },
      async (request, reply) => {
        const { environment = '', key } = request.params as DocumentParams
        const principal = api.principalOf(request)
        const found = await api.store.read((db) => readVisible(db, principal, kind, environment, key))
        const etag = etagOf(found.generation)
        reply.header('etag', etag)
        if (request.headers['if-none-match'] === etag) return reply.code(304).send()
        return describeDocument(found)
      }
    )
    api.server.put(
      `${folder}/:key`,
      {
        schema: describeRoute({
          tag,
          summary: `Make or change one ${kind.kind}`,
          params,
          query: changing,
          headers: ExpectedHeaders,
          body: kind.schema,
          answers: { 200: changed(kind), 201: kind.schema }
        })
      },
      (request, reply) =>
        writeOnce(api, request, reply, (db, now) =>
          change(api, db, kind, request, readExpected(request), request.body ?? null, now)
        )
    )
    api.server.delete(
      `${folder}/:key`,
      {
        schema: describeRoute({
          tag,
          summary: `Delete one ${kind.kind}`,
          params,
          query: changing,
          headers: SeenHeaders,
          answers: { 200: ChangePlan, 204: NOTHING }
        })
      },
      (request, reply) =>
        writeOnce(api, request, reply, (db, now) => change(api, db, kind, request, readSeen(request), undefined, now))
    )
  }
}

/** Plans and, unless it is a dry run, writes; inside `write`. */
export async function change(
  api: Api,
  db: Kysely<Tables>,
  kind: Kind,
  request: FastifyRequest,
  expected: number | 'absent',
  body: unknown,
  now: number,
  action?: string
): Promise<Answer> {
  const { environment: scope = '', key } = request.params as DocumentParams
  const { dryRun = false } = request.query as { readonly dryRun?: boolean }
  const reason = readReason(request, dryRun)
  const wanted = {
    principal: api.principalOf(request),
    origins: api.origins,
    scope,
    kind,
    key,
    body,
    expected,
    reason,
    dryRun,
    ...(action !== undefined && { action })
  }
  const { plan, stored } = await changeDocument(db, wanted, now)
  if (dryRun) return { status: 200, headers: {}, body: JSON.stringify(tell(plan, wanted.principal)) }
  if (stored === undefined) return { status: 204, headers: {}, body: '' }
  const status = plan.before === undefined ? 201 : 200
  return { status, headers: { etag: etagOf(stored.generation) }, body: JSON.stringify(describeDocument(stored)) }
}

const tell = ({ generation, difference, follow }: Plan, principal: Principal): ChangePlan => ({
  generation,
  difference: [...difference],
  // What is not his to read is not told, but changes with it all the same.
  follow: follow
    .filter(({ before }) => before !== undefined && maySeeStored(principal, before))
    .map(({ kind, key, difference: ofIt }) => ({ kind, key, difference: [...ofIt] }))
})

/** A living document that he may read. Throws ABOX_FORBIDDEN or ABOX_NOT_FOUND, the same for foreign and missing ones. */
export async function readVisible(
  db: Kysely<Tables>,
  principal: Principal,
  kind: Kind,
  scope: string,
  key: string
): Promise<StoredDocument> {
  const found = await readDocument(db, { scope, kind: kind.kind, key })
  if (found === undefined || found.deleted || !maySeeStored(principal, found)) {
    throw notThere(principal, kind, scope, key)
  }
  return found
}

/** So many documents are read at a time, and a page ends when it has so many characters. */
const STEP = 50
const PAGE_CHARACTERS = 4_000_000

/** Built as text, so that a page of large documents is held once. */
async function listPage(api: Api, kind: Kind, request: FastifyRequest): Promise<string> {
  const { environment: scope = '' } = request.params as DocumentParams
  const { limit = DEFAULT_LIMIT, after, group } = request.query as ListQuery
  const principal = api.principalOf(request)
  const groups = readableGroups(principal, kind, scope, group)
  await api.store.read((db) => checkScope(db, principal, scope))
  const items: string[] = []
  const changedAt: number[] = []
  let from = after
  let characters = 0
  for (;;) {
    const step = Math.min(STEP, limit - items.length)
    const found = await api.store.read((db) =>
      listDocuments(db, { scope, kind: kind.kind, groups, after: from, limit: step })
    )
    for (const document of found) {
      from = document.key
      if (!maySeeStored(principal, document)) continue
      const text = JSON.stringify(describeDocument(document))
      items.push(text)
      changedAt.push(document.changedAt)
      characters += text.length
    }
    if (found.length < step) return pageOf(items, changedAt, undefined)
    if (items.length >= limit || characters >= PAGE_CHARACTERS) return pageOf(items, changedAt, from)
  }
}

const pageOf = (items: readonly string[], changedAt: readonly number[], next: string | undefined): string =>
  `{"items":[${items.join(',')}],"changedAt":[${changedAt.join(',')}]${next === undefined ? '' : `,"next":${JSON.stringify(next)}`}}`

/** Undefined: all. What everybody sees, or sees by name, is not chosen by groups. */
function readableGroups(
  principal: Principal,
  { kind }: Kind,
  scope: string,
  group: string | undefined
): readonly string[] | undefined {
  const all = kind === 'Environment' || kind === 'Cluster' ? undefined : groupsOf(principal, 'viewer', scope)
  if (group === undefined) return all
  return all === undefined || all.includes(group) ? [group] : []
}
