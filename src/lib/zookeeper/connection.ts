import { AboxError } from '#core/errors'
import {
  type ACL,
  type Access,
  aclFor,
  type Client,
  type ClientError,
  CODE,
  type DialOptions,
  dial,
  type Lifetime,
  type Link,
  modeFor,
  SEQUENTIAL,
  type SessionIdentity,
  type Stat
} from './client-api.ts'
import { zookeeperErrors } from './errors.ts'
import { shownPath } from './shown-path.ts'
import { addChange, type Change, CONFLICTS, firstFailure, type TransactionOutcome } from './transaction.ts'

export interface NodeData {
  readonly data: Buffer
  /** Transaction of the last change, 8 bytes: equal exactly when the node and its data are the same. */
  readonly mzxid: Buffer
  /** How often the data was written since the node was made: what `setDataIf` compares. */
  readonly version: number
  /** Session id of an ephemeral node, zeros of a persistent one. */
  readonly owner: Buffer
}

/** An operation's answer, or the error code that is one of its expected outcomes. */
type Reply<T> = { readonly code: 0; readonly value: T } | { readonly code: number; readonly value?: never }

type Done<T> = (error: ClientError | null | undefined, value: T) => void

export interface OpenOptions extends DialOptions {
  readonly operationTimeoutMs: number
  /** How long the TCP connection and the handshake may take together, ms. */
  readonly handshakeTimeoutMs: number
  /**
   * How long after that the answer of a server that took our handshake is waited for, ms: one that is frozen answers
   * in the order in which we came. Default 0.
   */
  readonly answerTimeoutMs?: number
}

export type Opened =
  | { readonly kind: 'open'; readonly connection: Connection }
  /** The session that was to be continued is over. */
  | { readonly kind: 'expired' }
  /** `refused`: the server took our handshake and hung up. `silent`: it took it and did not answer in time. */
  | { readonly kind: 'failed'; readonly reason: string; readonly refused: boolean; readonly silent: boolean }

/** Dials one server. `opened` never rejects. `abort` gives up at once. */
export function openConnection(options: OpenOptions): { readonly opened: Promise<Opened>; abort(): void } {
  const { answerTimeoutMs = 0 } = options
  const { promise, resolve } = Promise.withResolvers<Opened>()
  let connection: Connection | undefined
  let timedOut = false
  const link = dial(options, (state) => {
    if (connection !== undefined) {
      if (state !== 'connected')
        connection.end(state === 'over' ? 'the connection was lost' : `the session is ${state}`)
      return
    }
    clearTimeout(timer)
    if (state === 'connected') {
      connection = new Connection(link, options)
      resolve({ kind: 'open', connection })
    } else if (state === 'expired') {
      link.destroy()
      resolve({ kind: 'expired' })
    } else resolve(failure(state === 'denied' ? 'ZooKeeper does not accept the credentials' : undefined))
  })
  const failure = (reason?: string): Opened => {
    const greeted = link.greeted()
    const hungUp = greeted && !timedOut
    const limitMs = options.handshakeTimeoutMs + (greeted ? answerTimeoutMs : 0)
    const met = timedOut ? `no handshake in ${limitMs} ms` : hungUp ? 'it hung up at the handshake' : 'no connection'
    return { kind: 'failed', reason: reason ?? met, refused: hungUp, silent: greeted && timedOut }
  }
  // The package's own limit ends with the TCP connection: a server that accepts and says nothing would hold it for ever.
  const giveUp = (): void => {
    timedOut = true
    link.destroy()
  }
  let timer = setTimeout(() => {
    if (link.greeted()) timer = setTimeout(giveUp, answerTimeoutMs)
    else giveUp()
  }, options.handshakeTimeoutMs)
  return { opened: promise, abort: link.destroy }
}

/**
 * One session on one TCP connection. Each operation ends: with an answer, with ABOX_ZK_TIMEOUT, or with ABOX_ZK_AWAY
 * as soon as the connection is over. Missing nodes are answers (`undefined`, `false`), not errors. A watcher is called
 * at most once, never after a later connection has been opened.
 */
export class Connection {
  readonly identity: SessionIdentity
  /** Resolves with the reason when the connection is over; never rejects. */
  readonly ended: Promise<string>
  readonly #link: Link
  readonly #options: OpenOptions
  readonly #finish: (reason: string) => void
  /** Fails one open operation; the timer of each goes with it. */
  readonly #pending = new Set<(error: AboxError) => void>()
  readonly #watchdog: NodeJS.Timeout
  #over: string | undefined = undefined

