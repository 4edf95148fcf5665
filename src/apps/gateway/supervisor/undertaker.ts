import { describe } from '#core/errors'
import type { Logger } from '#core/logger'
import { endSession } from '#lib/zookeeper'
import type { SessionNote } from '../messages.ts'

/** Takes back what a dead instance has left in ZooKeeper. */
export interface Undertaker {
  /**
   * Ends the sessions of a process that is gone, so that consumers hear of it now and not after the session time-out.
   * Resolves when that is done and seen, or after a second without ZooKeeper: it is then tried on behind. Never rejects.
   */
  bury(sessions: readonly SessionNote[]): Promise<void>
  close(): void
}

const TRY_WITHIN_MS = 1000
const TRY_AGAIN_MS = 2000
/** After this the longest session (registry.sessionTimeoutMs) has ended by itself. */
const TRIES = 60
/** Between the removal of an entry and its coming back, ms: consumers that read both in one look find nothing changed. */
const SEEN_AFTER_MS = 250

/**
 * When and where a successor appears decides how soon consumers use it; measured with 26, 27, 30, 31, 32 and 33, from the
 * death to the first call (docs/operations.md): same port and entries left alone 57 s (2.6: 0.5 s); same port, entries
 * taken away and made again 0.1 to 0.5 s, with 3.x up to 5 s, sometimes more than 15; another port, entries made first and
 * the dead one's taken away then: 0.07 to 0.3 s with each. So the last is what is done where there is a registry.
 *
 * The session is ended by its own password, not its nodes by their names: so nothing of a successor that has the same
 * names already can go, whatever the order in which things happen.
 */
export function createUndertaker(log: Logger): Undertaker {
  const waiting = new Set<NodeJS.Timeout>()
  let closed = false
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        waiting.delete(timer)
        resolve()
      }, ms)
      waiting.add(timer.unref())
    })
  const tryOnce = async ({ address, id, password }: SessionNote): Promise<boolean> => {
    const identity = { id: Buffer.from(id, 'base64'), password: Buffer.from(password, 'base64') }
    try {
      await endSession({ address, identity, limitMs: TRY_WITHIN_MS })
      return true
    } catch (error) {
      log.debug({ address, error: describe(error) }, 'the session of a dead instance was not ended yet')
      return false
    }
  }
  const tryOn = async (session: SessionNote): Promise<void> => {
    for (let tries = 0; tries < TRIES && !closed; tries++) {
      if (await tryOnce(session)) return
      await pause(TRY_AGAIN_MS)
    }
  }
  return {
    async bury(sessions) {
      if (sessions.length === 0) return
      const done = Promise.all(sessions.map(tryOn))
      await Promise.race([done, pause(TRY_WITHIN_MS)])
      await pause(SEEN_AFTER_MS)
    },
    close() {
      closed = true
      for (const timer of waiting) clearTimeout(timer)
    }
  }
}
