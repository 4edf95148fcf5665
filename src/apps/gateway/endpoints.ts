import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { contractErrors } from '#contracts/errors'
import type { Variant } from '#contracts/model'
import type { Clock } from '#core/clock'
import { AboxError } from '#core/errors'
import type { Logger } from '#core/logger'
import { createAddressRules } from '#lib/outbound'
import {
  createEndpointSet,
  createProber,
  createResolver,
  type EndpointSet,
  type Lookup,
  type RefusalOf,
  type Upstream
} from '#lib/upstream'
import type { Discovery } from './discovery.ts'
import { PROBE_MS, probeEndpoint } from './probe.ts'
import type { ModelEntry, VariantTarget } from './routing-table.ts'

/**
 * The endpoints of all variants, over all changes of documents. A pair of model and variant keeps its set, and with it
 * what is known of each endpoint; the set of a pair that is gone serves the calls that still have it.
 */
export interface EndpointKeeper {
  /**
   * The set of a variant that is being compiled; it is not changed before `retain`. Throws ABOX_DOCUMENT_INVALID where
   * workers are to be discovered and there is no ZooKeeper to ask, and where a third party is at an address that must not
   * be called.
   */
  setOf(model: string, variant: Variant): EndpointSet
  /** These models are in force from now on. */
  retain(models: Iterable<ModelEntry>): void
  /** For metrics. */
  kept(): Iterable<KeptVariant>
  /** Look-ups of names that failed or found nothing; the last good addresses stayed. */
  resolveFailures(): number
  /** Addresses that names of third parties led to and that must not be called, counted at each look-up. */
  refusedAddresses(): number
  close(): void
}

/** A variant in force, as metrics see it. */
export interface KeptVariant {
  readonly model: string
  readonly variant: string
  readonly set: EndpointSet
  probeFailures(): number
}

export interface EndpointKeeperOptions {
  readonly clock: Clock
  readonly upstream: Upstream
  /** Absent: there is no ZooKeeper, or no root of the documents in it. */
  readonly discovery: Discovery | undefined
  readonly maxInFlight: number
  readonly ejectMs: number
  readonly slowStartMs: number
  readonly probeIntervalMs: number
  readonly resolveMs: number
  /** Private ranges that third parties may be in, as `10.1.0.0/16`. */
  readonly thirdPartyRanges: readonly string[]
  readonly log: Logger
  readonly lookup?: Lookup | undefined
}

/** How often probes are started, and every how many of these ticks the rest is done. */
const TICK_MS = 250
const TICKS_OF_SWEEP = 4

interface Kept extends KeptVariant {
  target: VariantTarget | undefined
  /** What its list comes from; another text is another source. */
  source: string
  stopFeed(): void
  /** Whether its only endpoint is probed, too; undefined before it is probed at all. */
  always: boolean | undefined
  stopProbes(): void
}

const nothing = (): void => {}

