import { AboxError } from '#core/errors'
import { childOf, parentOf, parseAddress } from './address.ts'
import { type ACL, addOwner, isOpen, replaceOwner } from './client-api.ts'
import { type Connection, openConnection } from './connection.ts'
import { zookeeperErrors } from './errors.ts'
import { forEachChild } from './nodes.ts'

export interface HandOverOptions {
  /** `host:port`, several separated by commas; each is tried once. */
  readonly address: string
  /** This node and all below it are handed over. */
  readonly root: string
  /** One below the root that is handed over when all others are: who owns it owns all of them. */
  readonly last: string
  /** Nodes below the root that stay as they are, with all below them. */
  readonly keep?: readonly string[]
  /**
   * `user:password` by which the nodes are owned now; undefined: they are open to everybody, and nothing is to be done when
   * the last one is not.
   */
  readonly from: string | undefined
  /** The same of who is to own them; undefined: they are to be open to everybody. */
  readonly to: string | undefined
  /** How long connecting, each operation and closing may take, ms each. */
  readonly limitMs: number
}

/**
 * Gives the nodes that credentials own to other ones, parents before what stands below them: meanwhile nobody makes a node
 * in the old name where all were looked at. Nodes above the root that `from` owns are owned by both afterwards, so that
 * the root can be made again. What belongs to others, or to everybody, stays as it is. It may be done again at any time,
 * after a half one as well. Resolves with the number of nodes that were handed over. Throws ABOX_ZK_ADDRESS; rejects with
 * ABOX_ZK_AWAY when no server can be reached, and as every operation.
 */
export async function handOver(options: HandOverOptions): Promise<number> {
  const { address, from, limitMs } = options
  const reasons: string[] = []
  for (const server of parseAddress(address)) {
    const { opened } = openConnection({
      server,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      operationTimeoutMs: limitMs,
      handshakeTimeoutMs: limitMs,
      ...(from !== undefined && { auth: { scheme: 'digest', credential: from } })
    })
    const result = await opened
    if (result.kind === 'open') {
      const { connection } = result
      try {
        return await rewrite(connection, options)
      } finally {
        await connection.closeSession(limitMs)
      }
    }
    reasons.push(`${server}: ${result.kind === 'failed' ? result.reason : result.kind}`)
  }
  throw new AboxError(zookeeperErrors.ABOX_ZK_AWAY, `hand nodes over: ${reasons.join('; ')}`)
}

const SESSION_TIMEOUT_MS = 10_000

async function rewrite(connection: Connection, { root, last, keep = [], from, to }: HandOverOptions): Promise<number> {
  if (from === undefined && !isOpen((await aclOf(connection, last)) ?? [])) return 0
  let count = 0
  const visit = async (path: string): Promise<void> => {
    const acls = keep.includes(path) ? undefined : await aclOf(connection, path)
    // Below an open one stands what others have made, as many nodes as they like.
    if (acls === undefined || (from !== undefined && isOpen(acls))) return
    const next = replaceOwner(acls, from, to)
    if (next !== undefined && (await connection.setAcl(path, next))) count++
    const names = (await connection.getChildren(path)) ?? []
    const others = names.filter((name) => childOf(path, name) !== last)
    await forEachChild(path, others, (_name, child) => visit(child))
  }
  for (let path = parentOf(root); from !== undefined && to !== undefined && path !== '/'; path = parentOf(path)) {
    const next = addOwner((await aclOf(connection, path)) ?? [], from, to)
    if (next !== undefined) await connection.setAcl(path, next)
  }
  await visit(root)
  await visit(last)
  return count
}

/** Undefined: there is no such node, or it is hidden from us, and so not ours. */
async function aclOf(connection: Connection, path: string): Promise<readonly ACL[] | undefined> {
  try {
    return await connection.getAcl(path)
  } catch (error) {
    if (error instanceof AboxError && error.code === 'ABOX_ZK_DENIED') return undefined
    throw error
  }
}
