import { AboxError } from '#core/errors'
import type { ZookeeperSession } from '#lib/zookeeper'

/** Nothing of ours has nodes below it: what is found there may be as many as a stranger likes, and as deep. */
const MAX_NODES = 1000

/**
 * Paths of nodes below a node, each behind all that are below itself, so that they can be removed in this order. It looks at
 * a thousand at most: the rest is found the next time. Below one that we may not read nothing is found: mostly there is
 * nothing, and then it can be removed by who may write its parent. Rejects otherwise as `children` does.
 */
export async function nodesBelow(zookeeper: Pick<ZookeeperSession, 'children'>, path: string): Promise<string[]> {
  const found: string[] = []
  let looks = 0
  /** False: not all of them were looked at. */
  const collect = async (parent: string): Promise<boolean> => {
    for (const name of await readable(zookeeper.children(parent))) {
      if (looks++ === MAX_NODES) return false
      const child = `${parent}/${name}`
      if (!(await collect(child))) return false
      found.push(child)
    }
    return true
  }
  await collect(path)
  return found
}

async function readable(children: Promise<string[]>): Promise<string[]> {
  try {
    return await children
  } catch (error) {
    if (error instanceof AboxError && error.code === 'ABOX_ZK_DENIED') return []
    throw error
  }
}
