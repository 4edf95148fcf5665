import { AboxError } from './errors.ts'

/** What every long-lived part gives its composition root. */
export interface Closeable {
  close(): Promise<void> | void
}

/** What closes together. */
export interface Lifecycle {
  /** Takes over a part that is to be closed, and gives it back. */
  own<T extends Closeable>(part: T): T
  close(): Promise<void>
}

/**
 * Closes what was opened in the reverse order of opening. `compose.ts` calls `own` right after it made a part, so a
 * failure half-way through starting closes exactly what exists.
 */
export function createLifecycle(): Lifecycle {
  const parts: Closeable[] = []
  return {
    own(part) {
      parts.push(part)
      return part
    },
    async close() {
      let failure: AboxError | undefined
      for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
        try {
          await part.close()
        } catch (error) {
          // The others must be closed all the same; the first failure is told at the end.
          failure ??= AboxError.from(error)
        }
      }
      if (failure !== undefined) throw failure
    }
  }
}
