// npm run bench -- publish [--gateways n] [--processes n] [--models n,n] [--publishes n] [--manager-models n]: from a change in
// the manager's store until gateways have applied it, by their receipts; then what a manager with many models costs.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type ReceiptPart, readReceiptNode } from '../src/contracts/receipt.ts'
import { renderTable } from '../src/core/table.ts'
import { createZookeeper } from '../src/lib/zookeeper/index.ts'
import {
  leads,
  model,
  type Publishing,
  putEnvironment,
  service,
  startPublishing
} from '../test/interop/apps/manager/publishing.ts'
import { startZookeeper } from '../test/peers/zookeeper.ts'
import { measureManager } from './publish-manager.ts'
import { quantileOf } from './quantile.ts'

const BUDGET_MS = 1000
const ENVIRONMENT = 'bench'
const ROOT = `/abox/${ENVIRONMENT}`

interface Sizes {
  readonly gateways: number
  readonly processes: number
  readonly models: number
  readonly publishes: number
}

interface PublishRow {
  readonly models: number
  readonly 'change → seen': string
  readonly 'p50 ms': number
  readonly 'p99 ms': number
}

/** Prints two tables; exits with 1 when the p99 until all gateways have applied a change is over its budget. */
export async function benchPublish(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      gateways: { type: 'string', default: '20' },
      processes: { type: 'string', default: '4' },
      models: { type: 'string', default: '100,5000' },
      publishes: { type: 'string', default: '200' },
      'manager-models': { type: 'string', default: '5000' }
    }
  })
  const [gateways, processes] = [Number(values.gateways), Number(values.processes)]
  const publishes = Number(values.publishes)
  const rows: PublishRow[] = []
  for (const models of values.models.split(',').map(Number)) {
    rows.push(
      ...(await inWorld((folder, address) =>
        measurePublishing(folder, address, { gateways, processes, models, publishes })
      ))
    )
  }
  console.log(renderTable(rows))
  console.log(
    `budget: p99 of all ${gateways} at most ${BUDGET_MS} ms; the gateways are in ${processes} processes, publisher and watcher in one more; ${publishes} changes one by one`
  )
  if (rows.some((row) => row['change → seen'].startsWith('all') && row['p99 ms'] > BUDGET_MS)) process.exitCode = 1
  const managed = Number(values['manager-models'])
  if (managed === 0) return
  console.log(renderTable(await inWorld((folder, address) => measureManager(folder, address, managed))))
}

/** A folder and a ZooKeeper for one measurement. */
async function inWorld<T>(measure: (folder: string, address: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'abox-bench-publish-'))
  const server = await startZookeeper()
  try {
    return await measure(folder, server.address)
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measurePublishing(folder: string, address: string, sizes: Sizes): Promise<PublishRow[]> {
  const { gateways, processes, models, publishes } = sizes
  const manager = await startPublishing(join(folder, 'manager.db'), 'bench', { sessionTimeoutMs: 10_000 })
  const watcher = createZookeeper({ address, sessionTimeoutMs: 10_000 })
  await putEnvironment(manager, ENVIRONMENT, address)
  await leads(manager, ENVIRONMENT)
  await putModels(manager, models)
  const children: ChildProcess[] = []
  for (let index = 0; index < processes; index++) {
    const [from, to] = [index, index + 1].map((part) => Math.round((gateways * part) / processes)) as [number, number]
    const child = fork(join(import.meta.dirname, 'publish-child.ts'), [address, ROOT, String(from), String(to)])
    children.push(child)
    await once(child, 'message')
  }

  /** Place and generation that is waited for, and when each gateway was seen to run it, ms. */
  let awaited = { place: '', generation: 0 }
  const seenAt = new Map<string, number>()
  let done = Promise.withResolvers<void>()
  await watcher.start()
  const read = new WeakSet<Buffer>()
  watcher.watchTree(`${ROOT}/receipts`, (nodes) => {
    for (const [name, data] of nodes) {
      if (read.has(data)) continue
      read.add(data)
      const { instance } = readReceiptNode(name)
      const { applied } = JSON.parse(data.toString('utf8')) as ReceiptPart
      const generation = applied[awaited.place] ?? 0
      if (generation >= awaited.generation && !seenAt.has(instance)) seenAt.set(instance, performance.now())
    }
    if (seenAt.size >= gateways) done.resolve()
  })
  let publishedAt = 0
  watcher.watchTree(`${ROOT}/models`, (nodes) => {
    const text = nodes.get(awaited.place.slice('models/'.length))?.toString() ?? '{}'
    if (publishedAt === 0 && (JSON.parse(text) as { generation?: number }).generation === awaited.generation) {
      publishedAt = performance.now()
    }
  })
  const inZookeeper: number[] = []
  const each: number[] = []
  const all: number[] = []
  const [cpuOfGateways, cpuOfManager] = [await cpuOf(children), process.cpuUsage()]
  for (let round = 0; round < publishes; round++) {
    const key = `model-${round % models}`
    awaited = { place: `models/${key}`, generation: Math.floor(round / models) + 2 }
    seenAt.clear()
    publishedAt = 0
    done = Promise.withResolvers()
    const begin = performance.now()
    await manager.put(ENVIRONMENT, 'Model', key, model(key, 9000 + round))
    await done.promise
    const times = [...seenAt.values()].map((at) => at - begin)
    if (publishedAt > 0) inZookeeper.push(publishedAt - begin)
    each.push(...times)
    all.push(Math.max(...times))
  }
  const [gatewaysMs, managerMs] = [(await cpuOf(children)) - cpuOfGateways, cpuMs(process.cpuUsage(cpuOfManager))]
  console.log(
    `${models} models: CPU a change and gateway ${(gatewaysMs / publishes / gateways).toFixed(1)} ms, publisher and watcher together ${(managerMs / publishes).toFixed(1)} ms; what they do in any case included`
  )
  for (const child of children) {
    child.disconnect()
    await once(child, 'exit')
  }
  await watcher.close()
  await manager.close()
  return [
    rowOf(models, 'in ZooKeeper', inZookeeper),
    rowOf(models, 'one gateway', each),
    rowOf(models, `all ${gateways} gateways`, all)
  ]
}

/** User and system time of these processes so far, ms. */
async function cpuOf(children: readonly ChildProcess[]): Promise<number> {
  let sum = 0
  for (const child of children) {
    child.send('cpu')
    const [usage] = (await once(child, 'message')) as [NodeJS.CpuUsage]
    sum += cpuMs(usage)
  }
  return sum
}

const cpuMs = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000

async function putModels({ put }: Publishing, models: number): Promise<void> {
  for (let index = 0; index < models; index++) {
    await put(ENVIRONMENT, 'Model', `model-${index}`, model(`model-${index}`))
  }
  await put(ENVIRONMENT, 'Service', 'com.example.Rank', service('com.example.Rank', 'model-0'))
}

function rowOf(models: number, what: string, times: readonly number[]): PublishRow {
  return { models, 'change → seen': what, 'p50 ms': quantileOf(times, 0.5), 'p99 ms': quantileOf(times, 0.99) }
}
