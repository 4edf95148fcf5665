import { randomUUID } from 'node:crypto'
import { type Environment, rootOf } from '#contracts/environment'
import type { Clock } from '#core/clock'
import { AboxError, describe } from '#core/errors'
import type { Logger } from '#core/logger'
import { createZookeeper, type Election, type Leadership, type ZookeeperSession } from '#lib/zookeeper'
import type { Store } from '../store/open-store.ts'
import { adoptedAt, markAdopted, markWithdrawn, unknownPlaces } from './adoption.ts'
import { Laggards } from './laggards.ts'
import { createLoop, type Loop } from './loop.ts'
import { PublishedNodes } from './nodes.ts'
import type { Publication, PublicationState } from './publication.ts'
import { publishedKinds } from './published.ts'
import { watchInstances } from './receipts.ts'
import { RepairAudit } from './repair-audit.ts'
import { findRepairs, type Repair } from './repairs.ts'
import { batchesOf, changeOf, type Step, stepsTo } from './steps.ts'
import { type Wanted, WantedDocuments } from './wanted.ts'

export interface PublisherOptions {
  readonly store: Store
  /** Its `publish.kind` is zookeeper. */
  readonly environment: Environment
  /** Of this manager, among the candidates; as a node's name may be. */
  readonly name: string
  /** `user:password` of ZooKeeper. */
  readonly credentials?: string | undefined
  readonly sessionTimeoutMs: number
  /** An instance that runs an older generation for longer than this is a laggard, ms. */
  readonly laggardMs: number
  /** Something was written into the store by the publisher itself. */
  readonly onAudit?: () => void
  readonly clock: Clock
  readonly log: Logger
}

/** Everything is compared again this often, whatever the watches and the signals said, ms. */
const EVERY_MS = 5000
/** How long after a write its own watch is waited for, ms; then what stands there is looked at as it is. */
const SETTLE_MS = 2000
const folders = publishedKinds.map(({ folder }) => folder)

/** It publishes no longer and is to leave nothing behind. */
interface Leaving {
  readonly successor: () => Publication | undefined
  readonly done: () => void
}

/**
 * Keeps ZooKeeper as the store wants it, while this process leads. Nothing is remembered of what was done: each pass
 * compares the whole, so an outage, a crash or a change of the leader leaves nothing half done.
 */
export class ZookeeperPublication implements Publication {
  readonly #options: PublisherOptions
  readonly #root: string
  readonly #where: string
  readonly #zookeeper: ZookeeperSession
  readonly #election: Election
  readonly #loop: Loop
  readonly #wanted: WantedDocuments
  readonly #nodes = new PublishedNodes(folders)
  readonly #laggards: Laggards
  readonly #watches: { remove(): void }[]
  /** What our own writes will be seen as: place → data, undefined = nothing. */
  readonly #unseen = new Map<string, Buffer | undefined>()
  #onSeen: (() => void) | undefined = undefined
  #adoptedAt: number | undefined = undefined
  #refused: string | undefined = undefined
  #prepared: Leadership | undefined = undefined
  #passes = 0
  #repairs = 0
  readonly #audit: RepairAudit
  #leaving: Leaving | undefined = undefined
  #closing: Promise<void> | undefined = undefined

