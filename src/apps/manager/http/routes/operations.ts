import Type from 'typebox'
import type { ManagerMetrics } from '../../metrics.ts'
import { type Api, describeRoute, PUBLIC, ROOT, textAnswer } from '../api.ts'
import { describeApi } from '../openapi.ts'
import { createReadiness } from '../readiness.ts'
import { checkPlatform } from './users.ts'

const Status = Type.Object({ status: Type.String() })

/** What an orchestrator, Prometheus and the makers of clients ask. */
export function operationRoutes(api: Api, metrics: ManagerMetrics): void {
  const tag = 'operations'
  const checkReady = createReadiness(api.store)
  api.server.get(
    '/healthz',
    {
      config: PUBLIC,
      schema: describeRoute({ tag, summary: 'Whether the process answers', answers: { 200: Status } })
    },
    () => ({ status: 'ok' })
  )
  api.server.get(
    '/readyz',
    {
      config: PUBLIC,
      schema: describeRoute({ tag, summary: 'Whether the database answers', answers: { 200: Status } })
    },
    async () => {
      await checkReady()
      return { status: 'ready' }
    }
  )
  api.server.get(
    '/metrics',
    {
      schema: describeRoute({
        tag,
        summary: 'Prometheus text, for viewers of the platform in any environment',
        answers: { 200: textAnswer('text/plain', 'Metrics') }
      })
    },
    async (request, reply) => {
      checkPlatform(api.principalOf(request), 'viewer', 'Metrics')
      reply.type('text/plain; version=0.0.4; charset=utf-8')
      return metrics.text()
    }
  )
  api.server.get(
    `${ROOT}/openapi.json`,
    { config: PUBLIC, schema: describeRoute({ tag, summary: 'This description', answers: { 200: Type.Unknown() } }) },
    () => describeApi(api.server)
  )
}
