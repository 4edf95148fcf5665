import { setTimeout as sleep } from 'node:timers/promises'
import type { Bounds, Fault } from './fault.ts'
import { readRegistry } from './registry.ts'
import { SESSION_TIMEOUT_MS, type World } from './world.ts'

const CALLS_TOTAL = 'abox_calls_total'
const OUTAGE_MS = 2 * SESSION_TIMEOUT_MS
/** Consumers of 3.x act on what they see up to 5.9 s later. */
const SEEN_AFTER_MS = 7000

const FREEZE_MS = 3 * SESSION_TIMEOUT_MS

/**
 * Stops the server's process until all sessions should have ended. As it wakes it ends them before it reads what
 * waits, and for a moment there is no entry: that is `goneMs`.
 */
async function frozen(world: World, bounds: Bounds): Promise<readonly string[]> {
  const { zookeeper } = world
  const { owners: old } = await readRegistry(zookeeper)
  zookeeper.signal('SIGSTOP')
  try {
    await sleep(FREEZE_MS)
  } finally {
    zookeeper.signal('SIGCONT')
  }
  const wokeAt = performance.now()
  let goneAt: number | undefined
  let kept = 0
  // The gap is of the order of the look's own time: no pause between two looks.
  for (;;) {
    const { owners } = await readRegistry(zookeeper)
    const now = performance.now()
    if (owners.length < old.length) goneAt ??= now
    kept = owners.filter((owner) => old.includes(owner)).length
    if (owners.length === old.length && (kept === 0 || now - wokeAt > SESSION_TIMEOUT_MS)) break
    if (now - wokeAt > GIVE_UP_MS) throw new Error(`found ${owners.length} entries, expected ${old.length}`)
  }
  const backAt = performance.now()
  bounds.goneMs = goneAt === undefined ? 0 : Math.round(backAt - goneAt)
  const gone =
    goneAt === undefined ? 'never incomplete' : `incomplete from ${ms(goneAt - wokeAt)} to ${ms(backAt - wokeAt)}`
  return seen(world, [`frozen for ${FREEZE_MS} ms, entries ${gone} after it woke, ${kept} kept`])
}

const GIVE_UP_MS = 30_000
const ms = (time: number): string => `${Math.round(time)} ms`

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
    ...{ name: 'zookeeper-outage', mayFail: 'none', grows: [CALLS_TOTAL], counters: [] },
    run: async (world) => {
      await outage(world)
      await world.zookeeper.control('up')
      return seen(world, [`${OUTAGE_MS} ms away, entries kept`])
    }
  },
  {
    // The same, and nobody's session is left: a rebuilt ensemble, or all clients were too late.
    ...{ name: 'zookeeper-outage-expired', mayFail: 'none', grows: [CALLS_TOTAL], counters: [] },
    run: async (world) => {
      const { owners } = await readRegistry(world.zookeeper)
      await outage(world)
      const notes = await expireAll(world, owners, () => world.zookeeper.control('up'))
      return seen(world, [`${OUTAGE_MS} ms away`, ...notes])
    }
  },
  {
    ...{ name: 'zookeeper-expire', mayFail: 'none', grows: [CALLS_TOTAL], counters: [] },
    run: async (world) => {
      const { owners } = await readRegistry(world.zookeeper)
      return seen(world, await expireAll(world, owners, async () => {}))
    }
  },
  { ...{ name: 'zookeeper-freeze', mayFail: 'while gone', grows: [CALLS_TOTAL], counters: [] }, run: frozen }
]
