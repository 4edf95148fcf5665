import type { Receipt } from '#contracts/receipt'
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
  readonly what: 'behind' | 'refused' | 'silent'
  /** `(all)`: not of one document. */
  readonly document: string
  /** Generation that is published; undefined: none any more. */
  readonly published: number | undefined
  /** Generation that it runs; undefined: none. */
  readonly applied: number | undefined
  /** Of a refusal, in the instance's words. */
  readonly reason: string | undefined
  /** How long it has been so, ms; 0 for a refusal. */
  readonly forMs: number
}

/** A fleet that is behind in everything is seen from fewer. */
const MAX_ALARMS = 1000

/** An instance as it came from ZooKeeper, without what only time tells. */
export interface Seen {
  readonly role: 'gateway' | 'worker'
  readonly about: Readonly<Record<string, unknown>> | undefined
  readonly receipt: Receipt | undefined
}

/**
 * Who is behind. Time counts from when this process saw the published generation or the instance, whichever came later,
 * on its monotonic clock; and not while ZooKeeper is away, when no instance could have heard of anything.
 */
export class Laggards {
  readonly #limitMs: number
  readonly #instances = new Map<string, Seen & { readonly since: number }>()
  readonly #changed = new Map<string, number>()
  #connectedSince: number | undefined = undefined

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
    for (const place of places) this.#changed.set(place, now)
  }

  /** Those that are there now; the others are gone and drop out. */
  take(seen: ReadonlyMap<string, Seen>, now: number): void {
    for (const instance of this.#instances.keys()) if (!seen.has(instance)) this.#instances.delete(instance)
    for (const [instance, state] of seen) {
      this.#instances.set(instance, { ...state, since: this.#instances.get(instance)?.since ?? now })
    }
  }

  instances(): InstanceState[] {
    return [...this.#instances].map(([instance, { role, about, receipt }]) => ({
      instance,
      role,
      about,
      applied: receipt?.applied,
      refused: receipt?.refused ?? {},
      disabled: receipt?.disabled ?? {},
      at: receipt?.at
    }))
  }

  alarms(nodes: ReadonlyMap<string, PublishedNode>, now: number): Alarm[] {
    const alarms: Alarm[] = []
    for (const [instance, state] of this.#instances) {
      // Workers serve what they were started with; they write no receipts.
      if (state.role === 'worker') continue
      for (const alarm of this.#alarmsOf(instance, state, nodes, now)) {
        alarms.push(alarm)
        if (alarms.length === MAX_ALARMS) return alarms
      }
    }
    for (const place of this.#changed.keys()) if (!nodes.has(place) && !this.#isRun(place)) this.#changed.delete(place)
    return alarms
  }

  #isRun(place: string): boolean {
    for (const { receipt } of this.#instances.values()) if (receipt?.applied[place] !== undefined) return true
    return false
  }

  *#alarmsOf(
    instance: string,
    { receipt, since }: Seen & { readonly since: number },
    nodes: ReadonlyMap<string, PublishedNode>,
    now: number
  ): Iterable<Alarm> {
    const refused = receipt?.refused ?? {}
    for (const [document, reason] of Object.entries(refused)) {
      const [published, applied] = [nodes.get(document)?.generation, receipt?.applied[document]]
      yield { instance, what: 'refused', document, published, applied, reason, forMs: 0 }
    }
    if (this.#connectedSince === undefined) return
    const from = Math.max(since, this.#connectedSince)
    if (receipt === undefined) {
      const forMs = now - from
      const [published, applied, reason] = [undefined, undefined, undefined]
      if (forMs > this.#limitMs) {
        yield { instance, what: 'silent', document: '(all)', published, applied, reason, forMs }
      }
      return
    }
    for (const document of new Set([...nodes.keys(), ...Object.keys(receipt.applied)])) {
      const [published, applied] = [nodes.get(document)?.generation, receipt.applied[document]]
      if (published === applied || Object.hasOwn(refused, document)) continue
      const forMs = now - Math.max(from, this.#changed.get(document) ?? 0)
      if (forMs > this.#limitMs) {
        yield { instance, what: 'behind', document, published, applied, reason: undefined, forMs }
      }
    }
  }
}
