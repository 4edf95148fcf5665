import type { CallerShare } from './caller-shares.ts'

/** From this part of the endpoints' capacity on nobody gets more than a fair share. */
const NEARLY_FULL = 0.8

/**
 * Who has how many calls at the endpoints of one variant. The rule is that of admission.ts: while less than four fifths
 * are taken, everybody gets what he asks for; above that a caller that holds capacity / (callers there + 1) gets no more.
 * A caller without a call there is not remembered.
 */
export class ModelShares {
  readonly #held = new Map<CallerShare, number>()
  #total = 0

  /** Whether one more call of this caller may go there; it is then counted. */
  enter(holder: CallerShare, capacity: number): boolean {
    const held = this.#held.get(holder) ?? 0
    if (this.#total >= capacity * NEARLY_FULL && held >= this.#fair(held, capacity)) return false
    this.#total++
    this.#held.set(holder, held + 1)
    return true
  }

  /** Once for each `enter` that was true. */
  leave(holder: CallerShare): void {
    this.#total--
    const left = (this.#held.get(holder) ?? 0) - 1
    if (left > 0) this.#held.set(holder, left)
    else this.#held.delete(holder)
  }

  /** For the message of a refusal. */
  describe(holder: CallerShare, capacity: number): string {
    const held = this.#held.get(holder) ?? 0
    return `found ${held} of ${this.#total} calls there of ${holder.caller}, expected below ${Math.ceil(this.#fair(held, capacity))} of ${capacity}, which are nearly taken`
  }

  #fair(held: number, capacity: number): number {
    return capacity / (this.#held.size + (held === 0 ? 1 : 0) + 1)
  }
}
