import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { readRegistry } from './registry.ts'
import { SESSION_TIMEOUT_MS, type World } from './world.ts'

const OUTAGE_MS = 2 * SESSION_TIMEOUT_MS
/** Consumers of 3.x act on what they see up to 5.9 s later. */
const SEEN_AFTER_MS = 7000

/** Their effects on consumers come late: calls go on for a while after everything is as before. */
async function seen(world: World, notes: readonly string[]): Promise<readonly string[]> {
  const at = performance.now()
  await world.settled()
  const settledS = ((performance.now() - at) / 1000).toFixed(1)
  await sleep(SEEN_AFTER_MS)
  return [...notes, `consumers' sessions ${settledS} s after that`]
}

/** Ends all sessions, at once after `before`; resolves when these owners' entries have been made anew. */
async function expireAll(
  { zookeeper, wait }: World,
  owners: readonly string[],
  before: () => Promise<unknown>
): Promise<string[]> {
  const [, expired] = await Promise.all([before(), zookeeper.control('expire all')])
  const at = performance.now()
  await wait('new entries in place of the old ones', async () => {
    const now = await readRegistry(zookeeper)
    return now.owners.length === owners.length && !now.owners.some((owner) => owners.includes(owner))
  })
  return [expired.trim(), `entries back after ${((performance.now() - at) / 1000).toFixed(1)} s`]
}

async function outage({ zookeeper }: World): Promise<void> {
  await zookeeper.control('down')
  await sleep(OUTAGE_MS)
}

export const zookeeperFaults: readonly Fault[] = [
  {
    // A server that comes back gives all sessions their whole time anew: entries outlive an outage of any length.
    ...{ name: 'zookeeper-outage', mayFail: 'none', counters: [] },
    run: async (world) => {
      await outage(world)
      await world.zookeeper.control('up')
      return seen(world, [`${OUTAGE_MS} ms away, entries kept`])
    }
  },
  {
    // The same, and nobody's session is left: a rebuilt ensemble, or all clients were too late.
    ...{ name: 'zookeeper-outage-expired', mayFail: 'none', counters: [] },
    run: async (world) => {
      const { owners } = await readRegistry(world.zookeeper)
      await outage(world)
      const notes = await expireAll(world, owners, () => world.zookeeper.control('up'))
      return seen(world, [`${OUTAGE_MS} ms away`, ...notes])
    }
  },
  {
    ...{ name: 'zookeeper-expire', mayFail: 'none', counters: [] },
    run: async (world) => {
      const { owners } = await readRegistry(world.zookeeper)
      return seen(world, await expireAll(world, owners, async () => {}))
    }
  }
]
