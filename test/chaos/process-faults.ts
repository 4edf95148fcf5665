import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import type { World } from './world.ts'

const FAILURES = 'abox_endpoint_failures_total'
const EJECTIONS = 'abox_endpoint_ejections_total'
const RETRIES = 'abox_upstream_retries_total'
const TIMEOUTS = 'abox_upstream_timeouts_total'
/** Longer than a call may take, so that some run out of time. */
const FROZEN_MS = 4000
const KILLED_MS = 2000
const CALLS = 20

async function whileSo(ms: number, world: World, begin: () => unknown, end: () => unknown): Promise<readonly string[]> {
  try {
    await begin()
    await sleep(ms)
  } finally {
    await end()
  }
  await world.callers.succeed(CALLS)
  return [`${ms} ms`]
}

/** nginx and the model server as processes: killed and started again on their ports, or frozen for a while. */
export const processFaults: readonly Fault[] = [
  {
    ...{ name: 'nginx-kill', mayFail: 'any', grows: [FAILURES], counters: [EJECTIONS, RETRIES] },
    run: (world) =>
      whileSo(
        KILLED_MS,
        world,
        () => world.nginx.kill(),
        () => world.nginx.start()
      )
  },
  {
    ...{ name: 'nginx-stop', mayFail: 'any', grows: [FAILURES, TIMEOUTS], counters: [EJECTIONS, RETRIES] },
    run: (world) =>
      whileSo(
        FROZEN_MS,
        world,
        () => world.nginx.signal('SIGSTOP'),
        () => world.nginx.signal('SIGCONT')
      )
  },
  {
    ...{ name: 'model-kill', mayFail: 'any', grows: [FAILURES], counters: [EJECTIONS, RETRIES] },
    run: (world) =>
      whileSo(
        KILLED_MS,
        world,
        () => world.model.kill(),
        () => world.model.start()
      )
  }
]
