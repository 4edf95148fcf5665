import { describe } from '#core/errors'
import type { Logger } from '#core/logger'
import type { DubboRegistry } from '#lib/dubbo-registry'
import type { ServiceEntry } from './routing-table.ts'

/**
 * Says which services Java 2.x providers serve beside us: as soon as there is an application-level address for an interface,
 * 3.x consumers use no other, and so would send every call to us. Never rejects.
 */
export async function warnOfOlderProviders(
  registry: DubboRegistry,
  services: Iterable<ServiceEntry>,
  application: string,
  log: Logger
): Promise<void> {
  for (const { key, service, version, group } of services) {
    try {
      const others = await registry.providers(service, { version, group })
      const older = others.filter(
        ({ parameters }) =>
          parameters.get('application') !== application && parameters.get('release')?.startsWith('2.') === true
      )
      if (older.length === 0) continue
      const hosts = older.slice(0, 5).map(({ host, port }) => `${host}:${port}`)
      log.warn(
        { service: key, providers: older.length, hosts },
        'Dubbo 2.x providers serve this too: consumers of 3.x will send all their calls here; registry.discovery: interface shares them'
      )
    } catch (error) {
      log.debug({ service: key, error: describe(error) }, 'other providers could not be looked up')
    }
  }
}
