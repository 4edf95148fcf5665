import type { TrackedEndpoint } from './endpoint.ts'

/**
 * `round-robin`: each in turn. `least-request`: the one of two drawn that has fewer calls in flight, which avoids slow
 * endpoints without looking at all of them.
 */
export type BalancePolicy = 'round-robin' | 'least-request'

/** So often a turn is passed on at most: even if all are at the beginning of their slow start, few calls get so far. */
const MAX_TRIES = 16

/**
 * Chooses among the endpoints that calls may go to. Adding, removing and choosing cost the same with one and with a
 * thousand: the last of the list takes the place of the one that is removed, so the turn is exact only while none is.
 */
export class EndpointPicker {
  readonly #list: TrackedEndpoint[] = []
  readonly #inTurn: boolean
  readonly #random: () => number
  /** Index of the next in turn; a random one at first, because all instances begin anew with a new list. */
  #turn = 0

  constructor(policy: BalancePolicy, random: () => number) {
    this.#inTurn = policy === 'round-robin'
    this.#random = random
  }

  add(endpoint: TrackedEndpoint): void {
    if (endpoint.at >= 0) return
    endpoint.at = this.#list.length
    this.#list.push(endpoint)
  }

  remove(endpoint: TrackedEndpoint): void {
    const { at } = endpoint
    if (at < 0) return
    const last = this.#list.pop() as TrackedEndpoint
    endpoint.at = -1
    if (last === endpoint) return
    this.#list[at] = last
    last.at = at
  }

  shuffleTurn(): void {
    this.#turn = this.#draw(this.#list.length)
  }

  /** Another one than `not`, where there is another. undefined: there is none at all. */
  pick(not: unknown): TrackedEndpoint | undefined {
    const { length } = this.#list
    if (length < 2) return this.#list[0]
    return this.#inTurn ? this.#nextInTurn(not) : this.#lessBusy(not)
  }

  /** An endpoint in slow start passes on the part of its turns that it does not get yet, to a random one. */
  #nextInTurn(not: unknown): TrackedEndpoint | undefined {
    const list = this.#list
    let chosen: TrackedEndpoint | undefined
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (this.#turn >= list.length) this.#turn = 0
      const candidate = list[this.#turn++] as TrackedEndpoint
      if (candidate === not) continue
      chosen = candidate
      if (candidate.weight >= 1 || this.#random() < candidate.weight) return candidate
      this.#turn = this.#draw(list.length)
    }
    if (chosen !== undefined) return chosen
    // Only `not` was met, by random turns: whoever stands beside it is another.
    const first = list[0] as TrackedEndpoint
    return first === not ? list[1] : first
  }

  #lessBusy(not: unknown): TrackedEndpoint | undefined {
    const list = this.#list
    const i = this.#draw(list.length)
    let j = this.#draw(list.length - 1)
    if (j >= i) j++
    const a = list[i] as TrackedEndpoint
    const b = list[j] as TrackedEndpoint
    if (a === not) return b
    if (b === not) return a
    // One call more, so that among idle ones the weight still counts.
    return (a.inFlight + 1) * b.weight <= (b.inFlight + 1) * a.weight ? a : b
  }

  #draw(below: number): number {
    return Math.floor(this.#random() * below)
  }
}
