import { AboxError, describe } from '#core/errors'
import type { Logger } from '#core/logger'
import type { Change, Leadership, ZookeeperSession } from '#lib/zookeeper'
import { nodesBelow } from './nodes-below.ts'
import { batchesOf, changeOf, type Step } from './steps.ts'

export interface StepWriterOptions {
  /** Of the environment in ZooKeeper. */
  readonly root: string
  readonly environment: string
  readonly zookeeper: Pick<ZookeeperSession, 'children' | 'transact'>
  readonly log: Logger
}

/** So many steps are written alone at a time: each costs some answers of ZooKeeper. */
const MAX_ALONE = 100
/** Nodes that are removed in one transaction. */
const MAX_REMOVALS = 50

/** Errors that one node brings about, and not the connection or who leads. */
const OF_A_NODE: ReadonlySet<string> = new Set([
  'ABOX_ZK_CONFLICT',
  'ABOX_ZK_DENIED',
  'ABOX_ZK_REFUSED',
  'ABOX_ZK_PATH',
  'ABOX_ZK_TOO_LARGE'
])
/** Those that may be over when the node is another one. */
const BY_A_STRANGER: ReadonlySet<string> = new Set(['ABOX_ZK_CONFLICT', 'ABOX_ZK_DENIED'])

/**
 * Writes steps in their order, as many as possible in one transaction. Where a transaction fails because of a node, its
 * steps are written one by one, and what a stranger has put in the way is cleared away; a step that fails all the same
 * is left out, so that one odd node does not hold up all others, and tried again each time.
 */
export class StepWriter {
  readonly #options: StepWriterOptions
  /** Why by place; those that were tried last stand at the end. */
  readonly #unwritten = new Map<string, string>()

  constructor(options: StepWriterOptions) {
    this.#options = options
  }

  /** Steps that were left out: why, by place. */
  get unwritten(): ReadonlyMap<string, string> {
    return this.#unwritten
  }

  /** Another one leads, or nothing is published here: what is left out is not known any more. */
  forget(): void {
    this.#unwritten.clear()
  }

  /** The steps that are to be tried now: all, but of those that failed before only some, in turn. */
  due(steps: readonly Step[]): Step[] {
    const places = new Set(steps.map(({ place }) => place))
    for (const place of this.#unwritten.keys()) if (!places.has(place)) this.#unwritten.delete(place)
    const again = new Set([...this.#unwritten.keys()].slice(0, MAX_ALONE))
    return steps.filter(({ place }) => again.has(place) || !this.#unwritten.has(place))
  }

  /** `done` hears of each step that was written. Rejects where nothing can be written at all. */
  async write(leadership: Leadership, steps: readonly Step[], done: (step: Step) => void): Promise<void> {
    let alone = 0
    for (const batch of batchesOf(steps, this.#unwritten)) {
      // One that failed before has a batch of its own; a large one has, too, and mostly nothing is wrong with it.
      const [first] = batch
      const failedBefore = first !== undefined && this.#unwritten.has(first.place)
      if (!failedBefore && (await this.#writeAll(leadership, batch))) {
        batch.forEach(done)
        continue
      }
      for (const step of batch) {
        if (++alone > MAX_ALONE) this.#leaveOut(step, `more than ${MAX_ALONE} nodes cannot be written; not tried yet`)
        else if (await this.#tryAlone(leadership, step)) done(step)
      }
    }
  }

  /** False: one of them cannot be written. */
  async #writeAll(leadership: Leadership, batch: readonly Step[]): Promise<boolean> {
    try {
      await leadership.write(batch.map((step) => changeOf(step, this.#options.root)))
      return true
    } catch (error) {
      if (isOf(error, OF_A_NODE)) return false
      throw error
    }
  }

  async #tryAlone(leadership: Leadership, step: Step): Promise<boolean> {
    try {
      const isWritten = await this.#writeAlone(leadership, step)
      this.#unwritten.delete(step.place)
      return isWritten
    } catch (error) {
      if (!isOf(error, OF_A_NODE)) throw error
      this.#leaveOut(step, describe(error))
      return false
    }
  }

  /** False: the node is not as it was when the step was made; a watch tells of it. Rejects where it cannot be written. */
  async #writeAlone(leadership: Leadership, step: Step): Promise<boolean> {
    const { root } = this.#options
    const path = `${root}/${step.place}`
    try {
      await leadership.write([changeOf(step, root)])
      return true
    } catch (error) {
      if (!isOf(error, BY_A_STRANGER)) throw error
      if ((await this.#isThere(path)) !== (step.found !== undefined)) return false
      if (step.found === undefined) throw error
    }
    const below = await nodesBelow(this.#options.zookeeper, path)
    for (let from = 0; from < below.length; from += MAX_REMOVALS) {
      await leadership.write(below.slice(from, from + MAX_REMOVALS).map(removal))
    }
    // What a stranger owns we may not write; but whoever may write the folder may put another node in its place.
    const { wanted } = step
    await leadership.write([removal(path), ...(wanted === undefined ? [] : [creation(path, wanted.data)])])
    return true
  }

  async #isThere(path: string): Promise<boolean> {
    try {
      await this.#options.zookeeper.transact([{ kind: 'check', path }])
      return true
    } catch (error) {
      if (isOf(error, BY_A_STRANGER)) return (error as AboxError).code === 'ABOX_ZK_DENIED'
      throw error
    }
  }

  #leaveOut({ place }: Step, why: string): void {
    const { environment, log } = this.#options
    if (this.#unwritten.get(place) !== why) log.warn({ environment, document: place, why }, 'left out')
    this.#unwritten.delete(place)
    this.#unwritten.set(place, why)
  }
}

const removal = (path: string): Change => ({ kind: 'remove', path })
const creation = (path: string, data: Buffer): Change => ({ kind: 'create', path, data })

const isOf = (error: unknown, codes: ReadonlySet<string>): boolean =>
  error instanceof AboxError && codes.has(error.code)
