import Type from 'typebox'
import { AuditEvent } from '#contracts/api/audit'
import { AboxError } from '#core/errors'
import { managerErrors } from '../../errors.ts'
import { type Api, describeRoute, eventsAnswer, ROOT, STREAM } from '../api.ts'
import type { EventStreams } from '../events.ts'
import { credentialsOf } from '../identify.ts'

/** Changes as they happen. */
export function eventRoutes(api: Api, streams: EventStreams): void {
  api.server.get(
    `${ROOT}/events`,
    {
      config: STREAM,
      schema: describeRoute({
        tag: 'audit',
        summary: 'Stream of changes as server-sent events; goes on behind Last-Event-ID',
        headers: { 'last-event-id': Type.Optional(Type.String({ pattern: '^\\d{1,15}$' })) },
        answers: { 200: eventsAnswer('Events `change`: lines of the audit without their differences', AuditEvent) }
      })
    },
    async (request, reply) => {
      const last = request.headers['last-event-id']
      if (last !== undefined && !/^\d{1,15}$/.test(String(last))) {
        throw new AboxError(managerErrors.ABOX_REQUEST_INVALID, 'Last-Event-ID: expected the id of an event')
      }
      const credentials = credentialsOf(request)
      const serving = streams.serve({
        after: last === undefined ? undefined : Number(last),
        principal: api.principalOf(request),
        again: () => api.authenticator.authenticate(credentials),
        response: reply.raw,
        headers: reply.getHeaders()
      })
      await serving
      reply.hijack()
    }
  )
}
