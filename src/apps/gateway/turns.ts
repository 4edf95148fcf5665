/** Waits for a turn of the event loop in which nobody else who waits works. */
export type NextTurn = () => Promise<void>

/**
 * Gives turns of the event loop to those who have much to do, one after the other: each one may work for a few
 * milliseconds, then everything else is served before the next one's turn, however many wait.
 */
export function createTurns(): NextTurn {
  const waiting: (() => void)[] = []

  const run = (): void => {
    const next = waiting.shift()
    if (waiting.length > 0) setImmediate(run)
    next?.()
  }

  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (waiting.length === 1) setImmediate(run)
    })
}
