import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import Type from 'typebox'
import { ServerOrder } from '#contracts/api/server'
import { Name } from '#contracts/common'
import type { Environment } from '#contracts/environment'
import { AboxError } from '#core/errors'
import { checkScope } from '../../documents/change-document.ts'
import { managerErrors } from '../../errors.ts'
import { forbidden } from '../../identity/permits.ts'
import { hasRole } from '../../identity/principal.ts'
import type { LiveStore } from '../../live/live-store.ts'
import { onlineInstances } from '../../live/online-instances.ts'
import type { Publishers } from '../../publish/publishers.ts'
import { writeAudit } from '../../store/audit.ts'
import { readDocument } from '../../store/documents.ts'
import type { Tables } from '../../store/schema.ts'
import { listOfflineServers, readServerOrder, writeServerOrder } from '../../store/server-orders.ts'
import { type Api, describeRoute, EnvironmentParam, ReasonQuery, ROOT } from '../api.ts'
import { ChangeHeaders, readReason } from '../conditions.ts'
import { type Answer, writeOnce } from '../once.ts'
import { strict } from '../validate.ts'

interface OrderParams {
  readonly environment: string
  readonly server: string
}

/** Taking gateway instances out of the registry, and back; they hear it in the answer to their next summary. */
export function serverOrderRoutes(api: Api, publishers: Publishers, live: LiveStore): void {
  const path = `${ROOT}/environments/:environment/servers/:server`
  const params = { ...EnvironmentParam, server: Name }
  const route = { tag: 'environments', params, headers: ChangeHeaders, body: strict({}), answers: { 200: ServerOrder } }
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
    (request, reply) => order({ ...api, publishers, live }, request, reply, true)
  )
  api.server.post(
    `${path}/online`,
    { schema: describeRoute({ ...route, summary: 'Bring it back into the registry', query: ReasonQuery }) },
    (request, reply) => order({ ...api, publishers, live }, request, reply, false)
  )
}

interface OrderParts extends Api {
  readonly publishers: Publishers
  readonly live: LiveStore
}

function order(api: OrderParts, request: FastifyRequest, reply: FastifyReply, offline: boolean): Promise<FastifyReply> {
  const { environment, server } = request.params as OrderParams
  const { force = false } = request.query as { readonly force?: boolean }
  return writeOnce(api, request, reply, async (db, now) => {
    const principal = api.principalOf(request)
    await checkScope(db, principal, environment)
    if (!hasRole(principal, 'operator', '', environment)) throw forbidden('operator', 'Server', environment, 'platform')
    const reason = readReason(request)
    const known = await readServerOrder(db, environment, server)
    const told = api.live.find(environment)?.instances() ?? []
    if (known === undefined && !told.some(({ summary }) => summary.instance === server)) {
      const text = `server ${server}: found none of this name that tells the manager what it does`
      throw new AboxError(managerErrors.ABOX_NOT_FOUND, text)
    }
    if ((known?.offline === 1) === offline) return answerOf(server, offline, known?.generation ?? 0)
    if (offline && !force && (await isLast(api, db, environment, server))) {
      const text = `server ${server}: found no other instance that is online; \`--force\` or \`?force=true\` takes the last one`
      throw new AboxError(managerErrors.ABOX_REFERENCE, text)
    }
    const { actor } = principal
    const row = { server, offline: offline ? 1 : 0, at: now, changed_by: actor.name, reason }
    const generation = await writeServerOrder(db, environment, row)
    const action = offline ? 'offline' : 'online'
    await writeAudit(db, { actor, action, scope: environment, kind: 'Server', key: server, generation, reason }, now)
    return answerOf(server, offline, generation)
  })
}

/** Consumers would find no other one. */
async function isLast(
  { publishers, live }: OrderParts,
  db: Kysely<Tables>,
  environment: string,
  server: string
): Promise<boolean> {
  const away = new Set((await listOfflineServers(db, environment)).map((one) => one.server))
  const found = await readDocument(db, { scope: '', kind: 'Environment', key: environment })
  const kind = (found?.document as Environment | undefined)?.publish.kind
  const registered = kind === 'zookeeper' ? (publishers.state(environment)?.instances ?? []) : undefined
  const online = onlineInstances(registered, live.find(environment)?.instances() ?? [], live.second())
  return !online.some((name) => name !== server && !away.has(name))
}

function answerOf(instance: string, offline: boolean, generation: number): Answer {
  const order: ServerOrder = { instance, offline, generation }
  return { status: 200, headers: {}, body: JSON.stringify(order) }
}
