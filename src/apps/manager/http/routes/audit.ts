import Type from 'typebox'
import { AuditPage } from '#contracts/api/audit'
import { describeAudit, readAudit } from '../../store/read-audit.ts'
import { type Api, DEFAULT_LIMIT, describeRoute, PageQuery, ROOT } from '../api.ts'

interface Query {
  readonly limit?: number
  readonly before?: number
  readonly actor?: string
  readonly action?: string
  readonly environment?: string
  readonly kind?: string
  readonly key?: string
}

const Text = Type.Optional(Type.String({ maxLength: 1024 }))

/** Who did what, newest first. It can only be read. */
export function auditRoutes(api: Api): void {
  api.server.get(
    `${ROOT}/audit`,
    {
      schema: describeRoute({
        tag: 'audit',
        summary: 'List who changed what, newest first',
        query: {
          limit: PageQuery.limit,
          before: Type.Optional(Type.Integer({ minimum: 1, description: '`next` of the page before' })),
          actor: Text,
          action: Text,
          environment: Text,
          kind: Text,
          key: Text
        },
        answers: { 200: AuditPage }
      })
    },
    async (request): Promise<AuditPage> => {
      const { limit = DEFAULT_LIMIT, environment, ...filter } = request.query as Query
      const principal = api.principalOf(request)
      const rows = await api.store.read((db) => readAudit(db, { ...filter, scope: environment, principal, limit }))
      const last = rows.at(-1)
      return { items: rows.map(describeAudit), ...(rows.length === limit && last !== undefined && { next: last.seq }) }
    }
  )
}
