import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Logger } from '#core/logger'
import type { PersistentHandle, ZookeeperSession } from '#lib/zookeeper'
import {
  type ApplicationMetadata,
  applicationMetadata,
  checkApplication,
  type InstanceAddress,
  instanceText,
  usesRevision,
  withApplication
} from './application-metadata.ts'

/** One instance of an application, as Dubbo 3.x consumers find it beside the interface-level entries. */
export interface ApplicationInstance {
  /**
   * Offers exactly the services of these provider URLs, in place of those of the call before. Returns at once and is
   * kept over outages of the registry. With none the instance is taken back. Throws ABOX_REGISTRY_URL.
   */
  publish(urls: readonly string[]): void
  /** Resolves when consumers can find the instance; rejects with ABOX_ZK_CLOSED when it is taken back before. */
  visible(): Promise<void>
  /** Takes the instance back for good. Resolves when it is gone, or at once while the registry is away. */
  withdraw(): Promise<void>
}

export interface ApplicationInstanceOptions extends InstanceAddress {
  readonly session: ZookeeperSession
  /** Above `mapping` and `metadata`; Java: `/dubbo`. */
  readonly root: string
  /** Above the applications; Java: `/services`. */
  readonly servicesRoot: string
  readonly clock: Clock
  readonly log: Logger
}

/** How long consumers may still read a revision that the instance does not show any more, ms; Java tries again after 10 s. */
const RETIRE_MS = 60_000

/** Metadata that consumers may read now. */
interface Revision {
  readonly node: PersistentHandle
  /** Runs once the instance shows another revision. */
  timer: NodeJS.Timeout | undefined
}

/**
 * - `/dubbo/metadata/<application>/<revision>`: persistent, shared by all instances that offer the same on the same port;
 * - `/services/<application>/<host:port>`: ephemeral, names the revision;
 * - `/dubbo/mapping/<interface>`: persistent, open to all, names the applications. Names are added, never removed, as
 *   Java does: another instance may serve the interface, and a name without an instance costs consumers nothing.
 *
 * They are written in this order, so that whoever finds one finds what it points to. A change writes the new metadata
 * first and then the instance's node in its place: there is no moment without an instance. A revision that no instance
 * shows any more is removed by the last one that did, a minute later; what is current when an instance leaves stays,
 * since its successor most often has the same.
 */
export function createApplicationInstance(options: ApplicationInstanceOptions): ApplicationInstance {
  const { session, application, host, port, root, servicesRoot, clock, log } = options
  checkApplication(application)
  const registeredAt = clock.wallMs()
  const folder = `${servicesRoot}/${application}`
  const revisions = new Map<string, Revision>()
  const mappings = new Map<string, PersistentHandle>()
  let node: ReturnType<ZookeeperSession['setEphemeral']> | undefined
  let current: ApplicationMetadata | undefined
  let shown: Promise<void> = Promise.resolve()

  const metadataPath = (revision: string): string => `${root}/metadata/${application}/${revision}`

  const keepRevision = ({ revision, text }: ApplicationMetadata): Revision => {
    let kept = revisions.get(revision)
    if (kept === undefined) {
      const data = Buffer.from(text)
      const handle = session.keepPersistent(metadataPath(revision), () => data, { parents: 'open' })
      kept = { node: handle, timer: undefined }
      revisions.set(revision, kept)
    }
    clearTimeout(kept.timer)
    kept.timer = undefined
    return kept
  }
  const keepMapping = (service: string): Promise<void> => {
    const known = mappings.get(service)
    if (known !== undefined) return known.tried()
    const edit = (found: Buffer | undefined): Buffer => withApplication(found, application)
    const open = { access: 'open', parents: 'open' } as const
    const handle = session.keepPersistent(`${root}/mapping/${service}`, edit, open)
    mappings.set(service, handle)
    // Where others do not let us write, consumers still find the interface-level entries.
    return handle.tried()
  }
  const retire = async (revision: string): Promise<void> => {
    revisions.get(revision)?.node.letGo()
    revisions.delete(revision)
    for (const name of await session.children(folder)) {
      const instance = await session.read(`${folder}/${name}`)
      if (instance !== undefined && usesRevision(instance, revision)) return
    }
    // An instance that begins to use it at this moment keeps it, and so writes it again.
    await session.remove(metadataPath(revision))
  }
  const retireOthers = (): void => {
    for (const [revision, kept] of revisions) {
      if (revision === current?.revision) continue
      kept.timer ??= setTimeout(() => {
        retire(revision).catch((error: unknown) => log.debug({ revision, error: describe(error) }, 'old metadata stay'))
      }, RETIRE_MS).unref()
    }
  }
  const show = async (next: ApplicationMetadata): Promise<void> => {
    await keepRevision(next).node.written()
    if (current !== next) return
    const data = Buffer.from(instanceText({ application, host, port }, next.revision, registeredAt))
    if (node === undefined) node = session.setEphemeral(`${folder}/${host}:${port}`, data, { parents: 'open' })
    else node.update(data)
    await node.created()
    if (current !== next) return
    retireOthers()
    for (const [service, kept] of mappings) {
      if (next.interfaces.includes(service)) continue
      kept.letGo()
      mappings.delete(service)
    }
    await Promise.all(next.interfaces.map(keepMapping))
  }
  const hide = async (): Promise<void> => {
    const old = node
    node = undefined
    retireOthers()
    await old?.remove()
  }
  return {
    publish(urls) {
      const next = urls.length === 0 ? undefined : applicationMetadata(application, urls)
      if (next?.revision === current?.revision) return
      current = next
      shown = next === undefined ? hide() : show(next)
      // Who wants to know asks `visible`.
      shown.catch(() => {})
    },
    async visible() {
      for (let seen: Promise<void> | undefined; seen !== shown; ) {
        seen = shown
        await seen
      }
    },
    async withdraw() {
      current = undefined
      for (const kept of revisions.values()) {
        clearTimeout(kept.timer)
        kept.node.letGo()
      }
      for (const kept of mappings.values()) kept.letGo()
      revisions.clear()
      mappings.clear()
      await hide()
    }
  }
}
