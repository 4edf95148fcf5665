import { setTimeout } from 'node:timers/promises'
import type { Server, ServerLoad } from '#contracts/api/server'
import { AboxError } from '#core/errors'
import { cliErrors } from '../errors.ts'

/** How often the manager is asked how far it is, ms: instances tell once a second. */
const EVERY_MS = 500
/**
 * An instance of which nothing was heard for so long has ended, ms: one that runs sends to a manager that was away within
 * ten seconds.
 */
const GONE_MS = 15_000

/** What `GET …/servers` says of one, as far as this needs it. */
export interface Told {
  readonly instance: string
  /** `gone`: not the manager's word. It stands in no list any more. */
  readonly state: Server['state'] | 'gone'
  readonly load?: Pick<ServerLoad, 'inFlight' | 'connections'>
}

export interface DrainWait {
  readonly id: string
  readonly limitMs: number
  /** Undefined: the manager has heard nothing of it. Rejects as `ManagerClient.send`. */
  readonly ask: () => Promise<Told | undefined>
  /** Gets a line whenever it has changed how far it is. */
  readonly tell: (line: string) => void
  readonly time?: { readonly now: () => number; readonly pause: (ms: number) => Promise<unknown> }
}

/**
 * Waits until an instance has neither consumers nor calls, or has ended. A manager that is away or busy for a moment is asked
 * again. Rejects with ABOX_CLI_DRAIN at the end of the time, and at once with what would not be answered otherwise later.
 */
export async function waitUntilDrained(wait: DrainWait): Promise<Told> {
  const { id, limitMs, ask, tell, time = { now: () => performance.now(), pause: setTimeout } } = wait
  const until = time.now() + limitMs
  let last = ''
  /** When nothing was heard of it for the first time, and ever since. */
  let missedAt: number | undefined
  for (;;) {
    const told = await ask().catch((error: unknown) => {
      if (error instanceof AboxError && error.retryable) return error
      throw error
    })
    const now = time.now()
    missedAt = told === undefined ? (missedAt ?? now) : undefined
    if (missedAt !== undefined && now - missedAt >= GONE_MS) return { instance: id, state: 'gone' }
    if (!(told instanceof AboxError) && told?.state === 'drained') return told
    const text = told instanceof AboxError ? told.message : progressOf(told)
    if (text !== last) tell(`server ${id}: ${text}`)
    last = text
    if (now >= until) {
      throw new AboxError(cliErrors.ABOX_CLI_DRAIN, `server ${id}: ${text} after ${limitMs / 1000} s, expected drained`)
    }
    await time.pause(EVERY_MS)
  }
}

/** How far it is, for a person. */
export function progressOf(told: Told | undefined): string {
  if (told?.state === 'gone') return 'has ended'
  if (told?.load === undefined) return 'tells nothing any more'
  return `${told.state}, ${told.load.connections} connections, ${told.load.inFlight} in flight`
}
