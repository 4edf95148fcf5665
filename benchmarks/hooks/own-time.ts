import { readFileSync } from 'node:fs'

/**
 * How long this thread, and the main thread of the process `beside`, has been ready to run and had no CPU since it began,
 * ms. Linux only: the second number of schedstat, ns.
 */
export function queuedMs(beside?: number): number {
  const files = ['/proc/thread-self/schedstat', ...(beside === undefined ? [] : [`/proc/${beside}/schedstat`])]
  return files.reduce((sum, file) => sum + Number(readFileSync(file, 'latin1').split(' ')[1]), 0) / 1e6
}

/** A clock, ms, that stands still while this thread has no CPU; for what takes many ms. */
export const ownNow = (): number => {
  // First, because a pause between the two must not make it run ahead.
  const now = performance.now()
  return now - queuedMs()
}
