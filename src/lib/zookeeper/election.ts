import { AboxError, describe } from '#core/errors'
import { childOf } from './address.ts'
import type { Connection } from './connection.ts'
import { zookeeperErrors } from './errors.ts'
import { ensurePersistent, watchedChildren, watchedData } from './nodes.ts'
import { createTask, type Task, type TaskHost } from './task.ts'
import { assertDone, type Change, checkChanges } from './transaction.ts'

export interface ElectionOptions {
  /** Of this candidate, for people; as a node's name may be. */
  readonly name: string
  /** Persistent node whose data version grows at each election. Below `path` it would be a candidate. */
  readonly fence: string
  onLeader(leadership: Leadership): void
  /** Said when the connection is lost as well: from then on somebody else may lead. */
  onFollower(why: string): void
}

/** One time of leading. */
export interface Leadership {
  /** Of the fence; grows from leader to leader as long as nobody deletes the fence. */
  readonly epoch: number
  /**
   * Does all changes or none, and only if this candidate still leads at that moment by ZooKeeper's own account. Rejects
   * with ABOX_ZK_FENCED when it does not, with ABOX_ZK_CONFLICT when a node is not as a change expects, and as every
   * operation.
   */
  write(changes: readonly Change[]): Promise<void>
}

export interface Election {
  /** Undefined: another one leads, or ZooKeeper is away. */
  leadership(): Leadership | undefined
  /** Node of who leads, as far as we have seen: its name begins with the candidate's. Undefined: nobody, or it is not known. */
  leader(): string | undefined
  /** Why we could not stand at the last try; undefined: we do. */
  failure(): AboxError | undefined
  /** Resigns; the node goes at once, or with the session. `onFollower` is called if it led. */
  resign(): Promise<void>
}

interface Candidacy {
  readonly session: Buffer
  readonly path: string
}

/**
 * Election by ephemeral sequential nodes: who has the lowest number leads (ZooKeeper recipes, "Leader Election"). A
 * leader that was frozen does not know that it was replaced, so each of its writes is one transaction with two checks:
 * its own node, which is gone with its session, and the version of the fence, which every new leader makes grow.
 */
export class Candidate implements Election {
  readonly task: Task
  readonly #path: string
  readonly #options: ElectionOptions
  readonly #host: TaskHost
  readonly #onFire = (): void => this.task.poke()
  #candidacy: Candidacy | undefined = undefined
  #leadership: (Leadership & { readonly candidacy: Candidacy; readonly connection: Connection }) | undefined = undefined
  #resigned = false
  #leader: string | undefined = undefined
  #failure: AboxError | undefined = undefined

  constructor(host: TaskHost, path: string, options: ElectionOptions) {
    this.#host = host
    this.#path = path
    this.#options = options
    this.task = createTask(host, `election at ${path}`, (connection) => this.#tryRun(connection))
  }

  leadership(): Leadership | undefined {
    const leadership = this.#leadership
    return leadership === undefined || leadership.connection.over ? undefined : leadership
  }

  leader(): string | undefined {
    return this.#leader
  }

  failure(): AboxError | undefined {
    return this.#failure
  }

  /** The connection is gone: the session may end on the server before we hear of it. */
  lost(): void {
    this.#leader = undefined
    this.#failure = undefined
    this.#follow('the connection to ZooKeeper was lost')
  }

  abandon(): void {
    this.#resigned = true
    this.task.stop()
    this.#follow('resigned')
  }

  async resign(): Promise<void> {
    this.abandon()
    const connection = this.#host.connection()
    const mine = this.#candidacy
    this.#candidacy = undefined
    if (connection === undefined || mine === undefined) return
    // What cannot be removed now goes with the session.
    await connection.remove(mine.path).catch(() => {})
  }

  async #tryRun(connection: Connection): Promise<number | undefined> {
    try {
      const againMs = await this.#run(connection)
      this.#failure = undefined
      return againMs
    } catch (error) {
      this.#leader = undefined
      this.#failure = AboxError.from(error)
      throw error
    }
  }

