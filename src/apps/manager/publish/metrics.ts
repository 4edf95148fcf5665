import type { ManagerMetrics } from '../metrics.ts'
import type { PublicationState } from './publication.ts'
import type { Publishers } from './publishers.ts'

/** How publishing stands, per environment, as this replica sees it. */
export function publishMetrics(
  metrics: Pick<ManagerMetrics, 'gauge' | 'counter'>,
  { environments, state }: Pick<Publishers, 'environments' | 'state'>
): void {
  const each = (read: (found: PublicationState) => number): ReadonlyMap<string, number> =>
    new Map(
      environments().flatMap((name) => {
        const found = state(name)
        return found === undefined ? [] : [[name, read(found)] as const]
      })
    )
  const by = ['environment']
  metrics.gauge('abox_manager_publish_leader', 'Whether this replica publishes.', by, () =>
    each(({ leader }) => Number(leader))
  )
  metrics.gauge('abox_manager_publish_connected', 'Whether this replica reaches ZooKeeper.', by, () =>
    each(({ connected }) => Number(connected))
  )
  metrics.gauge(
    'abox_manager_publish_refused',
    'Whether nothing is published, for a reason that doctor tells.',
    by,
    () => each(({ refused }) => Number(refused !== undefined))
  )
  metrics.gauge(
    'abox_manager_publish_unwritten',
    'Documents that cannot be written or removed where gateways read them.',
    by,
    () => each(({ unwritten }) => unwritten.size)
  )
  metrics.gauge('abox_manager_laggards', 'Gateways that do not run what is published.', by, () =>
    each((found) => new Set(found.alarms().map(({ instance }) => instance)).size)
  )
  metrics.counter('abox_manager_repairs_total', 'What others wrote and this replica has put right.', by, () =>
    each(({ repairs }) => repairs)
  )
}
