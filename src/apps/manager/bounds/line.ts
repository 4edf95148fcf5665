import { AboxError } from '#core/errors'
import { managerErrors } from '../errors.ts'

export interface LineOptions {
  /** What waits, in the plural. */
  readonly what: string
  /** So much at a time. */
  readonly running: number
  /** So many more wait. */
  readonly waiting: number
  /** So many of them are of one user. */
  readonly waitingOfOne?: number
}

interface Waiter {
  readonly user: string | undefined
  readonly go: () => void
}

/** Work that needs much of the machine: a little of it at a time, in the order in which it came. */
export class Line {
  readonly #options: LineOptions
  readonly #waiting: Waiter[] = []
  #running = 0

  constructor(options: LineOptions) {
    this.#options = options
  }

  /**
   * Rejects with ABOX_REQUESTS_LIMITED where too many of this user wait, with ABOX_MANAGER_BUSY where too many of all do, else
   * as `work`. `user`: whose work it is, where that is known.
   */
  async run<T>(work: () => Promise<T>, user?: string): Promise<T> {
    if (this.#running >= this.#options.running) await this.#wait(user)
    else this.#running++
    try {
      return await work()
    } finally {
      // Who is done hands his place on.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next.go()
    }
  }

  #wait(user: string | undefined): Promise<void> {
    const { what, waiting, waitingOfOne = waiting } = this.#options
    const own = user === undefined ? 0 : this.#waiting.filter((waiter) => waiter.user === user).length
    if (own >= waitingOfOne) {
      const text = `found ${own} ${what} of yours that wait, expected at most ${waitingOfOne}`
      throw new AboxError(managerErrors.ABOX_REQUESTS_LIMITED, text)
    }
    if (this.#waiting.length >= waiting) {
      const text = `found ${this.#waiting.length} ${what} that wait, expected at most ${waiting}`
      throw new AboxError(managerErrors.ABOX_MANAGER_BUSY, text)
    }
    return new Promise((go) => this.#waiting.push({ user, go }))
  }
}
