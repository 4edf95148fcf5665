import { createBackoff } from '#core/backoff'
import { type Clock, systemClock } from '#core/clock'
import { AboxError, describe } from '#core/errors'
import { type Logger, silentLogger } from '#core/logger'
import { checkData, checkPath } from './address.ts'
import type { Access, SessionIdentity, ZookeeperAuth } from './client-api.ts'
import type { Connection } from './connection.ts'
import { createConnector } from './connector.ts'
import { Candidate, type Election, type ElectionOptions } from './election.ts'
import {
  createEphemeralKeeper,
  type EphemeralHandle,
  type EphemeralKeeper,
  type EphemeralOptions
} from './ephemeral.ts'
import { zookeeperErrors } from './errors.ts'
import { ensurePersistent, writeData } from './nodes.ts'
import {
  createPersistentKeeper,
  type PersistentEdit,
  type PersistentHandle,
  type PersistentOptions
} from './persistent.ts'
import { shownPath } from './shown-path.ts'
import { assertDone, type Change, checkChanges } from './transaction.ts'
import { childNames, createWatch, nodeData, type Watched } from './watch.ts'
import { childData } from './watch-tree.ts'

export interface ZookeeperOptions {
  /** `host:port`, several separated by commas; a missing port is 2181. */
  readonly address: string
  /** How long ZooKeeper keeps our ephemeral nodes without a sign of life, ms; the servers may bend it to their limits. */
  readonly sessionTimeoutMs: number
  /** How long `start` waits for the first connection, ms. */
  readonly startTimeoutMs?: number
  /** Time limit of every operation, ms. */
  readonly operationTimeoutMs?: number
  /** Everything watched is looked at again this often, ms: a net below the watches. */
  readonly reReadMs?: number
  /** Upper bound of the pause between two attempts to connect, ms; at most 300 in the first minute of an outage. */
  readonly reconnectMaxMs?: number
  readonly clock?: Clock
  /** With credentials every node we make can be changed by us alone and read by all, but for `open` ones. */
  readonly auth?: ZookeeperAuth | undefined
  readonly random?: () => number
  readonly log?: Logger
  /** Called with each new session: who knows it can end it when this process could not (end-session.ts). A secret. */
  readonly onSession?: (identity: SessionIdentity) => void
}

export type ZookeeperState = 'connected' | 'disconnected' | 'closed'

export interface WatchHandle {
  /** Nothing is delivered after this. */
  remove(): void
}

/**
 * One logical session that outlives lost connections and expiry. Away from ZooKeeper nothing throws and nothing is
 * forgotten: ephemeral nodes and watches are brought up to date at the next connection; `read`, `write` and the other
 * single operations reject with ABOX_ZK_AWAY at once.
 *
 * Every operation may reject with ABOX_ZK_AWAY, ABOX_ZK_TIMEOUT, ABOX_ZK_CLOSED, ABOX_ZK_DENIED or ABOX_ZK_REFUSED;
 * everything that takes a path throws ABOX_ZK_PATH, that takes data ABOX_ZK_TOO_LARGE.
 */
