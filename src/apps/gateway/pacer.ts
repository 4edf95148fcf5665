/** Lets work that nobody waits for happen beside calls: a little in each turn of the event loop. */
export interface Pacer {
  /**
   * Resolves in a later turn of the event loop, in the order of asking. What is done at once behind it counts for the time of
   * that turn; what follows another `await` does not.
   */
  pace(): Promise<void>
}

/** How long the work of one turn goes on being begun, ms: what calls wait at most, and for the last piece of it. */
const TURN_MS = 1

/** `now` in monotonic ms. */
export function createPacer(now: () => number): Pacer {
  let waiting: (() => void)[] = []
  let scheduled = false

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(() => void turn())
  }

  async function turn(): Promise<void> {
    const begun = now()
    let done = 0
    do {
      waiting[done++]?.()
      // Who was let go runs before this does.
      await Promise.resolve()
    } while (done < waiting.length && now() - begun < TURN_MS)
    waiting = waiting.slice(done)
    scheduled = false
    if (waiting.length > 0) schedule()
  }

  return {
    pace() {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push(resolve)
      schedule()
      return promise
    }
  }
}
