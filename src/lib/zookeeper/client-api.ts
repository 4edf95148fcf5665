import { createHash } from 'node:crypto'
import {
  ACL,
  type Client,
  type ClientError,
  type ConnectionManager,
  CreateMode,
  createClient,
  Id,
  Permission,
  type Stat
} from 'node-zookeeper-client'

export type { ACL, Client, ClientError, Stat }

/** What lets a new TCP connection continue a session. */
export interface SessionIdentity {
  readonly id: Buffer
  readonly password: Buffer
}

/** Credentials as ZooKeeper takes them: scheme `digest` with `user:password`. */
export interface ZookeeperAuth {
  readonly scheme: string
  readonly credential: string
}

export interface DialOptions {
  /** `host:port` of one server. */
  readonly server: string
  readonly sessionTimeoutMs: number
  readonly auth?: ZookeeperAuth | undefined
  /** Continues this session; without it a new one begins. */
  readonly identity?: SessionIdentity | undefined
  /** The highest transaction seen so far: a server that is behind it refuses us, so that reads never go back. */
  readonly lastZxid?: Buffer | undefined
}

export type LinkState = 'connected' | 'expired' | 'denied' | 'over'

/** The package's client, held to one TCP connection. */
export interface Link {
  readonly client: Client
  /** True when the TCP connection was made and our handshake went out. */
  greeted(): boolean
  lastZxid(): Buffer
  /** Ends the connection without ending the session. Nothing of it stays. */
  destroy(): void
}

/** States of the package's connection manager; it does not export them. */
const STATES: Readonly<Record<number, LinkState>> = { 0: 'over', 2: 'connected', [-3]: 'expired', [-4]: 'denied' }

/**
 * Dials one server once. The package would reconnect without end and at its own pace, cannot tell a hung server from a
 * quiet one, and is dead after an expiry; so each TCP connection gets a client of its own and everything that has to
 * outlive it is kept outside. `hear` is called with `connected` at most once and with `over` at the end.
 */
export function dial(options: DialOptions, hear: (state: LinkState) => void): Link {
  const { identity, auth } = options
  const client = createClient(options.server, {
    sessionTimeout: options.sessionTimeoutMs,
    retries: 0,
    ...(identity !== undefined && { sessionId: identity.id, sessionPassword: identity.password })
  })
  const manager = client.connectionManager
  if (options.lastZxid !== undefined) manager.zxid = options.lastZxid
  if (auth !== undefined) client.addAuthInfo(auth.scheme, Buffer.from(auth.credential))
  manager.on('state', (state) => {
    const name = STATES[state]
    if (name !== undefined) hear(name)
  })
  const destroy = (): void => {
    // The package clears this timer only on success and on an error of its own; it would hold the process.
    if (manager.connectTimeoutHandler !== null) clearTimeout(manager.connectTimeoutHandler)
    manager.socket?.destroy()
  }
  guardAgainstThrows(manager, destroy)
  client.connect()
  manager.connect = () => {}
  return {
    client,
    greeted: () => (manager.socket?.bytesWritten ?? 0) > 0,
    lastZxid: () => manager.zxid,
    destroy() {
      // The package makes its socket one tick after `connect`.
      if (manager.socket === undefined) process.nextTick(destroy)
      else destroy()
    }
  }
}

/**
 * The package throws on error codes and event types newer than itself, from inside the socket's handler, which ended the
 * process: such a connection is given up instead. It also calls itself once for each reply in a chunk, as deep as there
 * are replies: here that is a loop.
 */
function guardAgainstThrows(manager: ConnectionManager, giveUp: () => void): void {
  const onSocketData = manager.onSocketData
  let busy = false
  let more = false
  manager.onSocketData = (chunk) => {
    more = true
    if (busy) return
    busy = true
    try {
      for (let next = chunk; more; next = NOTHING) {
        more = false
        onSocketData.call(manager, next)
      }
    } catch {
      giveUp()
    } finally {
      busy = false
    }
  }
}

const NOTHING = Buffer.alloc(0)

/** `own`: we alone may change it, all may read it, when there are credentials. `open`: everybody may do everything. */
export type Access = 'own' | 'open'

const EVERYBODY = new Id('world', 'anyone')
const OPEN = [new ACL(Permission.ALL, EVERYBODY)]
/** Scheme `auth` stands for whatever this connection proved to be. */
const READABLE = new ACL(Permission.READ, EVERYBODY)
const OWN = [new ACL(Permission.ALL, new Id('auth', '')), READABLE]

export const aclFor = (access: Access, authenticated: boolean): readonly ACL[] =>
  access === 'own' && authenticated ? OWN : OPEN

/** As ZooKeeper keeps `user:password` in an ACL: the user, and SHA-1 of both (DigestAuthenticationProvider). */
const digestOf = (credential: string): string =>
  `${credential.split(':', 1)[0]}:${createHash('sha1').update(credential).digest('base64')}`

/** Everybody may do everything. */
export const isOpen = (acls: readonly ACL[]): boolean =>
  acls.some(({ permission, id }) => id.scheme === 'world' && permission === Permission.ALL)

/**
 * Without `from`, and with `to` in its place, or open where there is none; undefined: `from` does not stand in it. From
 * undefined is everybody.
 */
export function replaceOwner(
  acls: readonly ACL[],
  from: string | undefined,
  to: string | undefined
): readonly ACL[] | undefined {
  if (from === undefined) return to !== undefined && isOpen(acls) ? [ownerOf(to), READABLE] : undefined
  const others = withoutOwner(acls, from)
  if (others.length === acls.length) return undefined
  return to === undefined ? OPEN : [ownerOf(to), ...withoutOwner(others, to)]
}

/** With `to` beside `from`; undefined: `from` does not stand in it, or `to` does. */
export function addOwner(acls: readonly ACL[], from: string, to: string): readonly ACL[] | undefined {
  const isThere = (credential: string): boolean => withoutOwner(acls, credential).length < acls.length
  return isThere(from) && !isThere(to) ? [...acls, ownerOf(to)] : undefined
}

const ownerOf = (credential: string): ACL => new ACL(Permission.ALL, new Id('digest', digestOf(credential)))

function withoutOwner(acls: readonly ACL[], credential: string): readonly ACL[] {
  const digest = digestOf(credential)
  return acls.filter(({ id }) => id.scheme !== 'digest' || id.id !== digest)
}

export type Lifetime = 'persistent' | 'ephemeral'

/** An ephemeral node to whose name the server adds ten digits that grow within its parent. */
export const SEQUENTIAL = CreateMode.EPHEMERAL_SEQUENTIAL

export const modeFor = (lifetime: Lifetime): number =>
  lifetime === 'ephemeral' ? CreateMode.EPHEMERAL : CreateMode.PERSISTENT

/** ZooKeeper's error codes that mean something to us. */
export const CODE = {
  CONNECTION_LOSS: -4,
  NO_NODE: -101,
  NO_AUTH: -102,
  BAD_VERSION: -103,
  NODE_EXISTS: -110,
  NOT_EMPTY: -111,
  SESSION_EXPIRED: -112,
  INVALID_ACL: -114,
  AUTH_FAILED: -115
} as const