export interface ZookeeperSession {
  /** Begins to connect. Resolves when connected, or after `startTimeoutMs` without it: see `state`. */
  start(): Promise<void>
  state(): ZookeeperState
  /** Calls back at each change of state, until the returned function is called. */
  on(event: 'state', listener: (state: ZookeeperState) => void): () => void
  /** Keeps an ephemeral node existing, its parents persistent. A second call for a path takes it over from the first. */
  setEphemeral(path: string, data: Buffer, options?: EphemeralOptions): EphemeralHandle
  /**
   * Keeps the data of a persistent node that others write too, by compare and set; see PersistentEdit. The node outlives
   * the session.
   */
  keepPersistent(path: string, edit: PersistentEdit, options?: PersistentOptions): PersistentHandle
  /** Makes a persistent node and its parents; an existing one stays as it is. */
  ensurePersistent(path: string, data?: Buffer, access?: Access): Promise<void>
  /** Replaces a node's data. A missing node is ABOX_ZK_NO_NODE, or is made when `create` is set. */
  write(path: string, data: Buffer, options?: { readonly create?: boolean }): Promise<void>
  /** All changes or none; ABOX_ZK_CONFLICT when a node is not as one of them expects. There has to be at least one. */
  transact(changes: readonly Change[]): Promise<void>
  /** Stands as a candidate, over outages and expiry, until it resigns. */
  elect(path: string, options: ElectionOptions): Election
  /** A node's data; `undefined` when it is not there. */
  read(path: string): Promise<Buffer | undefined>
  /** Sorted names; none when the node is not there. */
  children(path: string): Promise<string[]>
  /** Removes a node that has no children; a missing one is fine. */
  remove(path: string): Promise<void>
  /** The sorted names below a node; none when it is not there. */
  watchChildren(path: string, listener: (names: readonly string[]) => void): WatchHandle
  /** A node's data; `undefined` when it is not there. */
  watchData(path: string, listener: (data: Buffer | undefined) => void): WatchHandle
  /** The data of each node below a node, by name; empty when it is not there. */
  watchTree(path: string, listener: (nodes: ReadonlyMap<string, Buffer>) => void): WatchHandle
  /** Ends the session: our ephemeral nodes go at once when ZooKeeper is there, else with the session's time-out. */
  close(): Promise<void>
}

