import { EndpointHealth, NamedEndpointHealth } from '#contracts/api/endpoint-health'
import { type Page, pageOf } from '#contracts/api/page'
import type { Endpoint } from '#contracts/endpoint'
import { AboxError } from '#core/errors'
import type { Places } from '../../bounds/places.ts'
import { checkScope } from '../../documents/change-document.ts'
import { kindNamed } from '../../documents/kinds.ts'
import { managerErrors } from '../../errors.ts'
import { groupsOf } from '../../identity/principal.ts'
import type { HealthWatch } from '../../online/endpoint-health.ts'
import { listDocuments } from '../../store/documents.ts'
import { type Api, DEFAULT_LIMIT, describeRoute, EnvironmentParam, KeyParam, PageQuery, ROOT } from '../api.ts'
import { readSeen } from '../conditions.ts'
import { findReplay, writeOnce } from '../once.ts'
import { change, type DocumentParams, describeSwitch, folderOf, readVisible, scopeParams } from './documents.ts'
import { readOperated, refuseStale } from './online.ts'

/**
 * Endpoints of third parties: how they are, into service and out of it. `ask`: see askEndpoint; `trials`: room for such
 * questions.
 */
export function endpointRoutes(
  api: Api,
  watch: HealthWatch,
  ask: (endpoint: Endpoint) => Promise<string>,
  trials: Places
): void {
  const kind = kindNamed('Endpoint')
  const path = `${folderOf(kind)}/:key`
  const params = { ...scopeParams(kind), ...KeyParam }
  const tag = kind.plural
  api.server.get(
    `${path}/health`,
    {
      schema: describeRoute({
        tag,
        summary: 'How an endpoint is, as this replica sees it',
        params,
        answers: { 200: EndpointHealth }
      })
    },
    async (request) => {
      const { environment = '', key } = request.params as DocumentParams
      const { document } = await api.store.read((db) =>
        readVisible(db, api.principalOf(request), kind, environment, key)
      )
      return healthOf(watch, environment, key, document as Endpoint)
    }
  )
  api.server.get(
    `${ROOT}/environments/:environment/endpoint-health`,
    {
      schema: describeRoute({
        tag,
        summary: 'How the endpoints of an environment are, as this replica sees them',
        params: EnvironmentParam,
        query: PageQuery,
        answers: {
          200: pageOf(NamedEndpointHealth)
        }
      })
    },
    async (request): Promise<Page<NamedEndpointHealth>> => {
      const { environment: scope = '' } = request.params as DocumentParams
      const { limit = DEFAULT_LIMIT, after } = request.query as { readonly limit?: number; readonly after?: string }
      const principal = api.principalOf(request)
      const groups = groupsOf(principal, 'viewer', scope)
      const found = await api.store.read(async (db) => {
        await checkScope(db, principal, scope)
        return listDocuments(db, { scope, kind: kind.kind, groups, after, limit })
      })
      const items = found.map(({ key, document }) => ({ key, ...healthOf(watch, scope, key, document as Endpoint) }))
      const last = found.at(-1)
      return { items, ...(found.length === limit && last !== undefined && { next: last.key }) }
    }
  )
  api.server.post(
    `${path}/online`,
    {
      schema: describeSwitch(kind, 'Let variants use an endpoint, once its health answers', params)
    },
    async (request, reply) => {
      const { environment = '', key } = request.params as DocumentParams
      const expected = readSeen(request)
      const principal = api.principalOf(request)
      const found = await readOperated(api, principal, kind, environment, key)
      const endpoint = found.document as Endpoint
      // Asked before the transaction: nothing slow may keep the other writers waiting. What was done already is not asked again.
      if ((await findReplay(api, request)) === undefined) {
        refuseStale(found, expected)
        const why = await trials.hold(principal.actor.name, () => ask(endpoint))
        if (why !== '') throw new AboxError(managerErrors.ABOX_NOT_READY, `Endpoint ${key}: ${why}`)
      }
      return writeOnce(api, request, reply, (db, now) =>
        change(api, db, kind, request, expected, { ...endpoint, state: 'online' }, now, 'online')
      )
    }
  )
  api.server.post(
    `${path}/offline`,
    {
      schema: describeSwitch(
        kind,
        'Take an endpoint out of use; refused while a variant that is online names it',
        params
      )
    },
    (request, reply) =>
      writeOnce(api, request, reply, async (db, now) => {
        const { environment = '', key } = request.params as DocumentParams
        const expected = readSeen(request)
        const { document } = await readVisible(db, api.principalOf(request), kind, environment, key)
        return change(api, db, kind, request, expected, { ...document, state: 'offline' }, now, 'offline')
      })
  )
}

/** What the document says counts before what was last found out: another replica may have changed it just now. */
function healthOf(watch: HealthWatch, environment: string, key: string, { state }: Endpoint): EndpointHealth {
  const found = watch.find(environment, key)
  if (found === undefined || (found.state === 'offline') !== (state === 'offline')) {
    return { state: state === 'offline' ? 'offline' : 'unknown', why: '' }
  }
  const { since, ...health } = found
  return { ...health, ...(since !== undefined && { since }) }
}