  constructor(link: Link, options: OpenOptions) {
    this.#link = link
    this.#options = options
    this.identity = { id: link.client.getSessionId(), password: link.client.getSessionPassword() }
    const { promise, resolve } = Promise.withResolvers<string>()
    this.ended = promise
    this.#finish = resolve
    const thirdMs = Math.max(1, Math.floor(link.client.getSessionTimeout() / 3))
    this.#watchdog = setInterval(() => this.#look(thirdMs), thirdMs)
    this.#watchdog.unref()
  }

  get over(): boolean {
    return this.#over !== undefined
  }

  lastZxid(): Buffer {
    return this.#link.lastZxid()
  }

  /** The node's data; `onFire` hears the next change or the deletion. */
  async getData(path: string, onFire?: () => void): Promise<NodeData | undefined> {
    const reply = await this.#ask<NodeData>('read', path, [CODE.NO_NODE], (client, done) =>
      client.getData(path, onFire, (error, data, stat) => {
        if (error) done(error, undefined as never)
        else
          done(null, {
            data: data ?? Buffer.alloc(0),
            mzxid: stat.mzxid,
            version: stat.version,
            owner: stat.ephemeralOwner
          })
      })
    )
    return reply.value
  }

  /** Transaction of the node's last change; `onFire` hears the next change, deletion, or creation if it is not there. */
  async getMzxid(path: string, onFire?: () => void): Promise<Buffer | undefined> {
    const reply = await this.#ask<Stat | null>('look at', path, [], (client, done) => client.exists(path, onFire, done))
    return reply.value?.mzxid
  }

  /** Names of the node's children in no order; `onFire` hears the next child that comes or goes. */
  async getChildren(path: string, onFire?: () => void): Promise<string[] | undefined> {
    const reply = await this.#ask<string[]>('list', path, [CODE.NO_NODE], (client, done) =>
      client.getChildren(path, onFire, done)
    )
    return reply.value
  }

  /** `exists` and `no-parent` are the two ways in which nothing was created. */
  async create(
    path: string,
    data: Buffer,
    lifetime: Lifetime,
    access: Access
  ): Promise<'created' | 'exists' | 'no-parent'> {
    const acls = aclFor(access, this.#options.auth !== undefined)
    const { code } = await this.#ask('create', path, [CODE.NODE_EXISTS, CODE.NO_NODE], (client, done) =>
      client.create(path, data, acls, modeFor(lifetime), done)
    )
    if (code === 0) return 'created'
    return code === CODE.NODE_EXISTS ? 'exists' : 'no-parent'
  }

  /** Puts an ephemeral node of ours in the place of whatever is there, in one transaction; false when it is not there. */
  async replace(path: string, data: Buffer, access: Access): Promise<boolean> {
    const acls = aclFor(access, this.#options.auth !== undefined)
    const { code } = await this.#ask('replace', path, [CODE.NODE_EXISTS, CODE.NO_NODE], (client, done) =>
      client.transaction().remove(path).create(path, data, acls, modeFor('ephemeral')).commit(done)
    )
    return code === 0
  }

  /** Makes an ephemeral node whose name ends in ten digits; its path, or undefined when there is no parent. */
  async createSequential(path: string, data: Buffer): Promise<string | undefined> {
    const acls = aclFor('own', this.#options.auth !== undefined)
    const { value } = await this.#ask<string>('create', path, [CODE.NO_NODE], (client, done) =>
      client.create(path, data, acls, SEQUENTIAL, done)
    )
    return value
  }

  /** All of the changes in their order, or none of them. There has to be at least one. */
  async transact(changes: readonly Change[]): Promise<TransactionOutcome> {
    let outcome: TransactionOutcome = { done: true }
    await this.#ask<unknown>('transact at', changes[0]?.path ?? '/', CONFLICTS, (client, done) => {
      const transaction = client.transaction()
      for (const change of changes) addChange(transaction, change, this.#options.auth !== undefined)
      transaction.commit((error, results) => {
        outcome = error ? firstFailure(error.getCode(), results ?? []) : { done: true }
        done(error, undefined)
      })
    })
    return outcome
  }

  /** Writes only over the given version of the data; false when there is another one, or no node any more. */
  async setDataIf(path: string, data: Buffer, version: number): Promise<boolean> {
    const { code } = await this.#ask('write', path, [CODE.NO_NODE, CODE.BAD_VERSION], (client, done) =>
      client.setData(path, data, version, done)
    )
    return code === 0
  }

  /** False when there is no such node. */
  async setData(path: string, data: Buffer): Promise<boolean> {
    const { code } = await this.#ask('write', path, [CODE.NO_NODE], (client, done) => client.setData(path, data, done))
    return code === 0
  }

  /** False when there was no such node. */
  async remove(path: string): Promise<boolean> {
    const { code } = await this.#ask('remove', path, [CODE.NO_NODE], (client, done) => client.remove(path, done))
    return code === 0
  }

  /** Who may do what with the node; digests of others are masked where we may not change it. */
  async getAcl(path: string): Promise<readonly ACL[] | undefined> {
    const reply = await this.#ask<ACL[]>('look at', path, [CODE.NO_NODE], (client, done) => client.getACL(path, done))
    return reply.value
  }

  /** False when there is no such node. */
  async setAcl(path: string, acls: readonly ACL[]): Promise<boolean> {
    const { code } = await this.#ask('set the ACL of', path, [CODE.NO_NODE], (client, done) =>
      client.setACL(path, acls, -1, done)
    )
    return code === 0
  }

  /** Ends the session, so that its ephemeral nodes go at once, and then the connection; by force after `limitMs`. */
  async closeSession(limitMs: number): Promise<void> {
    if (this.#over !== undefined) return
    clearInterval(this.#watchdog)
    const timer = setTimeout(() => this.end('the session was not closed in time'), limitMs)
    this.#link.client.close()
    await this.ended
    clearTimeout(timer)
  }

  /** Ends the connection; the session lives on for its time-out. */
  end(reason: string): void {
    if (this.#over !== undefined) return
    this.#over = reason
    clearInterval(this.#watchdog)
    this.#link.destroy()
    const lost = new AboxError(zookeeperErrors.ABOX_ZK_AWAY, `${reason} before the answer to an operation`)
    for (const fail of this.#pending) fail(lost)
    this.#finish(reason)
  }

  /** Nothing in the package notices a peer that is silent: a third of the session time without an answer ends it. */
  #look(limitMs: number): void {
    this.#ask('look at', '/', [], (client, done) => client.exists('/', undefined, done), limitMs).catch(
      (error: unknown) => {
        this.end(AboxError.from(error).message)
      }
    )
  }

  #ask<T>(
    what: string,
    path: string,
    outcomes: readonly number[],
    send: (client: Client, done: Done<T>) => void,
    limitMs = this.#options.operationTimeoutMs
  ): Promise<Reply<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply<T>>()
    const fail = (error: AboxError): void => {
      clearTimeout(timer)
      this.#pending.delete(fail)
      reject(error)
    }
    const timer = setTimeout(() => {
      const text = `${what} ${shownPath(path)}: no answer from ${this.#options.server} in ${limitMs} ms`
      fail(new AboxError(zookeeperErrors.ABOX_ZK_TIMEOUT, text))
    }, limitMs)
    this.#pending.add(fail)
    if (this.#over !== undefined) {
      fail(new AboxError(zookeeperErrors.ABOX_ZK_AWAY, `${what} ${shownPath(path)}: ${this.#over}`))
      return promise
    }
    try {
      send(this.#link.client, (error, value) => {
        const code = error?.getCode() ?? 0
        if (error && !outcomes.includes(code)) {
          fail(refusal(what, path, error))
          return
        }
        clearTimeout(timer)
        this.#pending.delete(fail)
        resolve(error ? { code } : { code: 0, value })
      })
    } catch (error) {
      fail(AboxError.from(error))
    }
    return promise
  }
}

function refusal(what: string, path: string, error: ClientError): AboxError {
  const text = `${what} ${shownPath(path)}: ZooKeeper answered ${error.getName()} (${error.getCode()})`
  switch (error.getCode()) {
    case CODE.CONNECTION_LOSS:
    case CODE.SESSION_EXPIRED:
      return new AboxError(zookeeperErrors.ABOX_ZK_AWAY, text, { cause: error })
    case CODE.NO_AUTH:
    case CODE.INVALID_ACL:
    case CODE.AUTH_FAILED:
      return new AboxError(zookeeperErrors.ABOX_ZK_DENIED, text, { cause: error })
    default:
      return new AboxError(zookeeperErrors.ABOX_ZK_REFUSED, text, { cause: error })
  }
}