/** Throws ABOX_ZK_ADDRESS. Nothing happens before `start`. */
export function createZookeeper(options: ZookeeperOptions): ZookeeperSession {
  const { startTimeoutMs = 5000, operationTimeoutMs = 10_000, reReadMs = 30_000, reconnectMaxMs = 5000 } = options
  const { clock = systemClock, random = Math.random, log = silentLogger } = options
  const listeners = new Set<(state: ZookeeperState) => void>()
  const keepers = new Map<string, EphemeralKeeper>()
  const watches = new Set<{ poke(full: true): void; stop(): void }>()
  const candidates = new Set<Candidate>()
  let known: SessionIdentity | undefined
  let closing: Promise<void> | undefined
  let announced: ZookeeperState = 'disconnected'
  let reReading: NodeJS.Timeout | undefined

  const refresh = (): void => {
    for (const keeper of keepers.values()) keeper.poke()
    for (const watch of watches) watch.poke(true)
    for (const candidate of candidates) candidate.task.poke(true)
  }
  const announce = (state: ZookeeperState): void => {
    if (state === announced) return
    announced = state
    for (const listener of listeners) {
      try {
        listener(state)
      } catch (error) {
        log.error({ error: describe(error) }, 'a listener of the ZooKeeper state failed')
      }
    }
  }
  const connector = createConnector(
    {
      address: options.address,
      sessionTimeoutMs: options.sessionTimeoutMs,
      operationTimeoutMs,
      reconnectMaxMs,
      clock,
      auth: options.auth,
      random,
      log
    },
    () => {
      const identity = connector.connection()?.identity
      if (identity !== undefined && known?.id.equals(identity.id) !== true) options.onSession?.(identity)
      known = identity ?? known
      if (closing !== undefined) return
      const connected = identity !== undefined
      if (!connected) for (const candidate of candidates) candidate.lost()
      announce(connected ? 'connected' : 'disconnected')
      if (connected) refresh()
    }
  )
  const host = {
    log,
    operationTimeoutMs,
    random,
    connection: connector.connection,
    newBackoff: () => createBackoff({ baseMs: 200, maxMs: 10_000, random })
  }

  const on: ZookeeperSession['on'] = (_event, listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const assertOpen = (what: string): void => {
    if (closing !== undefined) throw new AboxError(zookeeperErrors.ABOX_ZK_CLOSED, `${what}: the session is closed`)
  }
  /** Runs one operation on the connection of this moment. */
  const once = async <T>(what: string, path: string, work: (connection: Connection) => Promise<T>): Promise<T> => {
    checkPath(path)
    assertOpen(`${what} ${shownPath(path)}`)
    const connection = connector.connection()
    if (connection === undefined) {
      throw new AboxError(
        zookeeperErrors.ABOX_ZK_AWAY,
        `${what} ${shownPath(path)}: no connection to ${options.address}`
      )
    }
    return work(connection)
  }
  const watch = <T>(path: string, watched: Watched<T>, listener: (value: T) => void): WatchHandle => {
    checkPath(path)
    assertOpen(`watch ${shownPath(path)}`)
    const task = createWatch(host, path, watched, listener)
    watches.add(task)
    task.poke(true)
    return {
      remove() {
        task.stop()
        watches.delete(task)
      }
    }
  }
  const close = async (): Promise<void> => {
    clearInterval(reReading)
    for (const keeper of keepers.values()) keeper.abandon()
    for (const task of watches) task.stop()
    for (const candidate of candidates) candidate.abandon()
    await connector.close()
    announce('closed')
    listeners.clear()
  }

  return {
    async start() {
      assertOpen('start')
      connector.start()
      reReading ??= setInterval(refresh, reReadMs).unref()
      if (connector.connection() !== undefined) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, startTimeoutMs)
      const off = on('state', () => resolve())
      await promise
      off()
      clearTimeout(timer)
    },
    state: () => announced,
    on,
    setEphemeral(path, data, ephemeralOptions = {}) {
      checkPath(path)
      for (const other of ephemeralOptions.before ?? []) checkPath(other)
      assertOpen(`keep ${shownPath(path)}`)
      const keeper = keepers.get(path) ?? createEphemeralKeeper(host, path, () => keepers.delete(path))
      const handle = keeper.claim(data, ephemeralOptions)
      keepers.set(path, keeper)
      return handle
    },
    keepPersistent(path, edit, persistentOptions = {}) {
      checkPath(path)
      assertOpen(`keep ${shownPath(path)}`)
      const keeper = createPersistentKeeper(host, path, edit, persistentOptions)
      watches.add(keeper)
      keeper.poke(true)
      return {
        written: keeper.written,
        tried: keeper.tried,
        letGo() {
          keeper.letGo()
          watches.delete(keeper)
        }
      }
    },
    ensurePersistent: (path, data, access) =>
      once('create', path, async (connection) => {
        if (data !== undefined) checkData(path, data)
        await ensurePersistent(connection, path, data, access)
      }),
    write: (path, data, { create = false } = {}) =>
      once('write', path, async (connection) => {
        checkData(path, data)
        await writeData(connection, path, data, create)
      }),
    transact: (changes) =>
      once('transact at', changes[0]?.path ?? '', async (connection) => {
        checkChanges(changes)
        assertDone(await connection.transact(changes), changes)
      }),
    elect(path, electionOptions) {
      checkPath(path)
      checkPath(electionOptions.fence)
      assertOpen(`stand at ${shownPath(path)}`)
      const candidate = new Candidate(host, path, electionOptions)
      candidates.add(candidate)
      candidate.task.poke(true)
      return {
        leadership: () => candidate.leadership(),
        leader: () => candidate.leader(),
        failure: () => candidate.failure(),
        resign() {
          candidates.delete(candidate)
          return candidate.resign()
        }
      }
    },
    read: (path) => once('read', path, async (connection) => (await connection.getData(path))?.data),
    children: (path) => once('list', path, async (connection) => ((await connection.getChildren(path)) ?? []).sort()),
    remove: (path) =>
      once('remove', path, async (connection) => {
        await connection.remove(path)
      }),
    watchChildren: (path, listener) => watch(path, childNames, listener),
    watchData: (path, listener) => watch(path, nodeData, listener),
    watchTree: (path, listener) => watch(path, childData, listener),
    close() {
      closing ??= close()
      return closing
    }
  }
}
