import { AboxError } from '#core/errors'
import { childOf, parentOf } from './address.ts'
import type { Access } from './client-api.ts'
import type { Connection, NodeData } from './connection.ts'
import { zookeeperErrors } from './errors.ts'
import { shownPath } from './shown-path.ts'

const NOTHING = Buffer.alloc(0)

/** Makes the node and the parents that are missing; what is there already stays as it is. */
export async function ensurePersistent(
  connection: Connection,
  path: string,
  data: Buffer = NOTHING,
  access: Access = 'own'
): Promise<void> {
  // Looked at first: below a parent that denies us, creating what already exists would be denied as well.
  if ((await connection.getMzxid(path)) !== undefined) return
  if ((await connection.create(path, data, 'persistent', access)) !== 'no-parent') return
  await ensurePersistent(connection, parentOf(path), NOTHING, access)
  await connection.create(path, data, 'persistent', access)
}

/** Replaces the node's data. A missing node is made when `create` is set, else it is ABOX_ZK_NO_NODE. */
export async function writeData(connection: Connection, path: string, data: Buffer, create: boolean): Promise<void> {
  if (await connection.setData(path, data)) return
  if (!create) {
    throw new AboxError(zookeeperErrors.ABOX_ZK_NO_NODE, `write ${shownPath(path)}: there is no such node`)
  }
  await ensurePersistent(connection, path, data)
  // Someone else may have made it meanwhile, with other data.
  await connection.setData(path, data)
}

/** The node's data, or undefined; in both cases `onFire` hears the next change. */
export async function watchedData(
  connection: Connection,
  path: string,
  onFire: () => void
): Promise<NodeData | undefined> {
  for (;;) {
    const node = await connection.getData(path, onFire)
    if (node !== undefined) return node
    // A read of a missing node leaves no watch; asking for its existence does.
    if ((await connection.getMzxid(path, onFire)) === undefined) return undefined
  }
}

/** The children's names, sorted, or undefined when the node is not there; in both cases `onFire` hears the next change. */
export async function watchedChildren(
  connection: Connection,
  path: string,
  onFire: () => void
): Promise<string[] | undefined> {
  for (;;) {
    const names = await connection.getChildren(path, onFire)
    if (names !== undefined) return names.sort()
    if ((await connection.getMzxid(path, onFire)) === undefined) return undefined
  }
}

/** Calls `work` for each child, at most 32 at a time; rejects with the first failure when none is running any more. */
export async function forEachChild(
  path: string,
  names: readonly string[],
  work: (name: string, path: string) => Promise<void>
): Promise<void> {
  const queue = names.values()
  const lane = async (): Promise<void> => {
    for (const name of queue) await work(name, childOf(path, name))
  }
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(32, names.length) }, lane))
  for (const result of lanes) if (result.status === 'rejected') throw AboxError.from(result.reason)
}
