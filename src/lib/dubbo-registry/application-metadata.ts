import { createHash } from 'node:crypto'
import { AboxError } from '#core/errors'
import { registryErrors } from './errors.ts'
import { parseProviderUrl } from './provider-url.ts'

/**
 * What Dubbo 3.x consumers read of an application, three texts in three nodes:
 *
 *   mapping  := name { "," name }                           applications that serve an interface
 *   metadata := {"app": name, "revision": text, "services": {key: service, …}}
 *   key      := [ group "/" ] interface [ ":" version ] ":" protocol
 *   service  := {"name": interface, "group"?, "version"?, "protocol", "port", "path", "params": {…}}
 *   instance := Curator's ServiceInstance; its payload names the revision of the metadata and the ports
 *
 * `params` is the query of the provider URL, so that a consumer is told the same on both ways: generic=true, the
 * serialization, time-out, methods, token; an absent version or group stays absent.
 */
export interface ApplicationMetadata {
  /** A digest of the content: equal exactly when the content is. Consumers keep what they have read of a revision. */
  readonly revision: string
  /** Full names of the Java interfaces, each once, sorted. */
  readonly interfaces: readonly string[]
  /** Data of the metadata node. */
  readonly text: string
}

/** Describes what an instance serves, from its provider URLs in any order. Throws ABOX_REGISTRY_URL. */
export function applicationMetadata(application: string, urls: readonly string[]): ApplicationMetadata {
  const services = new Map<string, object>()
  const interfaces = new Set<string>()
  for (const url of urls) {
    const { protocol, port, path, service, version, group, parameters } = parseProviderUrl(url)
    const key = `${group === undefined ? '' : `${group}/`}${service}${version === undefined ? '' : `:${version}`}:${protocol}`
    const params = Object.fromEntries([...parameters].sort(byName))
    services.set(key, { name: service, group, version, protocol, port, path, params })
    interfaces.add(service)
  }
  const content = { app: application, services: Object.fromEntries([...services].sort(byName)) }
  const revision = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, REVISION_DIGITS)
  const text = JSON.stringify({ app: application, revision, services: content.services })
  return { revision, interfaces: [...interfaces].sort(), text }
}

/** As many as Java's MD5 has. */
const REVISION_DIGITS = 32

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)

/** Where an instance stands. */
export interface InstanceAddress {
  readonly application: string
  readonly host: string
  readonly port: number
}

/** Data of an instance's node. `registeredAt` is ms since 1970; nobody evaluates it. */
export function instanceText(address: InstanceAddress, revision: string, registeredAt: number): string {
  const { application, host, port } = address
  const id = `${host}:${port}`
  return JSON.stringify({
    name: application,
    id,
    address: host,
    port,
    sslPort: null,
    payload: {
      '@class': 'org.apache.dubbo.registry.zookeeper.ZookeeperInstance',
      id,
      name: application,
      metadata: {
        'dubbo.endpoints': JSON.stringify([{ port, protocol: 'dubbo' }]),
        [REVISION]: revision,
        // The metadata are read from their node; `local` would make consumers ask a service of this instance.
        'dubbo.metadata.storage-type': 'remote'
      }
    },
    registrationTimeUTC: registeredAt,
    serviceType: 'DYNAMIC',
    uriSpec: null
  })
}

const REVISION = 'dubbo.metadata.revision'

/** Whether the data of an instance's node, Java's or ours, names this revision. */
export function usesRevision(instance: Buffer, revision: string): boolean {
  return instance.includes(`"${REVISION}":"${revision}"`)
}

/** The mapping with the application in it: the same bytes when it is there, else behind the names of the others. */
export function withApplication(mapping: Buffer | undefined, application: string): Buffer {
  const text = mapping?.toString() ?? ''
  const names = text.split(',').map((name) => name.trim())
  if (mapping !== undefined && names.includes(application)) return mapping
  return Buffer.from([...names.filter((name) => name !== ''), application].join(','))
}

/** Throws ABOX_REGISTRY_URL for a name that would be cut at a comma or make a path of its own. */
export function checkApplication(application: string): void {
  if (/^[^\s,/]+$/.test(application)) return
  const found = `application: found ${JSON.stringify(application)}`
  throw new AboxError(
    registryErrors.ABOX_REGISTRY_URL,
    `${found}, expected a name without comma, slash and white space`
  )
}
