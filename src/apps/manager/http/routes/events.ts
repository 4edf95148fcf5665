import { AboxError } from '#core/errors'
import { managerErrors } from '../../errors.ts'
import { type Api, describeRoute, ROOT } from '../api.ts'
import type { EventStreams } from '../events.ts'
import { credentialsOf } from '../identify.ts'

/** Changes as they happen. */
export function eventRoutes(api: Api, streams: EventStreams): void {
  api.server.get(
    `${ROOT}/events`,
    {
      schema: describeRoute({
        tag: 'audit',
        summary: 'Stream of changes as server-sent events; goes on behind Last-Event-ID'
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
