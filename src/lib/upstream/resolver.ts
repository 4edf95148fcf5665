import { isIP, isIPv6 } from 'node:net'
import type { Clock } from '#core/clock'
import type { EndpointAddress } from './endpoint.ts'

/** The addresses of a name. May reject, may be empty. */
export type Lookup = (name: string) => Promise<readonly string[]>

/** Why an address must not be connected to; undefined: it may be. */
export type RefusalOf = (address: string) => string | undefined

export interface ResolverOptions {
  readonly clock: Clock
  readonly lookup: Lookup
  /** Pause between two look-ups of a name, ms. */
  readonly intervalMs?: number
  /** Look-ups at a time: those of the operating system occupy threads that files need too. */
  readonly concurrency?: number
  /** Hears of each address that a name leads to and that one of its watches refuses, when these have changed. */
  readonly onRefused?: (host: string, refusal: string) => void
}

export interface ResolverStats {
  readonly lookups: number
  /** Look-ups that failed or gave no address: the last good addresses stayed. */
  readonly failures: number
  /** Addresses that were found and must not be connected to, counted at each look-up. */
  readonly refused: number
}

/**
 * Looks up the names of endpoints again and again, because a connection that is kept never does. A name becomes one
 * endpoint for each of its addresses, whose `host` is the name, as soon as it was looked up; a name that never could be,
 * an address and `localhost` stay as they are. For https the Host header is also the servername of TLS (undici), so the certificate
 * is still checked against the name.
 *
 * A watch with `refusalOf` delivers only addresses that it lets through, and no name: the address that was checked is the
 * one that is connected to, wherever the name leads by then. It delivers nothing rather than an empty list, so that
 * before the first look-up there is no endpoint, and afterwards the last good ones stay.
 */
export interface Resolver {
  /** Delivers at once what is known now, and then whenever the addresses change. Returns how to stop it. */
  watch(
    origins: readonly string[],
    deliver: (addresses: readonly EndpointAddress[]) => void,
    refusalOf?: RefusalOf
  ): () => void
  /** Looks up what is due. To be called about once a second. */
  tick(): void
  stats(): ResolverStats
}

interface Name {
  /** Sorted; empty before the first look-up that gave some. */
  addresses: readonly string[]
  nextAt: number
  running: boolean
  /** What was refused at the last look-up. */
  refusals: string
  readonly watchers: Set<Watcher>
}

interface Watcher {
  readonly tell: () => void
  readonly refusalOf: RefusalOf | undefined
}

export function createResolver(options: ResolverOptions): Resolver {
  const { clock, lookup, intervalMs = 10_000, concurrency = 2, onRefused = () => {} } = options
  /** Those that have waited longest stand first. */
  const names = new Map<string, Name>()
  let running = 0
  let lookups = 0
  let failures = 0
  let refused = 0

  const nameOf = (host: string): Name => {
    const name = names.get(host) ?? { addresses: [], nextAt: 0, running: false, refusals: '', watchers: new Set() }
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
    const isNew = found.length > 0 && found.join() !== name.addresses.join()
    if (found.length === 0) failures++
    else countRefused(host, name, found)
    if (isNew) {
      name.addresses = found
      for (const watcher of name.watchers) watcher.tell()
    }
    startDue()
  }
  const countRefused = (host: string, name: Name, found: readonly string[]): void => {
    const refusals: string[] = []
    for (const address of found) {
      let refusal: string | undefined
      for (const { refusalOf } of name.watchers) refusal ??= refusalOf?.(address)
      if (refusal !== undefined) refusals.push(refusal)
    }
    refused += refusals.length
    // Told once, also where the first watch that refuses something came after the look-up.
    if (refusals.join() === name.refusals) return
    name.refusals = refusals.join()
    for (const refusal of refusals) onRefused(host, refusal)
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
    watch(origins, deliver, refusalOf) {
      const urls = origins.map((origin) => ({ origin, url: new URL(origin) }))
      // What is checked by its address is looked up whatever its name.
      const isLookedUp = refusalOf === undefined ? isName : isNoAddress
      const hosts = new Set(urls.map(({ url }) => url.hostname).filter(isLookedUp))
      const known = (host: string): readonly string[] => (hosts.has(host) ? (names.get(host)?.addresses ?? []) : [])
      const tell = (): void => {
        if (refusalOf === undefined) {
          deliver(urls.flatMap(({ origin, url }) => expand(origin, url, known(url.hostname))))
          return
        }
        const isOpen = (address: string): boolean => refusalOf(address) === undefined
        const open = urls.flatMap(({ origin, url }) => {
          if (hosts.has(url.hostname)) return expandAll(url, known(url.hostname).filter(isOpen))
          return isOpen(plainOf(url.hostname)) ? [{ origin }] : []
        })
        if (open.length > 0) deliver(open)
      }
      const watcher: Watcher = { tell, refusalOf }
      for (const host of hosts) nameOf(host).watchers.add(watcher)
      tell()
      return () => {
        for (const host of hosts) {
          const name = nameOf(host)
          name.watchers.delete(watcher)
          if (name.watchers.size === 0) names.delete(host)
        }
      }
    },
    tick: startDue,
    stats: () => ({ lookups, failures, refused })
  }
}

const isNoAddress = (hostname: string): boolean => isIP(hostname) === 0 && !hostname.startsWith('[')

const isName = (hostname: string): boolean => hostname !== 'localhost' && isNoAddress(hostname)

/** As the system writes an IPv6 address. */
const plainOf = (hostname: string): string => hostname.replace(/^\[|\]$/g, '')

/** The two families of a machine are one server: those of version 4, and only without them those of version 6. */
function oneFamily(addresses: readonly string[]): readonly string[] {
  const four = addresses.filter((address) => isIP(address) === 4)
  return [...new Set(four.length > 0 ? four : addresses.filter(isIPv6))].sort()
}

function expand(origin: string, url: URL, addresses: readonly string[]): readonly EndpointAddress[] {
  return addresses.length === 0 ? [{ origin }] : expandAll(url, addresses)
}

function expandAll(url: URL, addresses: readonly string[]): readonly EndpointAddress[] {
  const port = url.port === '' ? '' : `:${url.port}`
  return addresses.map((address) => ({
    origin: `${url.protocol}//${isIPv6(address) ? `[${address}]` : address}${port}`,
    host: url.host
  }))
}
