import { type Clock, systemClock } from '#core/clock'
import { describe } from '#core/errors'
import { type Logger, silentLogger } from '#core/logger'
import type { ZookeeperSession } from '#lib/zookeeper'
import { type ApplicationInstance, createApplicationInstance } from './application-instance.ts'
import { applicationMetadata, checkApplication, type InstanceAddress } from './application-metadata.ts'
import { type ProviderOptions, type ProviderUrl, parseProviderUrl, providerUrl } from './provider-url.ts'
import { nodeName } from './url-text.ts'

/** One provider entry that is kept in the registry. */
export interface Registration {
  readonly url: string
  /** Resolves when consumers can find it; rejects with ABOX_ZK_CLOSED when it is taken back before. */
  visible(): Promise<void>
  /** Resolves when it is gone, or at once while the registry is away: then it goes later by itself. */
  unregister(): Promise<void>
}

/** Which providers of a service, as a consumer's reference says it: `*` takes any, `undefined` those that have none. */
export interface ProviderFilter {
  readonly version: string | undefined
  readonly group: string | undefined
}

export interface DubboRegistry {
  /** See `providerUrl`. */
  providerUrl(options: ProviderOptions): string
  /**
   * Keeps the provider URL registered over outages of the registry. Returns at once. Throws ABOX_REGISTRY_URL.
   * A second call for the same URL takes the entry over from the first.
   */
  register(url: string): Registration
  /**
   * An instance for application-level discovery, which offers nothing yet. One per address. Throws ABOX_REGISTRY_URL
   * for a name of the application that consumers would misread.
   */
  instance(address: InstanceAddress): ApplicationInstance
  /** The Dubbo providers of an interface that are registered now; all without a filter. Rejects with ABOX_ZK_AWAY and its kin. */
  providers(service: string, filter?: ProviderFilter): Promise<ProviderUrl[]>
  /** Takes back everything that is registered. */
  close(): Promise<void>
}

export interface DubboRegistryOptions {
  /** Stays its owner's to close. Without it registering does nothing, and there are no providers. */
  readonly zookeeper: ZookeeperSession | undefined
  /** Dubbo calls it the registry's group. */
  readonly root?: string
  /** Above the applications of application-level discovery; `/services`. */
  readonly servicesRoot?: string
  readonly clock?: Clock
  readonly log?: Logger
}

/**
 * Providers in ZooKeeper as Java's registry lays them out, interface-level for consumers of Dubbo 2.x and 3.x and
 * application-level (application-instance.ts) for those of 3.x:
 *
 * - `/dubbo/<interface>/providers/<encoded URL>`: ephemeral, its data the host, which nobody reads;
 * - `/dubbo/<interface>/configurators`: persistent; consumers and dubbo-admin expect it beside `providers`.
 *
 * Parents are open to everybody even with credentials, for consumers keep nodes of their own below `/dubbo/<interface>`.
 * So others can delete an entry (ZooKeeper asks the parent about that) but not change it; a deleted one comes back.
 */
export function createDubboRegistry(options: DubboRegistryOptions): DubboRegistry {
  const { zookeeper, root = '/dubbo', servicesRoot = '/services', clock = systemClock, log = silentLogger } = options
  const registered = new Set<Registration>()
  const instances: ApplicationInstance[] = []
  const folder = (service: string, kind: string): string => `${root}/${service}/${kind}`

  const registerIn = (session: ZookeeperSession, url: string): Registration => {
    const { service, host } = parseProviderUrl(url)
    const node = session.setEphemeral(`${folder(service, 'providers')}/${nodeName(url)}`, Buffer.from(host), {
      parents: 'open',
      before: [folder(service, 'configurators')]
    })
    const registration: Registration = {
      url,
      visible: () => node.created(),
      async unregister() {
        registered.delete(registration)
        await node.remove()
      }
    }
    return registration
  }
  const read = (name: string): ProviderUrl | undefined => {
    try {
      return parseProviderUrl(name)
    } catch (error) {
      log.warn({ name, error: describe(error) }, 'a provider entry cannot be read')
      return undefined
    }
  }
  return {
    providerUrl,
    register(url) {
      if (zookeeper === undefined) {
        parseProviderUrl(url)
        return { url, visible: async () => {}, unregister: async () => {} }
      }
      const registration = registerIn(zookeeper, url)
      registered.add(registration)
      return registration
    },
    instance(address) {
      if (zookeeper === undefined) return nowhere(address.application)
      const instance = createApplicationInstance({ session: zookeeper, root, servicesRoot, clock, log, ...address })
      instances.push(instance)
      return instance
    },
    async providers(service, filter) {
      const names = (await zookeeper?.children(folder(service, 'providers'))) ?? []
      return names
        .map(read)
        .filter((provider) => provider !== undefined)
        .filter((provider) => isCallable(provider) && (filter === undefined || fits(provider, filter)))
    },
    async close() {
      await Promise.all([
        ...[...registered].map((registration) => registration.unregister()),
        ...instances.map((instance) => instance.withdraw())
      ])
    }
  }
}

/** An instance without a registry: it refuses what a real one refuses, and that is all. */
function nowhere(application: string): ApplicationInstance {
  checkApplication(application)
  return {
    publish: (urls) => void applicationMetadata(application, urls),
    visible: async () => {},
    withdraw: async () => {}
  }
}

const isCallable = ({ protocol, parameters }: ProviderUrl): boolean =>
  protocol === 'dubbo' && parameters.get('enabled') !== 'false'

function fits({ version, group }: ProviderUrl, filter: ProviderFilter): boolean {
  const same = (wanted: string | undefined, found: string | undefined): boolean =>
    wanted === '*' || (wanted ?? '') === (found ?? '')
  return same(filter.version, version) && same(filter.group, group)
}
