import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { startConsumer } from '../peers/java-consumer.ts'
import type { Bounds, Fault } from './fault.ts'
import { modelFaults } from './model-faults.ts'
import { processFaults } from './process-faults.ts'
import { FLOODER, HANG_MS, type State, type World } from './world.ts'
import { zookeeperFaults } from './zookeeper-faults.ts'

const RESTARTS = 'abox_instance_restarts_total'
/** A gauge: it grows from 0 to 1 when a rollout begins. */
const ROLLOUT = 'abox_rollout_running'
const EVENTS = 'abox_connection_events_total'
const RETRIES = 'abox_upstream_retries_total'
const CALLS_TOTAL = 'abox_calls_total'
/** Good calls of each consumer that have to follow a fault, beside everything being as before. */
const CALLS = 20
const FLOOD_CALLS = 300
/** Until a consumer has read that a killed instance's connection is closed; a call that it sends meanwhile was in flight as well. */
const NOTICED_WITHIN_MS = 20

/** In the order in which they are done. */
export const faults: readonly Fault[] = [
  {
    ...{ name: 'nothing', mayFail: 'none', grows: [CALLS_TOTAL], counters: [] },
    run: async ({ callers }) => {
      await callers.succeed(100)
      return []
    }
  },
  {
    ...{ name: 'rolling-restart', mayFail: 'none', grows: [ROLLOUT], counters: [RESTARTS] },
    run: (world) =>
      rolled(world, async () => {
        const answer = await fetch(`${world.gateway.admin}/restart`, {
          method: 'POST',
          headers: { 'x-abox-admin': '1' }
        })
        if (answer.status !== 202) throw new Error(`POST /restart: ${answer.status} ${await answer.text()}`)
      })
  },
  {
    ...{ name: 'reload', mayFail: 'none', grows: [ROLLOUT], counters: [RESTARTS] },
    run: (world) =>
      rolled(world, async () => {
        world.configure({ log: { level: 'warn' } })
        process.kill(await world.supervisorPid(), 'SIGHUP')
      })
  },
  {
    ...{ name: 'nginx-reload', mayFail: 'none', grows: [CALLS_TOTAL], counters: [RETRIES] },
    run: async ({ nginx, hosts, callers }) => {
      for (let times = 0; times < 3; times++) {
        await nginx.reload(hosts)
        await callers.succeed(CALLS)
      }
      return ['3 times']
    }
  },
  {
    ...{ name: 'drain', mayFail: 'none', grows: [ROLLOUT], counters: [RESTARTS] },
    run: async (world) => {
      const scale = (instances: number) => async (): Promise<void> => {
        world.configure({ instances })
        process.kill(await world.supervisorPid(), 'SIGHUP')
      }
      const down = await rolled(world, scale(1))
      return [...down, ...(await rolled(world, scale(2)))]
    }
  },
  ...zookeeperFaults,
  {
    ...{ name: 'instance-kill', mayFail: 'in flight', grows: [RESTARTS], counters: [] },
    run: (world, bounds) => replaced(world, 'SIGKILL', bounds)
  },
  {
    ...{ name: 'spare-kill', mayFail: 'none', grows: ['abox_spare_ready'], counters: [RESTARTS] },
    run: spareKilled
  },
  {
    ...{ name: 'instance-stop', mayFail: 'any', grows: [RESTARTS], counters: [] },
    run: async (world, bounds) => [`killed after ${HANG_MS} ms`, ...(await replaced(world, 'SIGSTOP', bounds))]
  },
  ...modelFaults,
  ...processFaults,
  {
    ...{ name: 'consumer-kill', mayFail: 'none', grows: ['abox_upstream_canceled_total', EVENTS], counters: [] },
    run: async ({ zookeeper, model, newest, callers, wait, gateway }) => {
      const victim = await startConsumer({ dubbo: newest, registry: zookeeper.address, application: 'victim' })
      try {
        await model.behave(0, { kind: 'slow', ms: 1000 })
        await victim.steadyStart({ threads: 16, kinds: ['score'] })
        await callers.succeed(CALLS)
        const before = await model.counts()
        process.kill(victim.pid, 'SIGKILL')
        const left = async (): Promise<boolean> => {
          const states = (await (await fetch(`${gateway.admin}/instances`)).json()) as { connections: number }[]
          return states.every(({ connections }) => connections === callers.count)
        }
        await wait('the connections of the killed consumer to be gone', left)
        await callers.succeed(CALLS)
        const given = ((await model.counts())[0]?.abandoned ?? 0) - (before[0]?.abandoned ?? 0)
        return [`16 threads, ${given} calls canceled at the model`]
      } finally {
        await model.behave(0, { kind: 'ok' })
        await victim.stop()
      }
    }
  },
  {
    ...{ name: 'flood', mayFail: 'none', grows: ['abox_limited_total'], counters: ['abox_shed_total'] },
    run: (world) => flooded(world, FLOODER.name)
  },
  {
    // A caller that no document names, and no limit but those that are always there.
    ...{
      name: 'flood-unlimited',
      mayFail: 'none',
      grows: [CALLS_TOTAL],
      counters: ['abox_limited_total', 'abox_shed_total']
    },
    run: (world) => flooded(world, 'stranger')
  }
]

