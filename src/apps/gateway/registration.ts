import { describe } from '#core/errors'
import type { Logger } from '#core/logger'
import type { DubboRegistry, Registration } from '#lib/dubbo-registry'
import type { RoutingTable, ServiceEntry } from './routing-table.ts'

/** Keeps one registry entry per service of the routing table. */
export interface Registrations {
  /** Registers what is new, takes back what is gone, replaces entries whose methods or time-out changed. */
  update(table: RoutingTable): void
  /** Resolves when every entry is visible in the registry. */
  visible(): Promise<void>
  unregisterAll(): Promise<void>
}

export interface RegistrationOptions {
  readonly registry: DubboRegistry
  readonly host: string
  readonly port: number
  readonly application: string
  readonly log: Logger
}

export function createRegistrations({ registry, host, port, application, log }: RegistrationOptions): Registrations {
  const entries = new Map<string, { readonly url: string; readonly registration: Registration }>()
  const urlOf = (entry: ServiceEntry): string =>
    registry.providerUrl({
      host,
      port,
      service: entry.service,
      version: entry.version,
      group: entry.group,
      application,
      methods: [...entry.methods.keys()],
      timeoutMs: entry.timeoutMs
    })
  const remove = (registration: Registration): void => {
    registration.unregister().catch((error: unknown) => log.warn({ error: describe(error) }, 'entry not taken back'))
  }
  return {
    update(table) {
      for (const entry of table.services.values()) {
        const url = urlOf(entry)
        const known = entries.get(entry.key)
        if (known?.url === url) continue
        // The new entry first: a moment with two is harmless, a moment with none is an outage.
        entries.set(entry.key, { url, registration: registry.register(url) })
        if (known !== undefined) remove(known.registration)
      }
      for (const [key, { registration }] of entries) {
        if (table.services.has(key)) continue
        entries.delete(key)
        remove(registration)
      }
    },
    async visible() {
      await Promise.all([...entries.values()].map(({ registration }) => registration.visible()))
    },
    async unregisterAll() {
      const all = [...entries.values()]
      entries.clear()
      await Promise.all(all.map(({ registration }) => registration.unregister()))
    }
  }
}
