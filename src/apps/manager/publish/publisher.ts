import { EMPTY } from '#contracts/emptied'
import { type Environment, rootOf } from '#contracts/environment'
import type { Clock } from '#core/clock'
import { AboxError, describe } from '#core/errors'
import type { Logger } from '#core/logger'
import { createZookeeper, type Election, type Leadership, type ZookeeperSession } from '#lib/zookeeper'
import type { Store } from '../store/open-store.ts'
import { whereOf } from './adoption.ts'
import { EmptyMarks, isMark } from './empty-marks.ts'
import { FirstPublication } from './first-publication.ts'
import type { FormerCredentials } from './former-credentials.ts'
import { Laggards } from './laggards.ts'
import { createLoop, type Loop } from './loop.ts'
import { PublishedNodes } from './nodes.ts'
import { PlaceOwner } from './place-owner.ts'
import { NOTHING, type Publication, type PublicationState, type PublishedPlace } from './publication.ts'
import { publishedKinds } from './published.ts'
import { watchInstances } from './receipts.ts'
import { RepairAudit } from './repair-audit.ts'
import { findRepairs, type Repair } from './repairs.ts'
import { StepWriter } from './step-writer.ts'
import { type Step, stepsTo } from './steps.ts'
import { closeNodes, OPEN_FOLDERS, takeOver } from './take-over.ts'
import { WantedDocuments } from './wanted.ts'
import { Withdrawal } from './withdrawal.ts'

export interface PublisherOptions {
  readonly store: Store
  /** Its `publish.kind` is zookeeper. */
  readonly environment: Environment
  /** Of this manager, among the candidates; as a node's name may be. */
  readonly name: string
  /** `user:password` of ZooKeeper. */
  readonly credentials?: string | undefined
  /** Those that this environment had before, for nodes that still belong to them. */
  readonly former: () => Promise<FormerCredentials>
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

/**
 * Keeps ZooKeeper as the store wants it, while this process leads. Nothing is remembered of what was done: each pass
 * compares the whole, so an outage, a crash or a change of the leader leaves nothing half done.
 */
export class ZookeeperPublication implements Publication {
  readonly #options: PublisherOptions
  readonly #root: string
  readonly #where: string
  readonly #zookeeper: ZookeeperSession
  #election: Election
  readonly #loop: Loop
  readonly #wanted: WantedDocuments
  readonly #nodes = new PublishedNodes(folders)
  readonly #laggards: Laggards
  readonly #watches: { remove(): void }[]
  /** What our own writes will be seen as: place → data, undefined = nothing. */
  readonly #unseen = new Map<string, Buffer | undefined>()
  #onSeen: (() => void) | undefined = undefined
  readonly #first: FirstPublication
  /** Why the last pass could not write at all; a pass that comes to its end has found nothing of it. */
  #denied: string | undefined = undefined
  /** Why it is not published, whoever leads: the place is another environment's, or our credentials are not those of its nodes. */
  #kept: string | undefined = undefined
  /** The last one that was looked into. */
  #failure: AboxError | undefined = undefined
  #isForeign = false
  readonly #owner: PlaceOwner
  #prepared: Leadership | undefined = undefined
  /** Places of what had been published before this process led for the first time, and was not there then. */
  #gone: Set<string> | undefined = undefined
  #repairs = 0
  readonly #audit: RepairAudit
  readonly #marks: EmptyMarks
  readonly #writer: StepWriter
  #leaving: Withdrawal | undefined = undefined
  #closing: Promise<void> | undefined = undefined

