import { describe } from '#core/errors'
import type { Logger } from '#core/logger'
import type { DubboRegistry, Registration } from '#lib/dubbo-registry'
import type { RoutingTable, ServiceEntry } from './routing-table.ts'

/** Keeps the registry saying what the routing table serves: one entry per service, and this instance with all of them. */
export interface Registrations {
  /** Registers what is new, takes back what is gone, replaces entries whose methods or time-out changed. */
  update(table: RoutingTable): void
  /** Resolves when every entry is visible in the registry. */
  visible(): Promise<void>
  unregisterAll(): Promise<void>
  /** Takes every entry back and makes none, or makes them again; calls that come are answered in both. */
  setOffline(isOffline: boolean): void
  isOffline(): boolean
}

export interface RegistrationOptions {
  readonly registry: DubboRegistry
  readonly host: string
  readonly port: number
  readonly application: string
  /** `both`: interface-level entries and application-level discovery, as Dubbo 3.x registers by default. */
  readonly discovery: 'both' | 'interface'
  readonly log: Logger
}

/**
 * Resolves when all entries are there at one moment; never rejects. One that is taken back or replaced before it was
 * visible only makes it look again.
 */
export async function untilVisible(registrations: Pick<Registrations, 'visible'>): Promise<void> {
  for (;;) {
    try {
      await registrations.visible()
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS).unref())
    }
  }
}

const LOOK_AGAIN_MS = 100

/** How long an entry that was replaced stays beside the new one, ms. */
const OVERLAP_MS = 8000

export function createRegistrations(options: RegistrationOptions): Registrations {
  const { registry, host, port, application, discovery, log } = options
  const instance = discovery === 'both' ? registry.instance({ application, host, port }) : undefined
  const entries = new Map<string, { readonly url: string; readonly registration: Registration }>()
  const replaced = new Map<Registration, NodeJS.Timeout | undefined>()
  let leaving = false
  let offline = false
  let current: RoutingTable | undefined
  const urlOf = (entry: ServiceEntry): string =>
    registry.providerUrl({
      host,
      port,
      service: entry.service,
      version: entry.version,
      group: entry.group,
      application,
      // Sorted, so that another order in the document is not another entry.
      methods: [...entry.methods.keys()].sort(),
      timeoutMs: entry.timeoutMs,
      token: entry.token
    })
  const remove = (registration: Registration): void => {
    registration.unregister().catch((error: unknown) => log.warn({ error: describe(error) }, 'entry not taken back'))
  }
  /** An addition reaches 3.x consumers 5.5 to 5.9 s late, a removal at once: the old entry stays until both were seen. */
  const replace = (old: Registration, made: Registration): void => {
    replaced.set(old, undefined)
    const visible = made.visible().then(() => {
      if (!replaced.has(old)) return
      const timer = setTimeout(() => {
        replaced.delete(old)
        remove(old)
      }, OVERLAP_MS)
      replaced.set(old, timer.unref())
    })
    visible.catch(() => {})
  }
  const removeAll = (): void => {
    for (const { registration } of entries.values()) remove(registration)
    for (const [old, timer] of replaced) {
      clearTimeout(timer)
      remove(old)
    }
    entries.clear()
    replaced.clear()
    instance?.publish([])
  }
  const registrations: Registrations = {
    update(table) {
      current = table
      // A document that changes while the instance drains must not call consumers back to it.
      if (leaving || offline) return
      for (const entry of table.services.values()) {
        const url = urlOf(entry)
        const known = entries.get(entry.key)
        if (known?.url === url) continue
        const registration = registry.register(url)
        entries.set(entry.key, { url, registration })
        if (known !== undefined) replace(known.registration, registration)
      }
      for (const [key, { registration }] of entries) {
        if (table.services.has(key)) continue
        entries.delete(key)
        remove(registration)
      }
      instance?.publish([...entries.values()].map(({ url }) => url))
    },
    async visible() {
      await Promise.all([
        ...[...entries.values()].map(({ registration }) => registration.visible()),
        instance?.visible()
      ])
    },
    async unregisterAll() {
      leaving = true
      const all = [...entries.values()].map(({ registration }) => registration)
      for (const [old, timer] of replaced) {
        clearTimeout(timer)
        all.push(old)
      }
      entries.clear()
      replaced.clear()
      await Promise.all([...all.map((registration) => registration.unregister()), instance?.withdraw()])
    },
    setOffline(isOffline) {
      if (leaving || isOffline === offline) return
      offline = isOffline
      log.warn({ offline }, offline ? 'taken out of the registry by the manager' : 'back in the registry')
      if (offline) removeAll()
      else if (current !== undefined) registrations.update(current)
    },
    isOffline: () => offline
  }
  return registrations
}
