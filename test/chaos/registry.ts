import { SERVICE } from '../harness/embedded-gateway.ts'
import type { Zookeeper } from '../peers/zookeeper.ts'

/** What ZooKeeper itself has, asked past all clients. */
export interface Registry {
  readonly sessions: readonly string[]
  /** The session of each provider entry of the service, and of each instance of the gateway's application. */
  readonly owners: readonly string[]
  /** Entries whose session has ended, which are about to go, among them. */
  readonly orphans: number
}

const FOLDERS = [`/dubbo/${SERVICE}/providers`, '/services/abox-gateway']
/** Entries that each instance has. */
export const ENTRIES = FOLDERS.length

export async function readRegistry(zookeeper: Zookeeper): Promise<Registry> {
  const sessions = (await zookeeper.control('sessions')).split('\n').filter((line) => line !== '')
  const owners: string[] = []
  for (const folder of FOLDERS) {
    const tree = await zookeeper.control(`tree ${folder}`)
    for (const [, owner = ''] of tree.matchAll(/ E(0x[0-9a-f]+)/g)) owners.push(owner)
  }
  return { sessions, owners, orphans: owners.filter((owner) => !sessions.includes(owner)).length }
}
