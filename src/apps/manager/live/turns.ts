import { AboxError } from '#core/errors'
import { managerErrors } from '../errors.ts'

/** Work that is done one at a time. */
export interface Turns {
  /** Rejects with ABOX_MANAGER_BUSY where too many wait already, else as `work`. */
  run<T>(work: () => Promise<T>): Promise<T>
}

/** Most that wait for their turn. */
const MOST_WAITING = 10

export function createTurns(mostWaiting = MOST_WAITING): Turns {
  const waiting: (() => void)[] = []
  let isTaken = false
  return {
    async run(work) {
      if (isTaken) {
        if (waiting.length >= mostWaiting) {
          const text = `found ${waiting.length} questions about a long time that wait for their turn`
          throw new AboxError(managerErrors.ABOX_MANAGER_BUSY, text)
        }
        // Who is done hands his turn on.
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      isTaken = true
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next === undefined) isTaken = false
        else next()
      }
    }
  }
}
