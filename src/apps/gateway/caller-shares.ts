import type { DubboConnection } from '#lib/dubbo'

/** Calls in flight of one caller. */
export interface CallerShare {
  /** The application's name; until one is known, the address it calls from. */
  readonly caller: string
  /** Whether the name was read from a call. */
  readonly known: boolean
  inFlight: number
  /** Whether nobody finds it by its name any more. */
  forgotten: boolean
}

/** Who is behind each connection, and how many calls each of them has in flight. */
export interface CallerShares {
  /** Whose calls these are: the application that the connection named first, before that its address. */
  of(connection: DubboConnection): CallerShare
  /** Notes what the first call of a connection says; later ones change nothing. */
  learn(connection: DubboConnection, caller: string): CallerShare
  enter(share: CallerShare): void
  leave(share: CallerShare): void
  /** Callers with a call in flight. */
  active(): number
}

/** How many callers without a call in flight are remembered. */
const MAX_IDLE = 10_000
/** How many of the oldest are looked at for one that is idle. */
const LOOK_AT = 8

/**
 * A Dubbo connection belongs to one application, so its first call that can be read says for all of them whose they are.
 * That makes the caller known before the next body is read, however large it is, and keeps a flooder from giving each
 * call another name. All connections of an application, of all its machines, count together.
 */
export function createCallerShares(maxIdle = MAX_IDLE): CallerShares {
  const byConnection = new WeakMap<DubboConnection, CallerShare>()
  const byName = new Map<string, CallerShare>()
  let active = 0

  /** Addresses and names are apart: a caller may call itself as another one's address. */
  function find(caller: string, known: boolean): CallerShare {
    const key = known ? caller : `\n${caller}`
    const found = byName.get(key)
    if (found !== undefined) return found
    if (byName.size >= maxIdle) forgetOne()
    const share: CallerShare = { caller, known, inFlight: 0, forgotten: false }
    byName.set(key, share)
    return share
  }

  /** Beyond the bound there are only callers with calls in flight, and limits.inFlight bounds those. */
  function forgetOne(): void {
    let left = LOOK_AT
    for (const [key, share] of byName) {
      byName.delete(key)
      if (share.inFlight === 0) {
        share.forgotten = true
        return
      }
      byName.set(key, share)
      if (--left === 0) return
    }
  }

  function remember(connection: DubboConnection, share: CallerShare): CallerShare {
    byConnection.set(connection, share)
    return share
  }

  return {
    of(connection) {
      const share = byConnection.get(connection)
      if (share !== undefined && !share.forgotten) return share
      if (share !== undefined) return remember(connection, find(share.caller, share.known))
      return remember(connection, find(connection.remoteAddress, false))
    },
    learn(connection, caller) {
      const share = byConnection.get(connection)
      return share?.known === true ? share : remember(connection, find(caller, true))
    },
    enter(share) {
      if (share.inFlight++ === 0) active++
    },
    leave(share) {
      if (--share.inFlight === 0) active--
    },
    active: () => active
  }
}
