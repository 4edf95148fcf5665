import { sql } from 'kysely'
import type { ManagerMetrics } from '../../metrics.ts'
import { type Api, describeRoute, PUBLIC, ROOT } from '../api.ts'
import { describeApi } from '../openapi.ts'

/** What an orchestrator, Prometheus and the makers of clients ask. */
export function operationRoutes(api: Api, metrics: ManagerMetrics): void {
  const tag = 'operations'
  api.server.get(
    '/healthz',
    { config: PUBLIC, schema: describeRoute({ tag, summary: 'Whether the process answers' }) },
    () => ({ status: 'ok' })
  )
  api.server.get(
    '/readyz',
    { config: PUBLIC, schema: describeRoute({ tag, summary: 'Whether the database answers' }) },
    async () => {
      await api.store.read((db) => sql`select 1`.execute(db))
      return { status: 'ready' }
    }
  )
  api.server.get(
    '/metrics',
    { schema: describeRoute({ tag, summary: 'Prometheus text' }) },
    async (_request, reply) => {
      reply.type('text/plain; version=0.0.4; charset=utf-8')
      return metrics.text()
    }
  )
  api.server.get(
    `${ROOT}/openapi.json`,
    { config: PUBLIC, schema: describeRoute({ tag, summary: 'This description' }) },
    () => describeApi(api.server)
  )
}