/** Resolves when the rollout that `begin` begins is done. */
async function rolled({ state, wait }: World, begin: () => Promise<void>): Promise<readonly string[]> {
  const { startedAt } = (await state()).rollout
  const at = performance.now()
  await begin()
  let now: State['rollout'] | undefined
  await wait('the rollout to be over', async () => {
    now = (await state()).rollout
    return now.startedAt !== startedAt && now.state !== 'running'
  })
  if (now?.state !== 'done') throw new Error(`rollout ${now?.state}: ${now?.error}`)
  return [`done in ${seconds(at)}`]
}

/** A consumer of this name calls with 64 threads for a while. */
async function flooded({ zookeeper, newest, callers }: World, application: string): Promise<readonly string[]> {
  const flooder = await startConsumer({ dubbo: newest, registry: zookeeper.address, application })
  try {
    await flooder.steadyStart({ threads: 64, kinds: ['score', 'echo'], intervalMs: 10 })
    await callers.succeed(FLOOD_CALLS)
    const { calls, failed, elapsedMs } = await flooder.steadyStop()
    const rate = Math.round((calls * 1000) / elapsedMs)
    return [`64 threads, ${rate} calls/s, ${calls - failed} of ${calls} let in`]
  } finally {
    await flooder.stop()
  }
}

/** Kills the process that waits to take the place of an instance, until another one waits. */
async function spareKilled(world: World): Promise<readonly string[]> {
  const { state, wait, callers } = world
  const serving = new Set((await state()).instances.map(({ pid }) => pid))
  const children = execFileSync('pgrep', ['-P', String(await world.supervisorPid())], { encoding: 'utf8' })
  const spare = children
    .split('\n')
    .map(Number)
    .find((pid) => pid > 0 && !serving.has(pid))
  if (spare === undefined) throw new Error('no spare')
  const at = performance.now()
  process.kill(spare, 'SIGKILL')
  await wait('the spare to be missed', async () => (await state()).spare.state !== 'waiting')
  await wait('another spare', async () => (await state()).spare.state === 'waiting')
  const after = `another one waits after ${seconds(at)}`
  await callers.succeed(CALLS)
  return [after]
}

/** Sends the signal to one instance and waits until another process has its place. */
async function replaced(
  { state, wait, gateway }: World,
  signal: 'SIGKILL' | 'SIGSTOP',
  bounds: Bounds
): Promise<readonly string[]> {
  const instances = (await (await fetch(`${gateway.admin}/instances`)).json()) as { inFlight: number }[]
  const victim = (await state()).instances[0]
  if (victim === undefined) throw new Error('no instance')
  const at = performance.now()
  process.kill(victim.pid, signal)
  if (signal === 'SIGKILL') {
    // The system closes its connections some ms later, when it has given back its memory.
    while (isAlive(victim.pid)) await sleep(1)
    bounds.begunBefore = Date.now() + NOTICED_WITHIN_MS
  }
  await wait(`another process than ${victim.pid}`, async () => {
    const now = await state()
    return now.state === 'ready' && now.instances.every(({ pid }) => pid !== victim.pid)
  })
  return [`${instances[0]?.inFlight} in flight just before`, `replaced in ${seconds(at)}`]
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`
