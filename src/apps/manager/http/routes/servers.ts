import { type Server, ServerList, type ServerLoad } from '#contracts/api/server'
import { checkScope } from '../../documents/change-document.ts'
import type { LiveInstance } from '../../live/environment-live.ts'
import type { LiveStore } from '../../live/live-store.ts'
import { callsIn } from '../../live/load.ts'
import type { Alarm, InstanceState } from '../../publish/laggards.ts'
import type { Publishers } from '../../publish/publishers.ts'
import type { ServerOrderRow } from '../../store/schema.ts'
import { listOfflineServers } from '../../store/server-orders.ts'
import { type Api, describeRoute, EnvironmentParam, ROOT } from '../api.ts'
import { visiblePlaces } from '../visible-places.ts'

/** Gateways and workers as they register, and as they tell. */
export function serverRoutes(api: Api, publishers: Publishers, live: LiveStore): void {
  api.server.get(
    `${ROOT}/environments/:environment/servers`,
    {
      schema: describeRoute({
        tag: 'environments',
        summary: 'Gateways and workers with state, what they run and how much they have to do',
        params: EnvironmentParam,
        answers: { 200: ServerList }
      })
    },
    async (request): Promise<ServerList> => {
      const { environment } = request.params as { readonly environment: string }
      const principal = api.principalOf(request)
      const offline = await api.store.read(async (db) => {
        await checkScope(db, principal, environment)
        return listOfflineServers(db, environment)
      })
      const places = await visiblePlaces(api.store, principal, environment)
      const isSeen = (place: string): boolean => places?.has(place) ?? true
      const state = publishers.state(environment)
      const told = new Map((live.find(environment)?.instances() ?? []).map((one) => [one.summary.instance, one]))
      const alarms = new Map<string, Alarm>()
      // The first of each.
      for (const alarm of state?.alarms(isSeen).reverse() ?? []) alarms.set(alarm.instance, alarm)
      const items = (state?.instances ?? []).map((instance) =>
        describeServer(instance, alarms.get(instance.instance), told.get(instance.instance), isSeen)
      )
      const known = new Set(items.map(({ instance }) => instance))
      for (const [instance, one] of told) {
        // It sends summaries and stands in no ZooKeeper: its documents come from a file, or its session is gone.
        if (known.has(instance)) continue
        items.push({ instance, role: 'gateway', state: 'unregistered', epoch: one.summary.epoch, load: loadOf(one) })
      }
      const orders = new Map(offline.map((row) => [row.server, row]))
      return {
        items: items
          .map((item) => withOrder(item, orders.get(item.instance), told.get(item.instance)))
          .sort((a, b) => (a.instance < b.instance ? -1 : 1))
      }
    }
  )
}

function describeServer(
  { instance, role, about, applied }: InstanceState,
  alarm: Alarm | undefined,
  told: LiveInstance | undefined,
  isSeen: (place: string) => boolean
): Server {
  const address = about?.['address']
  const epoch = about?.['epoch']
  const generations = Object.entries(applied ?? {}).flatMap(([place, generation]) => (isSeen(place) ? generation : []))
  return {
    instance,
    role,
    state: alarm?.what ?? 'ready',
    ...(alarm !== undefined && { why: `${alarm.document}${alarm.reason === undefined ? '' : `: ${alarm.reason}`}` }),
    ...(typeof address === 'string' && { address }),
    ...(Number.isSafeInteger(epoch) && { epoch: epoch as number }),
    ...(generations.length > 0 && { documents: generations.length, newest: Math.max(...generations) }),
    ...(told !== undefined && { load: loadOf(told) })
  }
}

function withOrder(server: Server, row: ServerOrderRow | undefined, told: LiveInstance | undefined): Server {
  if (row === undefined) return server
  const isGone = told?.summary.offline === true && told.summary.connections + told.summary.inFlight === 0
  const order = { offline: true, by: row.changed_by, reason: row.reason, at: row.at } as const
  return { ...server, state: isGone ? 'drained' : 'draining', order }
}

const loadOf = ({ summary, lost }: LiveInstance): ServerLoad => ({
  callsPerSecond: callsIn(summary),
  inFlight: summary.inFlight,
  connections: summary.connections,
  offline: summary.offline,
  lost
})
