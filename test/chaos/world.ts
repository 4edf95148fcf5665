import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createZookeeper } from '#lib/zookeeper'
import { modelDocument, SERVICE, serviceDocument } from '../harness/embedded-gateway.ts'
import { type ConfigOverrides, type Gateway, startGateway } from '../harness/gateway.ts'
import { until } from '../harness/until.ts'
import type { DubboVersion } from '../peers/java.ts'
import { type Nginx, startNginx } from '../peers/nginx.ts'
import { startZookeeper, type Zookeeper } from '../peers/zookeeper.ts'
import { type Callers, startCallers } from './consumers.ts'
import { readMetrics, valuesOf } from './metrics.ts'
import { type Model, startModel } from './model.ts'
import { ENTRIES, readRegistry } from './registry.ts'

/** What faults happen to: all real, each in a process of its own. */
export interface World {
  readonly zookeeper: Zookeeper
  readonly nginx: Nginx
  readonly model: Model
  readonly gateway: Gateway
  readonly callers: Callers
  /** The newest consumer there is, for one more. */
  readonly newest: DubboVersion
  readonly hosts: Readonly<Record<string, readonly string[]>>
  /** Of the process that looks after the instances. */
  supervisorPid(): Promise<number>
  state(): Promise<State>
  /** Changes sections of the gateway's file for good. */
  configure(changes: ConfigOverrides): void
  /** Looks until it is so. */
  wait(what: string, condition: () => boolean | Promise<boolean>, limitMs?: number): Promise<void>
  /**
   * Resolves when everything is as after the start: instances, spare, sessions, entries, connections, endpoints. Gives
   * what it waited for last; rejects with that.
   */
  settled(): Promise<string | undefined>
  /** What every instance says of a door of the model: 0 up, 1 slow start, 2 ejected, 3 down. */
  doorStates(door: number): Promise<readonly number[]>
  stop(): Promise<void>
}

/** `GET /state` of the admin API, as far as it is looked at. */
export interface State {
  readonly state: string
  readonly instances: readonly { readonly index: number; readonly state: string; readonly pid: number }[]
  readonly spare: { readonly state: string }
  readonly rollout: { readonly state: string; readonly startedAt?: number; readonly error?: string }
}

/** ZooKeeper's and short, so that an outage can outlast it. */
export const SESSION_TIMEOUT_MS = 4000
/** How long an instance may be silent. */
export const HANG_MS = 2000
/** Calls of one caller that the documents let into an instance at a time. */
export const FLOODER = { name: 'flooder', concurrent: 8 }
/** Two doors are called directly, and are the endpoints of one variant; the third is behind nginx. */
const [DIRECT, INGRESS] = [[0, 1], 2] as const
const INSTANCES = 2
const HOST = 'rank.models.test'
const ROOT = '/abox/chaos'
const SETTLED_WITHIN_MS = 90_000

