import type { Clock } from '#core/clock'
import type { Logger } from '#core/logger'
import type { Store } from '../store/open-store.ts'
import { adoptedAt, markAdopted, unknownPlaces } from './adoption.ts'
import type { Wanted } from './wanted.ts'

export interface FirstPublicationOptions {
  readonly store: Store
  readonly environment: string
  /** As adoption.ts says it. */
  readonly where: string
  /** Something was written into the store. */
  readonly onAudit?: (() => void) | undefined
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Whether an environment may be published where it never was: not over documents of somebody else. Once it was published
 * whole it may, whatever is found there.
 */
export class FirstPublication {
  readonly #options: FirstPublicationOptions
  /** Wall clock, ms. */
  #doneAt: number | undefined = undefined
  #refused: string | undefined = undefined

  constructor(options: FirstPublicationOptions) {
    this.#options = options
  }

  /** Why it may not, for people. */
  get refused(): string | undefined {
    return this.#refused
  }

  /** Another one leads: it is his to tell. */
  forget(): void {
    this.#refused = undefined
  }

  /** False as well while there is nothing to publish. `places`: all that stands there. Rejects where the store is away. */
  async isAllowed(wanted: ReadonlyMap<string, Wanted>, places: Iterable<string>): Promise<boolean> {
    if (this.#doneAt !== undefined) return true
    const { store, environment, where, log } = this.#options
    this.#doneAt = await adoptedAt(store, environment, where)
    if (this.#doneAt !== undefined) {
      this.#refused = undefined
      return true
    }
    const unknown = await unknownPlaces(store, environment, places)
    if (unknown.length === 0) {
      this.#refused = undefined
      return wanted.size > 0
    }
    const names = `${unknown.slice(0, 10).join(', ')}${unknown.length > 10 ? ', …' : ''}`
    const refused = `${where} holds ${unknown.length} documents that this manager does not know (${names}); take them over with "abox apply", or delete them there`
    if (refused !== this.#refused) log.warn({ environment, unknown: unknown.length }, refused)
    this.#refused = refused
    return false
  }

  /** Only when all was written that can be: a crash before that leaves nothing there that the store does not know. */
  async done(): Promise<void> {
    if (this.#doneAt !== undefined) return
    const { store, environment, where, clock, onAudit } = this.#options
    const at = Math.round(clock.wallMs())
    await markAdopted(store, environment, where, at)
    this.#doneAt = at
    onAudit?.()
  }

  /** Something of it was there for certain: it has not changed since all was published. */
  wasOf(wanted: ReadonlyMap<string, Wanted>): boolean {
    const at = this.#doneAt
    return at !== undefined && [...wanted.values()].some(({ changedAt }) => changedAt < at)
  }
}