/** Throws RangeError at a range that is none. */
export function createEndpointKeeper(options: EndpointKeeperOptions): EndpointKeeper {
  const { clock, upstream, discovery, log } = options
  const { refusalOf } = createAddressRules(options.thirdPartyRanges)
  const prober = createProber({ clock, intervalMs: options.probeIntervalMs, limitMs: PROBE_MS })
  const resolver = createResolver({
    clock,
    lookup: options.lookup ?? lookupAll,
    intervalMs: options.resolveMs,
    onRefused: (host, refusal) => log.warn({ host, refusal }, 'a third party leads to an address that is not called')
  })
  const pairs = new Map<string, Kept>()
  const sets = new Map<EndpointSet, Kept>()
  let ticks = 0

  const tick = (): void => {
    prober.tick()
    ticks++
    if (ticks % TICKS_OF_SWEEP !== 0) return
    resolver.tick()
    for (const set of sets.keys()) set.sweep()
  }
  const timer = setInterval(tick, TICK_MS).unref()

  let due = false
  /** Probes what is new before the next call; once for all lists that change in this turn. */
  const probeSoon = (): void => {
    if (due) return
    due = true
    queueMicrotask(() => {
      due = false
      prober.tick()
    })
  }
  const halt = (kept: Kept): void => {
    kept.stopFeed()
    kept.stopProbes()
  }
  /**
   * Lets the list come from where the document says, by name and address; returns how to stop it. What is known of a name
   * is forgotten with its last watch, so that a new one begins before the old one ends.
   */
  const feed = (kept: Kept, { source }: VariantTarget): (() => void) => {
    const rules = source.endpoint === undefined ? undefined : refusalOf
    let unresolve = nothing
    const deliver = (origins: readonly string[]): void => {
      if (origins.length === 0) {
        kept.set.update(origins)
        return
      }
      const before = unresolve
      unresolve = resolver.watch(
        origins,
        (addresses) => {
          kept.set.update(addresses)
          probeSoon()
        },
        rules
      )
      before()
    }
    let stop = nothing
    if (source.endpoints !== undefined) deliver(source.endpoints)
    else if (discovery !== undefined) stop = discovery.watch(kept.model, deliver)
    return () => {
      stop()
      unresolve()
    }
  }
  const probeAll = (kept: Kept, always: boolean): void => {
    const probe = (endpoint: Parameters<typeof probeEndpoint>[2]): Promise<boolean> =>
      kept.target === undefined ? Promise.resolve(true) : probeEndpoint(upstream, kept.target, endpoint)
    const probes = prober.watch(kept.set, probe, always)
    kept.stopProbes()
    kept.always = always
    kept.probeFailures = probes.failures
    kept.stopProbes = probes.stop
  }

  const follow = (kept: Kept, target: VariantTarget): void => {
    // Most models are as they were: a change is to cost what has changed.
    if (kept.target === target) return
    kept.target = target
    const { endpoints, discover, health } = target.source
    const source = JSON.stringify([endpoints, discover])
    if (kept.source !== source) {
      const before = kept.stopFeed
      kept.source = source
      kept.stopFeed = feed(kept, target)
      before()
    }
    // What probes have found out stays as long as they ask the same endpoints.
    if (kept.always !== (health !== undefined)) probeAll(kept, health !== undefined)
  }

  return {
    setOf(model, variant) {
      const { name, balance = 'round-robin', discover } = variant
      if (discover !== undefined && discovery === undefined) {
        throw new AboxError(
          contractErrors.ABOX_DOCUMENT_INVALID,
          `model ${model}: variant ${name}: discover: found "${discover}", which needs ZooKeeper: expected documents.root, and registry.address where documents are in a file, in the gateway's configuration`
        )
      }
      const refusal = refusalOfVariant(variant, refusalOf)
      if (refusal !== undefined) {
        throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `model ${model}: variant ${name}: ${refusal}`)
      }
      const key = `${model}\n${name}\n${balance}\n${placeOf(variant)}`
      const known = pairs.get(key)
      if (known !== undefined) return known.set
      const set = createEndpointSet({
        clock,
        policy: balance,
        maxInFlight: options.maxInFlight,
        ejection: { baseMs: options.ejectMs, maxMs: options.ejectMs * 10 },
        slowStartMs: options.slowStartMs
      })
      const kept: Kept = {
        model,
        variant: name,
        set,
        target: undefined,
        source: '',
        stopFeed: nothing,
        always: undefined,
        stopProbes: nothing,
        probeFailures: () => 0
      }
      pairs.set(key, kept)
      sets.set(set, kept)
      return set
    },
    retain(models) {
      const used = new Set<Kept>()
      for (const { variants } of models) {
        for (const target of variants) {
          const kept = sets.get(target.endpoints)
          if (kept === undefined) continue
          used.add(kept)
          follow(kept, target)
        }
      }
      for (const [key, kept] of pairs) {
        if (used.has(kept)) continue
        pairs.delete(key)
        sets.delete(kept.set)
        halt(kept)
        kept.set.close()
      }
      resolver.tick()
      prober.tick()
    },
    kept: () => sets.values(),
    resolveFailures: () => resolver.stats().failures,
    refusedAddresses: () => resolver.stats().refused,
    close() {
      clearInterval(timer)
      for (const kept of pairs.values()) halt(kept)
    }
  }
}

/**
 * A third party that moves gets a new set: what is sent to it, credentials included, must not go to where it was, nor
 * that of a server of our own to it.
 */
const placeOf = ({ endpoint, endpoints }: Variant): string =>
  endpoint === undefined ? '' : `${endpoint} ${endpoints?.join()}`

/** Addresses that stand in the document are refused with it; where names lead is seen at each look-up. */
function refusalOfVariant({ endpoint, endpoints = [] }: Variant, refusalOf: RefusalOf): string | undefined {
  if (endpoint === undefined) return undefined
  for (const origin of endpoints) {
    const host = new URL(origin).hostname.replace(/^\[|\]$/g, '')
    const refusal = isIP(host) === 0 ? undefined : refusalOf(host)
    if (refusal === undefined) continue
    return `endpoints: found "${origin}" of the third party "${endpoint}": ${refusal}, expected a public one or one of endpoints.thirdPartyRanges`
  }
  return undefined
}

/** As the operating system resolves names, with its hosts file and search domains. */
async function lookupAll(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address)
}
