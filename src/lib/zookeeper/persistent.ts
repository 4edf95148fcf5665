import { AboxError } from '#core/errors'
import { checkData, parentOf } from './address.ts'
import type { Access } from './client-api.ts'
import type { Connection } from './connection.ts'
import { zookeeperErrors } from './errors.ts'
import { ensurePersistent, watchedData } from './nodes.ts'
import { shownPath } from './shown-path.ts'
import { createTask, type Task, type TaskHost } from './task.ts'

/** A persistent node whose data is kept as somebody wants it. */
export interface PersistentHandle {
  /** Resolves when its data was seen as wanted for the first time; rejects with ABOX_ZK_CLOSED when it is let go before. */
  written(): Promise<void>
  /** Resolves when the first try is over, whatever became of it: somebody may have closed the node to us. */
  tried(): Promise<void>
  /** Looks after it no longer. The node stays as it is. */
  letGo(): void
}

export interface PersistentOptions {
  /** Who may change the node. Default `own`. */
  readonly access?: Access
  /** Who may write into parents that have to be made. Default `own`. */
  readonly parents?: Access
}

/**
 * What a node's data should be, from what it is; `undefined` = there is no node. To leave it as it is, give back the
 * same bytes. Called again whenever somebody else was faster, so it must not count.
 */
export type PersistentEdit = (found: Buffer | undefined) => Buffer

/** How often a run starts over because somebody else wrote between its read and its write. */
const MAX_TRIES = 5

/**
 * Keeps a node that several processes write: it is read with its version, edited, and written only if the version is
 * still the same. So nobody's part is lost, and the node is brought back when it is deleted or the edit undone.
 */
export function createPersistentKeeper(
  host: TaskHost,
  path: string,
  edit: PersistentEdit,
  options: PersistentOptions
): Task & PersistentHandle {
  const { access = 'own', parents = 'own' } = options
  const written = Promise.withResolvers<void>()
  const tried = Promise.withResolvers<void>()
  // Nobody has to ask whether it was written.
  written.promise.catch(() => {})
  const bring = async (connection: Connection): Promise<undefined> => {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const node = await watchedData(connection, path, onFire)
      const wanted = edit(node?.data)
      if (node?.data.equals(wanted)) {
        written.resolve()
        return undefined
      }
      checkData(path, wanted)
      if (node !== undefined) await connection.setDataIf(path, wanted, node.version)
      else if ((await connection.create(path, wanted, 'persistent', access)) === 'no-parent') {
        await ensurePersistent(connection, parentOf(path), undefined, parents)
      }
    }
    throw new AboxError(
      zookeeperErrors.ABOX_ZK_REFUSED,
      `${shownPath(path)} changed under each of ${MAX_TRIES} tries to write it`
    )
  }
  const task = createTask(host, `keep ${shownPath(path)}`, (connection) => bring(connection).finally(tried.resolve))
  // One and the same function each time: the package keeps a watcher only once.
  const onFire = (): void => task.poke()
  const stop = (): void => {
    task.stop()
    tried.resolve()
    written.reject(new AboxError(zookeeperErrors.ABOX_ZK_CLOSED, `${shownPath(path)} was let go before it was written`))
  }
  return { poke: task.poke, stop, letGo: stop, written: () => written.promise, tried: () => tried.promise }
}
