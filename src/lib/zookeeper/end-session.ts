import { AboxError } from '#core/errors'
import { parseAddress } from './address.ts'
import type { SessionIdentity } from './client-api.ts'
import { openConnection } from './connection.ts'
import { zookeeperErrors } from './errors.ts'

export interface EndSessionOptions {
  /** `host:port`, several separated by commas; each is tried once. */
  readonly address: string
  /** Of a session whose process is gone. */
  readonly identity: SessionIdentity
  /** How long each server may take for connecting and closing, ms each. */
  readonly limitMs: number
}

/**
 * Ends a session that its process left behind, so that its ephemeral nodes go at once and not with its time-out: it is
 * continued with its password and closed. Only nodes of that session can go by this; one of the same name that somebody
 * alive has made meanwhile belongs to another session. Resolves as well when the session is over already. Throws
 * ABOX_ZK_ADDRESS; rejects with ABOX_ZK_AWAY when no server can be reached.
 */
export async function endSession({ address, identity, limitMs }: EndSessionOptions): Promise<void> {
  const reasons: string[] = []
  for (const server of parseAddress(address)) {
    const { opened } = openConnection({
      server,
      // What the session has is not known here. It is closed in the next moment, so nobody waits for this one.
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      operationTimeoutMs: limitMs,
      handshakeTimeoutMs: limitMs,
      identity
    })
    const result = await opened
    if (result.kind === 'expired') return
    if (result.kind === 'open') {
      await result.connection.closeSession(limitMs)
      return
    }
    reasons.push(`${server}: ${result.reason}`)
  }
  throw new AboxError(zookeeperErrors.ABOX_ZK_AWAY, `end a session: ${reasons.join('; ')}`)
}

const SESSION_TIMEOUT_MS = 10_000
