import { isIP, isIPv6 } from 'node:net'
import type { Clock } from '#core/clock'
import type { EndpointAddress } from './endpoint.ts'

/** The addresses of a name. May reject, may be empty. */
export type Lookup = (name: string) => Promise<readonly string[]>

export interface ResolverOptions {
  readonly clock: Clock
  readonly lookup: Lookup
  /** Pause between two look-ups of a name, ms. */
  readonly intervalMs?: number
  /** Look-ups at a time: those of the operating system occupy threads that files need too. */
  readonly concurrency?: number
}

export interface ResolverStats {
  readonly lookups: number
  /** Look-ups that failed or gave no address: the last good addresses stayed. */
  readonly failures: number
}

/**
 * Looks up the names of endpoints again and again, because a connection that is kept never does. A name becomes one
 * endpoint for each of its addresses, whose `host` is the name, as soon as it was looked up; a name that never could be,
 * an address and `localhost` stay as they are. For https the Host header is also the servername of TLS (undici), so the certificate
 * is still checked against the name.
 */
export interface Resolver {
  /** Delivers at once what is known now, and then whenever the addresses change. Returns how to stop it. */
  watch(origins: readonly string[], deliver: (addresses: readonly EndpointAddress[]) => void): () => void
  /** Looks up what is due. To be called about once a second. */
  tick(): void
  stats(): ResolverStats
}

interface Name {
  /** Sorted; empty before the first look-up that gave some. */
  addresses: readonly string[]
  nextAt: number
  running: boolean
  readonly watchers: Set<() => void>
}

export function createResolver({ clock, lookup, intervalMs = 10_000, concurrency = 2 }: ResolverOptions): Resolver {
  /** Those that have waited longest stand first. */
  const names = new Map<string, Name>()
  let running = 0
  let lookups = 0
  let failures = 0

  const nameOf = (host: string): Name => {
    const name = names.get(host) ?? { addresses: [], nextAt: 0, running: false, watchers: new Set() }
    names.set(host, name)
    return name
  }
  const resolve = async (host: string, name: Name): Promise<void> => {
    names.delete(host)
    names.set(host, name)
    name.running = true
    running++
    lookups++
    let found: readonly string[] = []
    try {
      found = oneFamily(await lookup(host))
    } catch {
      // No address: as an empty answer.
    }
    running--
    name.running = false
    name.nextAt = clock.monotonicMs() + intervalMs
    if (found.length === 0) failures++
    else if (found.join() !== name.addresses.join()) {
      name.addresses = found
      for (const watcher of name.watchers) watcher()
    }
    startDue()
  }
  /** The next ones begin when others end, so that a long list is not held up by the pace of ticks. */
  const startDue = (): void => {
    const now = clock.monotonicMs()
    for (const [host, name] of [...names]) {
      if (running >= concurrency) return
      if (!name.running && now >= name.nextAt) void resolve(host, name)
    }
  }

  return {
    watch(origins, deliver) {
      const urls = origins.map((origin) => ({ origin, url: new URL(origin) }))
      const hosts = new Set(urls.map(({ url }) => url.hostname).filter(isName))
      const tell = (): void => {
        deliver(urls.flatMap(({ origin, url }) => expand(origin, url, names.get(url.hostname)?.addresses ?? [])))
      }
      for (const host of hosts) nameOf(host).watchers.add(tell)
      tell()
      return () => {
        for (const host of hosts) {
          const name = nameOf(host)
          name.watchers.delete(tell)
          if (name.watchers.size === 0) names.delete(host)
        }
      }
    },
    tick: startDue,
    stats: () => ({ lookups, failures })
  }
}

const isName = (hostname: string): boolean =>
  hostname !== 'localhost' && isIP(hostname) === 0 && !hostname.startsWith('[')

/** The two families of a machine are one server: those of version 4, and only without them those of version 6. */
function oneFamily(addresses: readonly string[]): readonly string[] {
  const four = addresses.filter((address) => isIP(address) === 4)
  return [...new Set(four.length > 0 ? four : addresses.filter(isIPv6))].sort()
}

function expand(origin: string, url: URL, addresses: readonly string[]): readonly EndpointAddress[] {
  if (addresses.length === 0) return [{ origin }]
  const port = url.port === '' ? '' : `:${url.port}`
  return addresses.map((address) => ({
    origin: `${url.protocol}//${isIPv6(address) ? `[${address}]` : address}${port}`,
    host: url.host
  }))
}
