/** Something that can wait in a list; only the list changes the fields. */
export interface Waiter {
  waitingIn: WaitingList | undefined
  ahead: Waiter | undefined
  behind: Waiter | undefined
}

/**
 * First come, first served; whoever gives up leaves at once, from any place, and nothing of it is kept. (undici's own
 * queue keeps each request until its turn comes, which is never when the server is dead.)
 */
export class WaitingList<T extends Waiter = Waiter> {
  length = 0
  /** Hears that the last one has left. */
  onEmpty: (() => void) | undefined = undefined
  #first: Waiter | undefined = undefined
  #last: Waiter | undefined = undefined

  push(waiter: T): void {
    waiter.waitingIn = this as WaitingList
    waiter.ahead = this.#last
    if (this.#last === undefined) this.#first = waiter
    else this.#last.behind = waiter
    this.#last = waiter
    this.length++
  }

  shift(): T | undefined {
    const first = this.#first as T | undefined
    if (first !== undefined) this.remove(first)
    return first
  }

  /** Takes out who came last. */
  pop(): T | undefined {
    const last = this.#last as T | undefined
    if (last !== undefined) this.remove(last)
    return last
  }

  /** `waiter` must be in this list. */
  remove(waiter: Waiter): void {
    const { ahead, behind } = waiter
    if (ahead === undefined) this.#first = behind
    else ahead.behind = behind
    if (behind === undefined) this.#last = ahead
    else behind.ahead = ahead
    waiter.waitingIn = undefined
    waiter.ahead = undefined
    waiter.behind = undefined
    if (--this.length === 0) this.onEmpty?.()
  }
}
