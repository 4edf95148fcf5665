import { startConsumer } from '../peers/java-consumer.ts'
import type { Fault } from './fault.ts'
import { modelFaults } from './model-faults.ts'
import { FLOODER, HANG_MS, type State, type World } from './world.ts'
import { zookeeperFaults } from './zookeeper-faults.ts'

const RESTARTS = 'abox_instance_restarts_total'
const EVENTS = 'abox_connection_events_total'
const RETRIES = 'abox_upstream_retries_total'
/** Good calls of each consumer that have to follow a fault, beside everything being as before. */
const CALLS = 20

/** In the order in which they are done. */
export const faults: readonly Fault[] = [
  {
    ...{ name: 'nothing', mayFail: 'none', counters: [] },
    run: async ({ callers }) => {
      await callers.succeed(100)
      return []
    }
  },
  {
    ...{ name: 'rolling-restart', mayFail: 'none', counters: [RESTARTS] },
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
    ...{ name: 'reload', mayFail: 'none', counters: [RESTARTS] },
    run: (world) =>
      rolled(world, async () => {
        world.configure({ log: { level: 'warn' } })
        process.kill(await world.supervisorPid(), 'SIGHUP')
      })
  },
  {
    ...{ name: 'nginx-reload', mayFail: 'none', counters: [RETRIES] },
    run: async ({ nginx, hosts, callers }) => {
      for (let times = 0; times < 3; times++) {
        await nginx.reload(hosts)
        await callers.succeed(CALLS)
      }
      return ['3 times']
    }
  },
  {
    ...{ name: 'drain', mayFail: 'none', counters: [RESTARTS] },
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
    ...{ name: 'instance-kill', mayFail: 'in flight', counters: [RESTARTS] },
    run: (world) => replaced(world, 'SIGKILL')
  },
  {
    ...{ name: 'instance-stop', mayFail: 'any', counters: [RESTARTS] },
    run: async (world) => [`killed after ${HANG_MS} ms`, ...(await replaced(world, 'SIGSTOP'))]
  },
  ...modelFaults,
  {
    ...{ name: 'consumer-kill', mayFail: 'none', counters: ['abox_upstream_canceled_total', EVENTS] },
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
    ...{ name: 'flood', mayFail: 'none', counters: ['abox_limited_total', 'abox_shed_total'] },
    run: async ({ zookeeper, newest, callers }) => {
      const flooder = await startConsumer({
        ...{ dubbo: newest, registry: zookeeper.address, application: FLOODER.name }
      })
      try {
        await flooder.steadyStart({ threads: 64, kinds: ['score', 'echo'], intervalMs: 10 })
        await callers.succeed(30 * CALLS)
        const { calls, failed, elapsedMs } = await flooder.steadyStop()
        const rate = Math.round((calls * 1000) / elapsedMs)
        return [`64 threads, ${rate} calls/s, ${calls - failed} of ${calls} let in`]
      } finally {
        await flooder.stop()
      }
    }
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

/** Sends the signal to one instance and waits until another process has its place. */
async function replaced({ state, wait, gateway }: World, signal: 'SIGKILL' | 'SIGSTOP'): Promise<readonly string[]> {
  const instances = (await (await fetch(`${gateway.admin}/instances`)).json()) as { inFlight: number }[]
  const victim = (await state()).instances[0]
  if (victim === undefined) throw new Error('no instance')
  const at = performance.now()
  process.kill(victim.pid, signal)
  await wait(`another process than ${victim.pid}`, async () => {
    const now = await state()
    return now.state === 'ready' && now.instances.every(({ pid }) => pid !== victim.pid)
  })
  return [`${instances[0]?.inFlight} in flight just before`, `replaced in ${seconds(at)}`]
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`
