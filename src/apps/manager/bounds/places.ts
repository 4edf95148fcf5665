import { AboxError, type ErrorRow } from '#core/errors'
import { managerErrors } from '../errors.ts'

export interface PlacesOptions {
  /** What takes a place, in the plural. */
  readonly what: string
  /** At once, of all users together. */
  readonly most: number
  readonly mostOfOne: number
  /** What a user is told who has as many as one may. */
  readonly limited: ErrorRow
}

/** Room for what takes long: so much of it at once, and so much of one user, that nobody takes all of it. */
export class Places {
  readonly #options: PlacesOptions
  readonly #byUser = new Map<string, number>()
  #taken = 0

  constructor(options: PlacesOptions) {
    this.#options = options
  }

  /** Places that are taken. */
  readonly count = (): number => this.#taken

  /**
   * Does `work` in a place, which is free again when it has ended. Rejects before it begins with `limited` where the user
   * has as many as one may, with ABOX_MANAGER_BUSY where all are taken; then as `work`.
   */
  async hold<T>(user: string, work: () => Promise<T>): Promise<T> {
    this.#take(user)
    try {
      return await work()
    } finally {
      this.#leave(user)
    }
  }

  #take(user: string): void {
    const { what, most, mostOfOne, limited } = this.#options
    const own = this.#byUser.get(user) ?? 0
    if (own >= mostOfOne) throw new AboxError(limited, `found ${own} ${what} of yours, expected at most ${mostOfOne}`)
    if (this.#taken >= most) {
      throw new AboxError(managerErrors.ABOX_MANAGER_BUSY, `found ${this.#taken} ${what}, expected at most ${most}`)
    }
    this.#byUser.set(user, own + 1)
    this.#taken++
  }

  #leave(user: string): void {
    this.#taken--
    const own = (this.#byUser.get(user) ?? 0) - 1
    if (own > 0) this.#byUser.set(user, own)
    else this.#byUser.delete(user)
  }
}
