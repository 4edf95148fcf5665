/** Tells parts of this process that something was written. What other replicas write has to be looked for. */
export interface Changes {
  /** After each commit. */
  notify(): void
  /** `listener` must not throw. Gives the function that ends it. */
  listen(listener: () => void): () => void
}

export function createChanges(): Changes {
  const listeners = new Set<() => void>()
  return {
    notify() {
      for (const listener of listeners) listener()
    },
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    }
  }
}
