import type { Receipt } from '#contracts/receipt'
import type { Clock } from '#core/clock'
import type { Logger } from '#core/logger'
import type { Store } from '../store/open-store.ts'
import { Laggards, type Seen } from './laggards.ts'
import { createLoop, type Loop } from './loop.ts'
import { PublishedNodes } from './nodes.ts'
import type { Publication, PublicationState } from './publication.ts'
import { publishedKinds } from './published.ts'
import { type Wanted, WantedDocuments } from './wanted.ts'

/** A document as a gateway takes it. */
export interface PublishedDocument {
  readonly key: string
  readonly source: string
  readonly text: string
}

export interface EmbeddedOptions {
  readonly store: Store
  readonly environment: string
  /** Takes the whole set; called again only when it has resolved. May reject: then it is called again. */
  readonly deliver: (documents: readonly PublishedDocument[]) => Promise<void>
  readonly laggardMs: number
  readonly clock: Clock
  readonly log: Logger
}

const EVERY_MS = 1000

/** Publishes to a gateway in the same process, which hands its receipts in. */
export class EmbeddedPublication implements Publication {
  readonly place = undefined
  readonly #options: EmbeddedOptions
  readonly #wanted: WantedDocuments
  readonly #nodes = new PublishedNodes(publishedKinds.map(({ folder }) => folder))
  readonly #laggards: Laggards
  readonly #seen = new Map<string, Seen>()
  readonly #loop: Loop
  #isDelivered = false
  #left: (() => void) | undefined = undefined

  constructor(options: EmbeddedOptions) {
    this.#options = options
    this.#wanted = new WantedDocuments(options.store, options.environment)
    this.#laggards = new Laggards(options.laggardMs)
    this.#laggards.connected(true, options.clock.monotonicMs())
    this.#loop = createLoop(`publish ${options.environment}`, EVERY_MS, options.log, () => this.#pass())
    this.#loop.poke()
  }

  poke(): void {
    this.#loop.poke()
  }

  /** What an instance runs now, and what it says of itself. */
  receive(receipt: Receipt, about?: Seen['about']): void {
    this.#seen.set(receipt.instance, { role: 'gateway', about, receipt })
    this.#laggards.take(new Map(this.#seen), this.#options.clock.monotonicMs())
  }

  state(): PublicationState {
    return {
      leader: true,
      leads: undefined,
      connected: true,
      refused: undefined,
      unwritten: new Map(),
      published: new Map([...this.#nodes.nodes].map(([place, { generation }]) => [place, generation])),
      instances: this.#laggards.instances(),
      alarms: (isSeen) => this.#laggards.alarms(this.#nodes.nodes, this.#options.clock.monotonicMs(), isSeen),
      repairs: 0
    }
  }

  async withdraw(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#left = resolve
    this.#loop.poke()
    await promise
  }

  async close(): Promise<void> {
    this.#left?.()
    await this.#loop.close()
  }

  async #pass(): Promise<void> {
    const { clock } = this.#options
    const left = this.#left
    const wanted = left === undefined ? await this.#wanted.read() : new Map<string, Wanted>()
    const changed: string[] = []
    for (const { folder } of publishedKinds) {
      const prefix = `${folder}/`
      const own = [...wanted].filter(([place]) => place.startsWith(prefix))
      changed.push(
        ...this.#nodes.take(folder, new Map(own.map(([place, { data }]) => [place.slice(prefix.length), data])))
      )
    }
    this.#laggards.changed(changed, clock.monotonicMs())
    if (changed.length > 0) this.#isDelivered = false
    if (!this.#isDelivered) await this.#deliver(wanted)
    left?.()
  }

  async #deliver(wanted: ReadonlyMap<string, Wanted>): Promise<void> {
    const { deliver, environment } = this.#options
    await deliver(
      [...wanted].map(([key, { data }]) => ({
        key,
        source: `manager ${environment} ${key}`,
        text: data.toString('utf8')
      }))
    )
    this.#isDelivered = true
  }
}
