import { EMPTY, emptyFolders, emptyMark } from '#contracts/emptied'
import type { Clock } from '#core/clock'
import type { PublishedNode } from './nodes.ts'
import type { Step } from './steps.ts'

/** What gateways are told to be empty by intention; see contracts/emptied.ts. */
export class EmptyMarks {
  readonly #name: string
  readonly #clock: Clock
  /** As ZooKeeper's watch has delivered them; undefined: not yet. */
  #found: ReadonlyMap<string, Buffer> | undefined = undefined

  /** `name`: of this manager. */
  constructor(name: string, clock: Clock) {
    this.#name = name
    this.#clock = clock
  }

  get complete(): boolean {
    return this.#found !== undefined
  }

  take(found: ReadonlyMap<string, Buffer>): void {
    this.#found = found
  }

  /** What is to be done before the documents are as `wanted`, by their places. `why`: for people. */
  steps(wanted: Iterable<string>, why: string): Step[] {
    const now = Math.round(this.#clock.wallMs())
    const steps: Step[] = []
    const places = new Set<string>(emptyFolders(wanted).map(emptyMark))
    for (const [name, data] of this.#found ?? []) {
      const place = `${EMPTY}/${name}`
      const found: PublishedNode = { data, generation: -1 }
      if (!places.delete(place)) steps.push({ place, wanted: undefined, found })
    }
    const data = Buffer.from(JSON.stringify({ by: this.#name, at: now, why }))
    for (const place of places) {
      steps.push({ place, wanted: { generation: 0, data, businessGroup: '', changedAt: now }, found: undefined })
    }
    return steps
  }
}

/** Whether a step is about a mark, and not about a document. */
export const isMark = ({ place }: Step): boolean => place.startsWith(`${EMPTY}/`)
