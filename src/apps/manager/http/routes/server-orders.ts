import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { Name } from '#contracts/common'
import { AboxError } from '#core/errors'
import { checkScope } from '../../documents/change-document.ts'
import { managerErrors } from '../../errors.ts'
import { forbidden } from '../../identity/permits.ts'
import { hasRole } from '../../identity/principal.ts'
import type { LiveStore } from '../../live/live-store.ts'
import { writeAudit } from '../../store/audit.ts'
import { listOfflineServers, readServerOrder, writeServerOrder } from '../../store/server-orders.ts'
import { type Api, describeRoute, EnvironmentParam, ReasonQuery, ROOT } from '../api.ts'
import { ChangeHeaders, readReason } from '../conditions.ts'
import { type Answer, writeOnce } from '../once.ts'
import { strict } from '../validate.ts'

interface OrderParams {
  readonly environment: string
  readonly server: string
}

const Order = Type.Object({
  id: Type.String(),
  offline: Type.Boolean(),
  generation: Type.Integer({ description: 'Of the order; it grows with each one' })
})

/** Taking gateway instances out of the registry, and back; they hear it in the answer to their next summary. */
export function serverOrderRoutes(api: Api, live: LiveStore): void {
  const path = `${ROOT}/environments/:environment/servers/:server`
  const params = { ...EnvironmentParam, server: Name }
  const route = { tag: 'environments', params, headers: ChangeHeaders, body: strict({}), answers: { 200: Order } }
  const force = Type.Optional(Type.Boolean({ description: 'Even where no other instance would be left' }))
  api.server.post(
    `${path}/offline`,
    {
      schema: describeRoute({
        ...route,
        summary: 'Take an instance out of the registry: consumers leave, calls that still come are answered',
        query: { ...ReasonQuery, force }
      })
    },
    (request, reply) => order(api, live, request, reply, true)
  )
  api.server.post(
    `${path}/online`,
    { schema: describeRoute({ ...route, summary: 'Bring it back into the registry', query: ReasonQuery }) },
    (request, reply) => order(api, live, request, reply, false)
  )
}

function order(
  api: Api,
  live: LiveStore,
  request: FastifyRequest,
  reply: FastifyReply,
  offline: boolean
): Promise<FastifyReply> {
  const { environment, server } = request.params as OrderParams
  const { force = false } = request.query as { readonly force?: boolean }
  return writeOnce(api, request, reply, async (db, now) => {
    const principal = api.principalOf(request)
    await checkScope(db, principal, environment)
    if (!hasRole(principal, 'operator', '', environment)) throw forbidden('operator', 'Server', environment)
    const reason = readReason(request)
    const known = await readServerOrder(db, environment, server)
    const told = (live.find(environment)?.instances() ?? []).map(({ summary }) => summary.instance)
    if (known === undefined && !told.includes(server)) {
      const text = `server ${server}: found none of this name that tells the manager what it does`
      throw new AboxError(managerErrors.ABOX_NOT_FOUND, text)
    }
    if ((known?.offline === 1) === offline) return answerOf(server, offline, known?.generation ?? 0)
    if (offline && !force) {
      const away = new Set((await listOfflineServers(db, environment)).map((one) => one.server))
      if (!told.some((name) => name !== server && !away.has(name))) {
        const text = `server ${server}: found no other instance that is online; \`--force\` or \`?force=true\` takes the last one`
        throw new AboxError(managerErrors.ABOX_REFERENCE, text)
      }
    }
    const { actor } = principal
    const row = { server, offline: offline ? 1 : 0, at: now, changed_by: actor.name, reason }
    const generation = await writeServerOrder(db, environment, row)
    const action = offline ? 'offline' : 'online'
    await writeAudit(db, { actor, action, scope: environment, kind: 'Server', key: server, generation, reason }, now)
    return answerOf(server, offline, generation)
  })
}

const answerOf = (id: string, offline: boolean, generation: number): Answer => ({
  status: 200,
  headers: {},
  body: JSON.stringify({ id, offline, generation })
})
