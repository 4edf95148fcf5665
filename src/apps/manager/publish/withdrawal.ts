import { randomUUID } from 'node:crypto'
import type { Clock } from '#core/clock'
import type { Logger } from '#core/logger'
import type { ZookeeperSession } from '#lib/zookeeper'
import type { Store } from '../store/open-store.ts'
import { adoptedAt, markWithdrawn, unknownPlaces } from './adoption.ts'
import type { PublishedNodes } from './nodes.ts'
import type { Publication } from './publication.ts'

/** What it is of a publication that leaves. */
export interface WithdrawalOptions {
  readonly store: Store
  readonly environment: string
  readonly root: string
  /** As adoption.ts says it. */
  readonly where: string
  readonly zookeeper: Pick<ZookeeperSession, 'setEphemeral' | 'state'>
  readonly nodes: PublishedNodes
  /** Removes all nodes; resolves with false where another replica leads, which does it. */
  readonly removeAll: () => Promise<boolean>
  readonly successor: () => Publication | undefined
  readonly resumed: boolean
  readonly onAudit?: (() => void) | undefined
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Takes out of ZooKeeper what an environment has published. That it is still to be done stands in the audit for as long as
 * it has a `publish` of that place behind the last `withdraw` (owed.ts): a manager that is stopped in the middle of it leaves
 * it to the next one.
 */
export class Withdrawal {
  /** Resolves when nothing is left to do. */
  readonly done: Promise<void>
  readonly end: () => void
  readonly #options: WithdrawalOptions

  constructor(options: WithdrawalOptions) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.done = promise
    this.end = resolve
    this.#options = options
    if (options.zookeeper.state() !== 'connected') {
      options.log.warn(this.#about(), 'ZooKeeper is away: what is published there is removed when it is back')
    }
  }

  /** Each replica comes here; the one that leads removes, the others stay until they see that nothing is left. */
  async step(): Promise<void> {
    const { store, environment, where, nodes, removeAll, successor, resumed, onAudit, clock, log } = this.#options
    if (!nodes.complete) return
    if (await this.#isPlaceOf(successor())) return this.end()
    const adopted = (await adoptedAt(store, environment, where)) !== undefined
    // Long after the order somebody else may have come; what stood there before we were is his in any case.
    if ((resumed || !adopted) && (await unknownPlaces(store, environment, nodes.nodes.keys())).length > 0) {
      log.warn(this.#about(), 'what somebody else has published there stays')
      return this.end()
    }
    const leads = await removeAll()
    if (nodes.nodes.size > 0) return
    if (leads && adopted) {
      await markWithdrawn(store, environment, where, clock.wallMs())
      onAudit?.()
    }
    log.info(this.#about(), 'nothing is published there any more')
    this.end()
  }

  #about(): { readonly environment: string; readonly where: string } {
    const { environment, where } = this.#options
    return { environment, where }
  }

  /** The address may be another one of the same ZooKeeper. Rejects where one of the two does not reach it. */
  async #isPlaceOf(other: Publication | undefined): Promise<boolean> {
    const { root, zookeeper } = this.#options
    if (other?.place?.root !== root) return false
    const path = `${root}/manager/moved-${randomUUID()}`
    const mark = zookeeper.setEphemeral(path, Buffer.alloc(0))
    try {
      // Not there before ZooKeeper is, which whoever ends this does not wait for.
      await Promise.race([mark.created(), this.done])
      return await other.place.has(path)
    } finally {
      await mark.remove()
    }
  }
}
