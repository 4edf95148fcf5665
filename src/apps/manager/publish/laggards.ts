import { type Receipt, WHOLE_SET } from '#contracts/receipt'
import type { PublishedNode } from './nodes.ts'

/** A gateway or worker as it stands in ZooKeeper. */
export interface InstanceState {
  readonly instance: string
  readonly role: 'gateway' | 'worker'
  /** What it says of itself; undefined: it left a receipt only, or nothing that can be read. */
  readonly about: Readonly<Record<string, unknown>> | undefined
  /** Generation in force by place; undefined: no receipt. */
  readonly applied: Readonly<Record<string, number>> | undefined
  readonly refused: Readonly<Record<string, string>>
  readonly disabled: Readonly<Record<string, string>>
  /** Of the receipt: wall clock of the instance, ms. */
  readonly at: number | undefined
}

/** An instance that does not run what is published. */
export interface Alarm {
  readonly instance: string
  /** `unreadable`: what stands in the place of its receipt is none. */
  readonly what: 'behind' | 'refused' | 'silent' | 'unreadable'
  /** `(all)`: not of one document. */
  readonly document: string
  /** Generation that is published; undefined: none any more. */
  readonly published: number | undefined
  /** Generation that it runs; undefined: none. */
  readonly applied: number | undefined
  /** Of a refusal, in the instance's words. */
  readonly reason: string | undefined
  /** How long it has been so, ms; 0 for a refusal and what is unreadable. */
  readonly forMs: number
}

/** That an instance is behind in everything is seen from fewer. */
const MOST_OF_ONE = 10

/** An instance as it came from ZooKeeper, without what only time tells. */
export interface Seen {
  readonly role: 'gateway' | 'worker'
  readonly about: Readonly<Record<string, unknown>> | undefined
  readonly receipt: Receipt | undefined
  /** Something stands in the place of its receipt, and is none. */
  readonly unreadable?: boolean
}

interface Known extends Seen {
  readonly since: number
  /** `#version` with which its receipt was found to say what is published: until something changes it is not looked at again. */
  agreed: number | undefined
}

/**
 * Who is behind. Time counts from when this process saw the published generation or the instance, whichever came later,
 * on its monotonic clock; and not while ZooKeeper is away, when no instance could have heard of anything.
 */
export class Laggards {
  readonly #limitMs: number
  readonly #instances = new Map<string, Known>()
  readonly #changed = new Map<string, number>()
  #connectedSince: number | undefined = undefined
  /** Of what is published; grows with each change. */
  #version = 0

  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  /** `now`: monotonic, ms, here and below. */
  connected(isConnected: boolean, now: number): void {
    if (!isConnected) this.#connectedSince = undefined
    else this.#connectedSince ??= now
  }

  /** These places have changed where gateways read them. */
  changed(places: readonly string[], now: number): void {
    if (places.length > 0) this.#version++
    for (const place of places) this.#changed.set(place, now)
  }

  /** Those that are there now; the others are gone and drop out. */
  take(seen: ReadonlyMap<string, Seen>, now: number): void {
    for (const instance of this.#instances.keys()) if (!seen.has(instance)) this.#instances.delete(instance)
    for (const [instance, state] of seen) {
      const known = this.#instances.get(instance)
      const agreed = known?.receipt === state.receipt ? known?.agreed : undefined
      this.#instances.set(instance, { ...state, since: known?.since ?? now, agreed })
    }
  }

  instances(): InstanceState[] {
    return [...this.#instances].map(([instance, { role, about, receipt }]) => ({
      instance,
      role,
      about,
      // Put together when it is asked for.
      get applied() {
        return receipt?.applied
      },
      refused: receipt?.refused ?? {},
      disabled: receipt?.disabled ?? {},
      at: receipt?.at
    }))
  }

  /** At most ten of one instance, about documents that `isSeen`; (all) is seen by everybody. */
  alarms(
    nodes: ReadonlyMap<string, PublishedNode>,
    now: number,
    isSeen: (document: string) => boolean = () => true
  ): Alarm[] {
    const alarms: Alarm[] = []
    for (const [instance, state] of this.#instances) {
      // Workers serve what they were started with; they write no receipts.
      if (state.role === 'worker') continue
      let ofOne = 0
      for (const alarm of this.#alarmsOf(instance, state, nodes, now)) {
        if (alarm.document !== WHOLE_SET && !isSeen(alarm.document)) continue
        alarms.push(alarm)
        if (++ofOne === MOST_OF_ONE) break
      }
    }
    for (const place of this.#changed.keys()) if (!nodes.has(place) && !this.#isRun(place)) this.#changed.delete(place)
    return alarms
  }

  #isRun(place: string): boolean {
    for (const { receipt } of this.#instances.values()) if (receipt?.applied[place] !== undefined) return true
    return false
  }

  *#alarmsOf(instance: string, known: Known, nodes: ReadonlyMap<string, PublishedNode>, now: number): Iterable<Alarm> {
    const { receipt, since } = known
    const refused = receipt?.refused ?? {}
    for (const [document, reason] of Object.entries(refused)) {
      const [published, applied] = [nodes.get(document)?.generation, receipt?.applied[document]]
      yield { instance, what: 'refused', document, published, applied, reason, forMs: 0 }
    }
    if (known.unreadable === true) {
      const [published, applied, reason] = [undefined, undefined, 'its receipt in ZooKeeper cannot be read']
      yield { instance, what: 'unreadable', document: WHOLE_SET, published, applied, reason, forMs: 0 }
      return
    }
    if (this.#connectedSince === undefined) return
    const from = Math.max(since, this.#connectedSince)
    if (receipt === undefined) {
      const forMs = now - from
      const [published, applied, reason] = [undefined, undefined, undefined]
      if (forMs > this.#limitMs) {
        yield { instance, what: 'silent', document: WHOLE_SET, published, applied, reason, forMs }
      }
      return
    }
    if (known.agreed === this.#version) return
    const version = this.#version
    let agrees = true
    for (const document of documentsOf(nodes, receipt)) {
      const [published, applied] = [nodes.get(document)?.generation, receipt.applied[document]]
      if (published === applied) continue
      agrees = false
      if (Object.hasOwn(refused, document)) continue
      const forMs = now - Math.max(from, this.#changed.get(document) ?? 0)
      if (forMs > this.#limitMs) {
        yield { instance, what: 'behind', document, published, applied, reason: undefined, forMs }
      }
    }
    if (agrees) known.agreed = version
  }
}

/** What is published, then what runs and is not. */
function* documentsOf(nodes: ReadonlyMap<string, PublishedNode>, { applied }: Receipt): Iterable<string> {
  yield* nodes.keys()
  for (const document of Object.keys(applied)) if (!nodes.has(document)) yield document
}