  constructor(options: PublisherOptions) {
    const { environment, store, clock, log } = options
    const { publish, name } = environment
    const address = publish.kind === 'zookeeper' ? publish.address : ''
    this.#options = options
    this.#root = rootOf(environment)
    this.#where = whereOf(environment)
    this.#wanted = new WantedDocuments(store, name)
    this.#laggards = new Laggards(options.laggardMs)
    this.#audit = new RepairAudit({ ...options, environment: name })
    this.#marks = new EmptyMarks(options.name, clock)
    this.#first = new FirstPublication({ ...options, environment: name, where: this.#where })
    this.#owner = new PlaceOwner({ store, environment: name, where: this.#where, root: this.#root })
    this.#zookeeper = createZookeeper({
      address,
      sessionTimeoutMs: options.sessionTimeoutMs,
      reReadMs: 10_000,
      clock,
      log,
      ...(options.credentials !== undefined && { auth: { scheme: 'digest', credential: options.credentials } })
    })
    this.#writer = new StepWriter({ root: this.#root, environment: name, zookeeper: this.#zookeeper, log })
    this.#zookeeper.on('state', (state) => this.#laggards.connected(state === 'connected', clock.monotonicMs()))
    this.#loop = createLoop(`publish ${name}`, EVERY_MS, log, () => this.#tryPass())
    this.#election = this.#elect()
    this.#watches = [
      ...folders.map((folder) =>
        this.#zookeeper.watchTree(`${this.#root}/${folder}`, (found) => this.#take(folder, found))
      ),
      this.#zookeeper.watchTree(`${this.#root}/${EMPTY}`, (found) => {
        this.#marks.take(found)
        this.#loop.poke()
      }),
      this.#zookeeper.watchData(this.#owner.path, (found) => {
        this.#owner.take(found)
        this.#loop.poke()
      }),
      watchInstances(this.#zookeeper, this.#root, (seen) => this.#laggards.take(seen, clock.monotonicMs()))
    ]
    void this.#zookeeper.start().catch((error: unknown) => log.error({ error: describe(error) }, 'ZooKeeper session'))
  }

  poke(): void {
    this.#loop.poke()
  }

  state(): PublicationState {
    const leader = this.#election.leadership() !== undefined
    const connected = this.#zookeeper.state() === 'connected'
    const leads = this.#election.leader()
    // What stands there is another environment's.
    if (this.#isForeign) return { ...NOTHING, connected, refused: this.#kept, repairs: this.#repairs }
    return {
      leader,
      leads,
      connected,
      refused: this.#kept ?? this.#denied ?? this.#first.refused,
      unwritten: this.#writer.unwritten,
      published: new Map([...this.#nodes.nodes].map(([place, { generation }]) => [place, generation])),
      instances: this.#laggards.instances(),
      alarms: (isSeen) => this.#laggards.alarms(this.#nodes.nodes, this.#options.clock.monotonicMs(), isSeen),
      repairs: this.#repairs
    }
  }

  get place(): PublishedPlace {
    return {
      root: this.#root,
      has: async (path) => {
        try {
          // A read could be answered by a server that has not heard of it yet; a transaction is decided by the leader.
          await this.#zookeeper.transact([{ kind: 'check', path }])
          return true
        } catch (error) {
          if (error instanceof AboxError && error.code === 'ABOX_ZK_CONFLICT') return false
          throw error
        }
      }
    }
  }

  async withdraw(successor: () => Publication | undefined, resumed = false): Promise<void> {
    const { store, environment, onAudit, clock, log } = this.#options
    this.#leaving = new Withdrawal({
      store,
      environment: environment.name,
      root: this.#root,
      where: this.#where,
      zookeeper: this.#zookeeper,
      nodes: this.#nodes,
      removeAll: async () => {
        const leadership = this.#election.leadership()
        if (leadership === undefined) return false
        const steps = stepsTo(new Map(), this.#nodes.nodes)
        // Where nothing stands nobody reads, or the mark is there already.
        const marks = steps.length === 0 ? [] : this.#marks.steps([], `withdrawn from ${this.#where}`)
        await this.#write(leadership, [...marks, ...steps])
        const release = this.#nodes.nodes.size === 0 ? this.#owner.release() : undefined
        if (release !== undefined) await leadership.write([release])
        return true
      },
      successor,
      resumed,
      onAudit,
      clock,
      log
    })
    this.#loop.poke()
    await this.#leaving.done
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#leaving?.end()
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
      if (this.#nodes.nodes.has(place)) this.#gone?.delete(place)
      if (!this.#unseen.has(place)) continue
      if (isSame(this.#unseen.get(place), this.#nodes.nodes.get(place)?.data)) this.#unseen.delete(place)
    }
    if (this.#unseen.size === 0) this.#seen()
    this.#loop.poke()
  }

  #seen(): void {
    this.#onSeen?.()
  }

  /** What holds up a leader is the next one's to tell. */
  #follow(): void {
    this.#first.forget()
    this.#denied = undefined
    this.#writer.forget()
    this.#seen()
  }

  async #tryPass(): Promise<void> {
    try {
      await this.#pass()
      this.#denied = undefined
    } catch (error) {
      // Nothing of it passes by itself: somebody has to look.
      if (error instanceof AboxError && error.code === 'ABOX_ZK_DENIED') this.#denied = error.message
      throw error
    }
  }

  async #pass(): Promise<void> {
    await this.#audit.write()
    if (await this.#isOfAnother()) return
    // Nothing is taken away from another one.
    if (this.#leaving !== undefined) return this.#owner.complete ? this.#leaving.step() : undefined
    const leadership = this.#election.leadership()
    if (leadership === undefined) return this.#lookAtFailure()
    this.#kept = undefined
    await this.#prepare(leadership)
    if (!this.#nodes.complete || !this.#marks.complete || !this.#owner.complete) return
    const wanted = await this.#wanted.read()
    if (!this.#isPublishedHere() || !(await this.#first.isAllowed(wanted, this.#nodes.nodes.keys()))) return
    const claim = this.#owner.claim()
    if (claim !== undefined) await leadership.write([claim])
    const isEmptied = this.#nodes.nodes.size === 0 && this.#first.wasOf(wanted)
    this.#gone ??= new Set(isEmptied ? wanted.keys() : [])
    const marks = this.#marks.steps(wanted.keys(), 'there are none')
    await this.#write(leadership, [...marks, ...stepsTo(wanted, this.#nodes.nodes)])
    await this.#first.done()
  }

  #elect(): Election {
    return this.#zookeeper.elect(`${this.#root}/manager/election`, {
      name: this.#options.name,
      fence: `${this.#root}/manager/fence`,
      onLeader: () => this.#loop.poke(),
      onFollower: () => this.#follow()
    })
  }

  /** Whose place it is has the lead there: it is given up, to stand again behind him. */
  async #isOfAnother(): Promise<boolean> {
    const refusal = await this.#owner.refusal()
    if (refusal === undefined) {
      if (this.#isForeign) this.#kept = undefined
      this.#isForeign = false
      return false
    }
    const { environment, log } = this.#options
    if (refusal !== this.#kept) log.warn({ environment: environment.name }, refusal)
    this.#kept = refusal
    this.#isForeign = true
    this.#leaving?.end()
    if (this.#election.leadership() !== undefined) {
      await this.#election.resign()
      this.#election = this.#elect()
    }
    return true
  }

  /** Of who does not lead: that he cannot even stand may be because of new credentials. */
  async #lookAtFailure(): Promise<void> {
    const { environment, credentials, former, log } = this.#options
    const failure = this.#election.failure()
    if (failure === undefined) this.#kept = undefined
    if (failure?.code !== 'ABOX_ZK_DENIED' || failure === this.#failure) return
    this.#failure = failure
    const why = await takeOver({ environment, credentials, former, log })
    this.#kept = why === undefined ? undefined : `${why} (${failure.message})`
  }

  /**
   * False: it is gone or has moved, and we will hear of that; who led before us may have removed everything already. Read
   * after we have led: whoever led before has known no more than that.
   */
  #isPublishedHere(): boolean {
    const { environment } = this.#wanted
    return environment !== undefined && whereOf(environment) === this.#where
  }

  async #write(leadership: Leadership, all: readonly Step[]): Promise<void> {
    const steps = this.#writer.due(all)
    if (steps.length === 0) return
    const { store, environment } = this.#options
    const documents = steps.filter((step) => !isMark(step))
    const found = await findRepairs(store, environment.name, documents, this.#nodes, this.#gone ?? new Set())
    const repairs = new Map(found.map((repair) => [repair.place, repair]))
    for (const folder of [...folders, EMPTY]) await this.#zookeeper.ensurePersistent(`${this.#root}/${folder}`)
    this.#unseen.clear()
    await this.#writer.write(leadership, steps, (step) => {
      if (!isMark(step)) this.#done(step, repairs.get(step.place))
    })
    await this.#settle()
    await this.#audit.write()
  }

  /** Before anything is published: gateways that start meanwhile register below what we have made. */
  async #prepare(leadership: Leadership): Promise<void> {
    if (this.#prepared === leadership) return
    // Those who register here are not us: with credentials they could not, if we alone could write.
    for (const name of OPEN_FOLDERS) {
      await this.#zookeeper.ensurePersistent(`${this.#root}/${name}`, undefined, 'open')
    }
    const { environment, credentials, log } = this.#options
    if (credentials !== undefined) await closeNodes(environment, credentials, log)
    this.#prepared = leadership
  }

  #done({ place, wanted }: Step, repair: Repair | undefined): void {
    const { environment, log } = this.#options
    const [data, now] = [wanted?.data, this.#nodes.nodes.get(place)?.data]
    // The watch may have been faster than the answer.
    if (!isSame(data, now)) this.#unseen.set(place, data)
    this.#nodes.wrote(place, wanted?.generation)
    this.#gone?.delete(place)
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
