/** What drain looks at; both fall to zero when the consumers have gone. */
export interface Draining {
  connections(): number
  inFlight(): number
}

const LOOK_EVERY_MS = 20

/**
 * Waits until consumers have left and nothing is in flight. Java consumers of 2.7 and 3.x close their connection by
 * themselves 0.15–0.4 s after an entry went (design: registration and drain); calls that still come are answered.
 * Resolves true when everything has gone, false when `graceMs` was over first.
 */
export async function waitUntilDrained(server: Draining, graceMs: number): Promise<boolean> {
  const until = performance.now() + graceMs
  while (server.connections() > 0 || server.inFlight() > 0) {
    if (performance.now() >= until) return false
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  return true
}