export async function startWorld(versions: readonly DubboVersion[], retries: number): Promise<World> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each()
  }
  const keep = <T extends { stop(): Promise<void> }>(started: T): T => {
    stops.push(() => started.stop())
    return started
  }
  try {
    const folder = mkdtempSync(join(tmpdir(), 'abox-chaos-'))
    stops.push(async () => rmSync(folder, { recursive: true, force: true }))
    const zookeeper = keep(await startZookeeper())
    const model = keep(await startModel(DIRECT.length + 1))
    const hosts = { [HOST]: [model.addresses[INGRESS] ?? ''] }
    const nginx = keep(await startNginx(hosts))
    await publish(zookeeper, documentsOf(model, nginx))
    let config: ConfigOverrides = {
      name: 'chaos',
      instances: INSTANCES,
      registry: { kind: 'zookeeper', address: zookeeper.address, sessionTimeoutMs: SESSION_TIMEOUT_MS },
      documents: { kind: 'zookeeper', root: ROOT },
      records: { kind: 'file', path: join(folder, 'calls.jsonl') },
      endpoints: { ejectMs: 2000, slowStartMs: 2000, probeIntervalMs: 1000 },
      // Told, so that another number of instances changes nothing else.
      limits: { memoryMb: 512 },
      supervisor: { hangMs: HANG_MS }
    }
    const gateway = keep(await startGateway(config))
    const callers = keep(await startCallers({ versions, retries, registry: zookeeper.address }))
    const state = async (): Promise<State> => (await (await fetch(`${gateway.admin}/state`)).json()) as State
    const wait: World['wait'] = (what, condition, limitMs = SETTLED_WITHIN_MS) =>
      until(
        what,
        async () => {
          await sleep(30)
          return condition()
        },
        limitMs
      )
    const doorStates = async (door: number): Promise<number[]> =>
      valuesOf(await readMetrics(gateway.observability), 'abox_endpoint_state', model.addresses[door] ?? '?')
    // Of the instances, the spare and the consumers.
    let sessionsAtStart = 0
    const unsettled = async (): Promise<string | undefined> => {
      const now = await state()
      const supervised = now.instances.length === INSTANCES && now.spare.state === 'waiting'
      if (now.state !== 'ready' || now.rollout.state === 'running' || !supervised) return inWords(now)
      const { sessions, owners, orphans } = await readRegistry(zookeeper)
      if (owners.length !== INSTANCES * ENTRIES || orphans > 0)
        return `registry: found ${owners.length} entries, ${orphans} without a session, expected ${INSTANCES * ENTRIES}`
      if (sessions.length < sessionsAtStart)
        return `ZooKeeper: found ${sessions.length} sessions, expected ${sessionsAtStart}`
      const instances = (await (await fetch(`${gateway.admin}/instances`)).json()) as { connections: number }[]
      const connections = instances.map((each) => each.connections)
      if (connections.length !== INSTANCES || connections.some((each) => each !== callers.count))
        return `connections: found ${connections.join()}, expected ${callers.count} at each of ${INSTANCES} instances`
      for (const door of DIRECT) {
        const states = await doorStates(door)
        if (states.length !== INSTANCES || states.some((each) => each !== 0))
          return `door ${door}: found states ${states.join()}, expected 0 at each of ${INSTANCES} instances`
      }
      return undefined
    }
    const settled = async (): Promise<string | undefined> => {
      let last: string | undefined
      const isSettled = async (): Promise<boolean> => {
        const why = await unsettled()
        last = why ?? last
        return why === undefined
      }
      await wait('everything to be as at the start', isSettled).catch((error: unknown) => {
        throw new Error(last ?? String(error), { cause: error })
      })
      return last
    }
    await settled()
    sessionsAtStart = (await readRegistry(zookeeper)).sessions.length
    return {
      ...{ zookeeper, nginx, model, gateway, callers, hosts, state, wait, settled, doorStates, stop },
      newest: versions.at(-1) ?? '33',
      async supervisorPid() {
        const pid = (await state()).instances[0]?.pid ?? 0
        return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }))
      },
      configure(changes) {
        config = { ...config, ...changes }
        gateway.rewrite(config)
      }
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const inWords = ({ state, instances, spare, rollout }: State): string =>
  `gateway ${state}: ${instances.map((each) => `${each.index} ${each.state}`).join()}, spare ${spare.state}, rollout ${rollout.state}`

function documentsOf(model: Model, nginx: Nginx): Readonly<Record<string, object>> {
  const method = { model: 'rank', input: 'args[0]', timeoutMs: 3000 }
  const methods = [
    { ...method, name: 'score', returns: 'java.util.List<java.lang.Double>' },
    { ...method, name: 'echo', returns: 'java.lang.String' }
  ]
  const how = { protocol: 'raw', path: '/rank' }
  return {
    [`services/${SERVICE}`]: {
      ...serviceDocument(methods),
      limits: { callers: { [FLOODER.name]: { concurrent: FLOODER.concurrent } } }
    },
    'models/rank': {
      ...modelDocument({}),
      variants: [
        {
          ...{ name: 'direct', cluster: 'legacy', ...how },
          endpoints: DIRECT.map((door) => `http://${model.addresses[door]}`)
        },
        { name: 'ingress', cluster: 'seldon', ...how, endpoints: [`http://127.0.0.1:${nginx.port}`], host: HOST }
      ],
      split: { weights: { direct: 500_000, ingress: 500_000 } }
    }
  }
}

async function publish(zookeeper: Zookeeper, documents: Readonly<Record<string, object>>): Promise<void> {
  const session = createZookeeper({ address: zookeeper.address, sessionTimeoutMs: 30_000 })
  await session.start()
  for (const [path, document] of Object.entries(documents)) {
    await session.write(`${ROOT}/${path}`, Buffer.from(JSON.stringify(document)), { create: true })
  }
  await session.close()
}
