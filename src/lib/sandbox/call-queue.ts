import type { AboxError } from '#core/errors'

export interface PendingCall {
  readonly name: string
  /** Of the function, as in the header of a request. */
  readonly index: number
  /** Of all argument texts together (number-forms.ts). */
  readonly forms: number
  readonly args: readonly string[]
  /** UTF-16 units of all argument texts together. */
  readonly size: number
  readonly resolve: (json: string) => void
  readonly reject: (error: AboxError) => void
  /** How often the isolate was stopped while this call was in it. */
  faults: number
}

/** Limits of one request to the isolate. Larger texts are slower when joined with others, so they go alone. */
const BATCH_CALLS = 32
const BATCH_TEXT = 16 * 1024

/** Calls that wait. Suspects, which shared a batch with whatever stopped the isolate, go first and each alone. */
export class CallQueue {
  #waiting: PendingCall[] = []
  #suspects: PendingCall[] = []

  get empty(): boolean {
    return this.#waiting.length === 0 && this.#suspects.length === 0
  }

  push(call: PendingCall): void {
    this.#waiting.push(call)
  }

  suspect(call: PendingCall): void {
    this.#suspects.push(call)
  }

  /** Calls that were taken but not run go before those that came later. */
  putBack(calls: readonly PendingCall[]): void {
    this.#waiting.unshift(...calls)
  }

  /** The next calls to run together; none when empty. */
  take(): PendingCall[] {
    const suspect = this.#suspects.shift()
    if (suspect !== undefined) return [suspect]
    let count = 0
    let size = 0
    for (const call of this.#waiting) {
      size += call.size
      if (count > 0 && (count === BATCH_CALLS || size > BATCH_TEXT)) break
      count++
    }
    if (count < this.#waiting.length) return this.#waiting.splice(0, count)
    const batch = this.#waiting
    this.#waiting = []
    return batch
  }

  /** Everything, to be rejected. */
  drain(): PendingCall[] {
    const calls = [...this.#suspects, ...this.#waiting]
    this.#suspects = []
    this.#waiting = []
    return calls
  }
}
