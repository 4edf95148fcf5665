import { createBackoff } from '#core/backoff'
import { AboxError } from '#core/errors'
import { checkData, parentOf } from './address.ts'
import type { Access } from './client-api.ts'
import type { Connection } from './connection.ts'
import { zookeeperErrors } from './errors.ts'
import { ensurePersistent } from './nodes.ts'
import { shownPath } from './shown-path.ts'
import { createTask, type TaskHost } from './task.ts'

/** A node that is kept existing with the session, over reconnects, expiry and deletion by others. */
export interface EphemeralHandle {
  /** Resolves when the node was there for the first time; rejects with ABOX_ZK_CLOSED when it is taken back before. */
  created(): Promise<void>
  /** Its data from now on, also while ZooKeeper is away. Throws ABOX_ZK_TOO_LARGE. */
  update(data: Buffer): void
  /**
   * Takes the node back. Resolves when it is gone. While ZooKeeper is away, or does not answer in time, it resolves as
   * well: then the node goes at the next connection or with the session.
   */
  remove(): Promise<void>
}

export interface EphemeralOptions {
  /** Persistent nodes that have to be there before it, besides its own parents. */
  readonly before?: readonly string[]
  /** Who may write into parents that have to be made: `open` when others keep nodes there too. Default `own`. */
  readonly parents?: Access
}

/** Everything that one path needs; a second `claim` of the path takes it over from the first. */
export interface EphemeralKeeper {
  claim(data: Buffer, options: EphemeralOptions): EphemeralHandle
  poke(): void
  /** The session ends: nothing more is done, the node goes with it. */
  abandon(): void
}

/** How often a run starts over because the node changed between two of its operations. */
const MAX_TRIES = 5

/** What the owner of a handle wants; only the latest claim of a path counts. */
interface Claim {
  data: Buffer
  readonly options: EphemeralOptions
  readonly visible: PromiseWithResolvers<void>
}

/** `onGone` is called once, when the node has been taken back and nothing is left to do. */
export function createEphemeralKeeper(
  host: TaskHost & { readonly operationTimeoutMs: number; random(): number },
  path: string,
  onGone: () => void
): EphemeralKeeper {
  const contest = createBackoff({ baseMs: 1000, maxMs: 60_000, random: host.random })
  let claim: Claim | undefined
  let gone = Promise.withResolvers<void>()
  /** The session in which we have had the node; who takes it then is alive. */
  let heldIn: Buffer | undefined
  let yielded = false

  const make = async (connection: Connection, { data, options }: Claim): Promise<void> => {
    const { before = [], parents = 'own' } = options
    for (const other of before) await ensurePersistent(connection, other, undefined, parents)
    if ((await connection.create(path, data, 'ephemeral', 'own')) !== 'no-parent') return
    await ensurePersistent(connection, parentOf(path), undefined, parents)
    await connection.create(path, data, 'ephemeral', 'own')
  }
  /**
   * The node of another session stands in our place. Most often that is a dead one's (ours before an expiry, or of this
   * process before a restart) which would vanish under us. If it came while we held the place, someone alive believes
   * to be us as well: both go on claiming it, more and more slowly, and the log says so.
   */
  const replace = async (connection: Connection, owner: Buffer, data: Buffer): Promise<number | undefined> => {
    if (heldIn?.equals(connection.identity.id) && !yielded) {
      yielded = true
      const pauseMs = contest.next()
      host.log.warn(
        { path: shownPath(path), owner: owner.toString('hex'), pauseMs },
        'another ZooKeeper session took our node'
      )
      return pauseMs
    }
    yielded = false
    await connection.replace(path, data, 'own')
    return undefined
  }
  /**
   * In a new session the node is the old one's or missing, and until it is there nobody finds it. So it is put in the
   * place of the old one, or made, without looking first: both go out in one batch with the look that follows.
   */
  const makeAnew = (connection: Connection, data: Buffer): void => {
    if (heldIn === undefined || heldIn.equals(connection.identity.id)) return
    // What failed is done again with the outcome of the look.
    connection.replace(path, data, 'own').catch(() => {})
    connection.create(path, data, 'ephemeral', 'own').catch(() => {})
  }
  /** One look at the node and one act: `done` when it is as claimed, `again` when it has to be looked at once more. */
  const reconcile = async (connection: Connection, current: Claim): Promise<'done' | 'again' | number> => {
    makeAnew(connection, current.data)
    const node = await connection.getData(path, onFire)
    if (node === undefined) {
      await make(connection, current)
      return 'again'
    }
    if (!node.owner.equals(connection.identity.id))
      return (await replace(connection, node.owner, current.data)) ?? 'again'
    heldIn = connection.identity.id
    if (!node.data.equals(current.data) && !(await connection.setData(path, current.data))) return 'again'
    current.visible.resolve()
    return 'done'
  }
  const takeBack = async (connection: Connection): Promise<void> => {
    const node = await connection.getData(path)
    if (node?.owner.equals(connection.identity.id)) await connection.remove(path)
  }
  const task = createTask(host, `keep ${shownPath(path)}`, async (connection) => {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const current = claim
      if (current !== undefined) {
        const result = await reconcile(connection, current)
        if (typeof result === 'number') return result
        if (result === 'done') return undefined
      } else {
        await takeBack(connection)
        if (claim === undefined) return finish()
      }
    }
    throw new AboxError(
      zookeeperErrors.ABOX_ZK_REFUSED,
      `${shownPath(path)} changed under each of ${MAX_TRIES} tries to keep it`
    )
  })
  // One and the same function each time: the package keeps a watcher only once.
  const onFire = (): void => task.poke()
  const finish = (): undefined => {
    task.stop()
    gone.resolve()
    onGone()
  }
  /** Ends the current claim: whoever waits for its node hears that it will not come. */
  const drop = (why: string): void => {
    claim?.visible.reject(
      new AboxError(zookeeperErrors.ABOX_ZK_CLOSED, `${shownPath(path)} was ${why} before it was created`)
    )
    claim = undefined
  }
  const goneOrAway = async (): Promise<void> => {
    const connection = host.connection()
    if (connection === undefined) return
    const limit = Promise.withResolvers<void>()
    const timer = setTimeout(limit.resolve, host.operationTimeoutMs)
    await Promise.race([gone.promise, connection.ended, limit.promise])
    clearTimeout(timer)
  }
  return {
    claim(data, options) {
      checkData(path, data)
      drop('claimed anew')
      gone.resolve()
      gone = Promise.withResolvers()
      const mine: Claim = { data, options, visible: Promise.withResolvers() }
      // Nobody has to ask whether it was created.
      mine.visible.promise.catch(() => {})
      claim = mine
      task.poke()
      return {
        created: () => mine.visible.promise,
        update(next) {
          checkData(path, next)
          mine.data = next
          if (claim === mine) task.poke()
        },
        async remove() {
          if (claim === mine) {
            drop('taken back')
            task.poke()
          }
          if (claim === undefined) await goneOrAway()
        }
      }
    },
    poke: () => task.poke(true),
    abandon() {
      task.stop()
      drop('abandoned with the session')
      gone.resolve()
    }
  }
}
