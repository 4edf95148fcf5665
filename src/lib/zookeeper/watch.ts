import { describe } from '#core/errors'
import type { Connection } from './connection.ts'
import { watchedChildren, watchedData } from './nodes.ts'
import { shownPath } from './shown-path.ts'
import { createTask, type Task, type TaskHost } from './task.ts'

/** Reads the watched value and leaves watches that call `onFire`. `full` says that earlier watches may be lost. */
type Read<T> = (connection: Connection, full: boolean) => Promise<T>

/** What is watched at one path. */
export interface Watched<T> {
  readonly what: string
  /** Called once; a reader passes ZooKeeper the same function each time, since the package keeps a watcher only once. */
  reader(path: string, onFire: () => void): Read<T>
  same(a: T, b: T): boolean
}

/**
 * Calls back with the value at first and then whenever it differs from the last one delivered. ZooKeeper's watches are
 * one-shot and say only "something changed", so each is followed by a read, and whoever owns the task pokes it on
 * every connection and from time to time. While ZooKeeper is away nothing is delivered.
 */
export function createWatch<T>(host: TaskHost, path: string, watched: Watched<T>, listener: (value: T) => void): Task {
  let last: { readonly value: T } | undefined
  let stopped = false
  const task = createTask(host, `watch ${watched.what} ${shownPath(path)}`, async (connection, full) => {
    const value = await read(connection, full)
    if (stopped || (last !== undefined && watched.same(last.value, value))) return undefined
    last = { value }
    try {
      listener(value)
    } catch (error) {
      host.log.error({ path: shownPath(path), error: describe(error) }, 'a listener of a ZooKeeper watch failed')
    }
    return undefined
  })
  const read = watched.reader(path, () => task.poke())
  return {
    poke: task.poke,
    stop() {
      stopped = true
      task.stop()
    }
  }
}

/** The data of a node, `undefined` when it is not there. */
export const nodeData: Watched<Buffer | undefined> = {
  what: 'data of',
  reader: (path, onFire) => async (connection) => (await watchedData(connection, path, onFire))?.data,
  same: (a, b) => a === b || (a !== undefined && b !== undefined && a.equals(b))
}

/** The sorted names below a node, none when it is not there. */
export const childNames: Watched<readonly string[]> = {
  what: 'children of',
  reader: (path, onFire) => async (connection) => (await watchedChildren(connection, path, onFire)) ?? [],
  same: (a, b) => a.length === b.length && a.every((name, index) => name === b[index])
}