  constructor(options: PublisherOptions) {
    const { environment, store, clock, log } = options
    const { publish, name } = environment
    const address = publish.kind === 'zookeeper' ? publish.address : ''
    this.#options = options
    this.#root = rootOf(environment)
    this.#where = `${address}${this.#root}`
    this.#wanted = new WantedDocuments(store, name)
    this.#laggards = new Laggards(options.laggardMs)
    this.#audit = new RepairAudit({ ...options, environment: name })
    this.#zookeeper = createZookeeper({
      address,
      sessionTimeoutMs: options.sessionTimeoutMs,
      reReadMs: 10_000,
      clock,
      log,
      ...(options.credentials !== undefined && { auth: { scheme: 'digest', credential: options.credentials } })
    })
    this.#zookeeper.on('state', (state) => this.#laggards.connected(state === 'connected', clock.monotonicMs()))
    this.#loop = createLoop(`publish ${name}`, EVERY_MS, log, () => this.#pass())
    this.#election = this.#zookeeper.elect(`${this.#root}/manager/election`, {
      name: options.name,
      fence: `${this.#root}/manager/fence`,
      onLeader: () => this.#loop.poke(),
      onFollower: () => this.#seen()
    })
    this.#watches = [
      ...folders.map((folder) =>
        this.#zookeeper.watchTree(`${this.#root}/${folder}`, (found) => this.#take(folder, found))
      ),
      watchInstances(this.#zookeeper, this.#root, (seen) => this.#laggards.take(seen, clock.monotonicMs()))
    ]
    void this.#zookeeper.start().catch((error: unknown) => log.error({ error: describe(error) }, 'ZooKeeper session'))
  }

  poke(): void {
    this.#loop.poke()
  }

  state(): PublicationState {
    return {
      leader: this.#election.leadership() !== undefined,
      connected: this.#zookeeper.state() === 'connected',
      refused: this.#refused,
      published: new Map([...this.#nodes.nodes].map(([place, { generation }]) => [place, generation])),
      instances: this.#laggards.instances(),
      alarms: (isSeen) => this.#laggards.alarms(this.#nodes.nodes, this.#options.clock.monotonicMs(), isSeen),
      repairs: this.#repairs
    }
  }

  async withdraw(successor: Leaving['successor']): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#leaving = { successor, done: resolve }
    if (this.#zookeeper.state() !== 'connected') {
      const about = { environment: this.#options.environment.name, where: this.#where }
      this.#options.log.warn(about, 'ZooKeeper is away: what is published there is removed when it is back')
    }
    this.#loop.poke()
    await promise
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#leaving?.done()
    this.#seen()
    await this.#loop.close()
    for (const watch of this.#watches) watch.remove()
    await this.#election.resign()
    await this.#zookeeper.close()
  }

  #take(folder: string, found: ReadonlyMap<string, Buffer>): void {
    const changed = this.#nodes.take(folder, found)
    this.#laggards.changed(changed, this.#options.clock.monotonicMs())
    for (const place of changed) {
      if (!this.#unseen.has(place)) continue
      if (isSame(this.#unseen.get(place), this.#nodes.nodes.get(place)?.data)) this.#unseen.delete(place)
    }
    if (this.#unseen.size === 0) this.#seen()
    this.#loop.poke()
  }

  #seen(): void {
    this.#onSeen?.()
  }

  async #pass(): Promise<void> {
    await this.#audit.write()
    if (this.#leaving !== undefined) return this.#leave(this.#leaving)
    const leadership = this.#election.leadership()
    if (leadership === undefined) return
    await this.#prepare(leadership)
    if (!this.#nodes.complete) return
    const wanted = await this.#wanted.read()
    if (!(await this.#mayPublish(wanted))) return
    const isFirst = this.#passes++ === 0
    const steps = stepsTo(wanted, this.#nodes.nodes)
    const emptied = isFirst && this.#nodes.nodes.size === 0 && this.#wasPublished(wanted)
    await this.#write(leadership, steps, emptied)
    if (this.#adoptedAt === undefined) await this.#adopt()
  }

  /** Each replica comes here; the one that leads removes, the others stay until they see that nothing is left. */
  async #leave({ successor, done }: Leaving): Promise<void> {
    if (!this.#nodes.complete) return
    const { store, environment, clock, log, onAudit } = this.#options
    const { nodes } = this.#nodes
    if (await this.#isPlaceOf(successor())) return done()
    this.#adoptedAt ??= await adoptedAt(store, environment.name, this.#where)
    if (this.#adoptedAt === undefined && (await unknownPlaces(store, environment.name, nodes.keys())).length > 0) {
      log.warn({ environment: environment.name, where: this.#where }, 'what somebody else has published there stays')
      return done()
    }
    const leadership = this.#election.leadership()
    if (leadership !== undefined) await this.#write(leadership, stepsTo(new Map(), nodes), false)
    if (nodes.size > 0) return
    if (leadership !== undefined && this.#adoptedAt !== undefined) {
      await markWithdrawn(store, environment.name, this.#where, clock.wallMs())
      onAudit?.()
    }
    log.info({ environment: environment.name, where: this.#where }, 'nothing is published there any more')
    done()
  }

  /** The address may be another one of the same ZooKeeper. Rejects where one of the two does not reach it. */
  async #isPlaceOf(other: Publication | undefined): Promise<boolean> {
    if (!(other instanceof ZookeeperPublication) || other.#root !== this.#root) return false
    const path = `${this.#root}/manager/moved-${randomUUID()}`
    await this.#zookeeper.ensurePersistent(path)
    try {
      // A read could be answered by a server that has not heard of it yet; a transaction is decided by the leader.
      await other.#zookeeper.transact([{ kind: 'check', path }])
      return true
    } catch (error) {
      if (error instanceof AboxError && error.code === 'ABOX_ZK_CONFLICT') return false
      throw error
    } finally {
      await this.#zookeeper.remove(path)
    }
  }

  /** False: what stands there was published by somebody else, and the store does not know all of it. */
  async #mayPublish(wanted: ReadonlyMap<string, Wanted>): Promise<boolean> {
    if (this.#adoptedAt !== undefined) return true
    const { store, environment, log } = this.#options
    this.#adoptedAt = await adoptedAt(store, environment.name, this.#where)
    if (this.#adoptedAt !== undefined) return true
    const unknown = await unknownPlaces(store, environment.name, this.#nodes.nodes.keys())
    if (unknown.length === 0) {
      this.#refused = undefined
      return wanted.size > 0
    }
    const names = `${unknown.slice(0, 10).join(', ')}${unknown.length > 10 ? ', …' : ''}`
    const refused = `${this.#where} holds ${unknown.length} documents that this manager does not know (${names}); take them over with "abox apply", or delete them there`
    if (refused !== this.#refused) log.warn({ environment: environment.name, unknown: unknown.length }, refused)
    this.#refused = refused
    return false
  }

  /** Only when all was written: a crash before that leaves nothing there that the store does not know. */
  async #adopt(): Promise<void> {
    const { store, environment, clock, onAudit } = this.#options
    const at = Math.round(clock.wallMs())
    await markAdopted(store, environment.name, this.#where, at)
    this.#adoptedAt = at
    onAudit?.()
  }

  /** Something of it was there for certain: it has not changed since all was published. */
  #wasPublished(wanted: ReadonlyMap<string, Wanted>): boolean {
    const at = this.#adoptedAt
    return at !== undefined && [...wanted.values()].some(({ changedAt }) => changedAt < at)
  }

  async #write(leadership: Leadership, steps: readonly Step[], emptied: boolean): Promise<void> {
    if (steps.length === 0) return
    const { store, environment } = this.#options
    const found = await findRepairs(store, environment.name, steps, this.#nodes, emptied)
    const repairs = new Map(found.map((repair) => [repair.place, repair]))
    for (const folder of folders) await this.#zookeeper.ensurePersistent(`${this.#root}/${folder}`)
    this.#unseen.clear()
    for (const batch of batchesOf(steps)) {
      await leadership.write(batch.map((step) => changeOf(step, this.#root)))
      for (const step of batch) this.#done(step, repairs.get(step.place))
    }
    await this.#settle()
    await this.#audit.write()
  }

  /** Before anything is published: gateways that start meanwhile register below what we have made. */
  async #prepare(leadership: Leadership): Promise<void> {
    if (this.#prepared === leadership) return
    // Those who register here are not us: with credentials they could not, if we alone could write.
    for (const name of ['receipts', 'servers/gateways', 'servers/workers', 'instances']) {
      await this.#zookeeper.ensurePersistent(`${this.#root}/${name}`, undefined, 'open')
    }
    this.#prepared = leadership
  }

  #done({ place, wanted }: Step, repair: Repair | undefined): void {
    const { environment, log } = this.#options
    const [data, now] = [wanted?.data, this.#nodes.nodes.get(place)?.data]
    // The watch may have been faster than the answer.
    if (!isSame(data, now)) this.#unseen.set(place, data)
    this.#nodes.wrote(place, wanted?.generation)
    if (repair === undefined) return
    this.#repairs++
    this.#audit.add(repair)
    log.warn({ environment: environment.name, document: place, found: repair.what }, 'ZooKeeper repaired')
  }

  /** What is compared next has to contain what was written just now. */
  async #settle(): Promise<void> {
    if (this.#unseen.size === 0 || this.#closing !== undefined) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onSeen = resolve
    const timer = setTimeout(resolve, SETTLE_MS)
    await promise
    clearTimeout(timer)
    this.#onSeen = undefined
    this.#unseen.clear()
  }
}

const isSame = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.equals(b))