  async #run(connection: Connection): Promise<number | undefined> {
    for (let tries = 0; tries < 5 && !this.#resigned; tries++) {
      const mine = await this.#stand(connection)
      const names = (await watchedChildren(connection, this.#path, this.#onFire)) ?? []
      if (this.#resigned) return undefined
      const places = names.filter((name) => SEQUENCE.test(name)).sort(bySequence)
      this.#leader = places[0]
      const place = places.findIndex((name) => childOf(this.#path, name) === mine.path)
      if (place < 0) {
        this.#candidacy = undefined
        this.#follow('somebody has removed our node')
      } else if (place > 0) {
        this.#follow(`${places[0]} leads`)
        return undefined
      } else if (await this.#lead(connection, mine)) return undefined
    }
    // Somebody interferes with our nodes; a little later things may have settled.
    return this.#resigned ? undefined : 200
  }

  /** Our node of this session; that of an earlier one is gone with it. */
  async #stand(connection: Connection): Promise<Candidacy> {
    const session = connection.identity.id
    if (this.#candidacy?.session.equals(session)) return this.#candidacy
    this.#follow('the session is new')
    const prefix = `${this.#options.name}-${session.toString('hex')}-`
    // The answer to an earlier attempt may have been lost with its connection: then the node is there.
    const found = (await connection.getChildren(this.#path))?.find((name) => name.startsWith(prefix))
    let path = found === undefined ? undefined : childOf(this.#path, found)
    while (path === undefined) {
      path = await connection.createSequential(childOf(this.#path, prefix), Buffer.from(this.#options.name))
      if (path === undefined) await ensurePersistent(connection, this.#path)
    }
    this.#candidacy = { session, path }
    return this.#candidacy
  }

  /** False when something changed meanwhile. */
  async #lead(connection: Connection, mine: Candidacy): Promise<boolean> {
    const { fence } = this.#options
    const before = await watchedData(connection, fence, this.#onFire)
    const now = this.#leadership
    if (now !== undefined && now.candidacy === mine && now.epoch === before?.version) {
      if (now.connection === connection) return true
    }
    this.#follow('the fence was changed')
    if (before === undefined) {
      await ensurePersistent(connection, fence)
      return false
    }
    const mark = Buffer.from(mine.path)
    const { done } = await connection.transact([
      { kind: 'check', path: mine.path },
      { kind: 'set', path: fence, data: mark, version: before.version }
    ])
    const after = done ? await watchedData(connection, fence, this.#onFire) : undefined
    if (after === undefined || this.#resigned || connection.over) return false
    if (after.version !== before.version + 1 || !after.data.equals(mark)) return false
    const epoch = after.version
    const write = (changes: readonly Change[]): Promise<void> => this.#write(epoch, mine, changes)
    this.#leadership = { epoch, candidacy: mine, connection, write }
    this.#host.log.info({ path: mine.path, epoch }, 'leads')
    this.#tell(() => {
      if (this.#leadership !== undefined) this.#options.onLeader(this.#leadership)
    })
    return true
  }

  async #write(epoch: number, { path, session }: Candidacy, changes: readonly Change[]): Promise<void> {
    checkChanges(changes)
    const connection = this.#host.connection()
    if (connection === undefined) throw new AboxError(zookeeperErrors.ABOX_ZK_AWAY, 'no connection to ZooKeeper')
    if (!connection.identity.id.equals(session)) throw fenced('its session is over')
    const all: Change[] = [
      { kind: 'check', path },
      { kind: 'check', path: this.#options.fence, version: epoch },
      ...changes
    ]
    const outcome = await connection.transact(all)
    if (!outcome.done && outcome.index < 2) {
      this.task.poke()
      throw fenced(`${all[outcome.index]?.path}: ${outcome.why}`)
    }
    assertDone(outcome, all)
  }

  #follow(why: string): void {
    if (this.#leadership === undefined) return
    this.#leadership = undefined
    this.#host.log.info({ path: this.#path, why }, 'leads no longer')
    this.#tell(() => this.#options.onFollower(why))
  }

  #tell(listener: () => void): void {
    try {
      listener()
    } catch (error) {
      this.#host.log.error({ path: this.#path, error: describe(error) }, 'a listener of an election failed')
    }
  }
}

const fenced = (why: string): AboxError => new AboxError(zookeeperErrors.ABOX_ZK_FENCED, why)

/** The server's own ten digits, which may be negative after 2^31 elections. */
const SEQUENCE = /-(\d{10})$/
const sequenceOf = (name: string): number => Number(SEQUENCE.exec(name)?.[1])
const bySequence = (a: string, b: string): number => sequenceOf(a) - sequenceOf(b)
