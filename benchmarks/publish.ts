// npm run bench -- publish [--gateways n] [--models n] [--publishes n]: from a change in the manager's store until gateways
// have applied it, by their receipts.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readReceipt } from '../src/apps/manager/publish/receipts.ts'
import { renderTable } from '../src/core/table.ts'
import { createZookeeper } from '../src/lib/zookeeper/index.ts'
import { leads, model, putEnvironment, service, startPublishing } from '../test/interop/apps/manager/publishing.ts'
import { startZookeeper } from '../test/peers/zookeeper.ts'

const BUDGET_MS = 1000
const ENVIRONMENT = 'bench'

/** Prints one table; exits with 1 when the p99 until all gateways have applied a change is over its budget. */
export async function benchPublish(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      gateways: { type: 'string', default: '20' },
      models: { type: 'string', default: '100' },
      publishes: { type: 'string', default: '200' }
    }
  })
  const [gateways, models, publishes] = [Number(values.gateways), Number(values.models), Number(values.publishes)]
  const folder = mkdtempSync(join(tmpdir(), 'abox-bench-publish-'))
  const server = await startZookeeper()
  const manager = await startPublishing(join(folder, 'manager.db'), 'bench', { sessionTimeoutMs: 10_000 })
  const watcher = createZookeeper({ address: server.address, sessionTimeoutMs: 10_000 })
  await putEnvironment(manager, ENVIRONMENT, server.address)
  await leads(manager, ENVIRONMENT)
  for (let index = 0; index < models; index++) {
    await manager.put(ENVIRONMENT, 'Model', `model-${index}`, model(`model-${index}`))
  }
  await manager.put(ENVIRONMENT, 'Service', 'com.example.Rank', service('com.example.Rank', 'model-0'))
  const child = fork(join(import.meta.dirname, 'publish-child.ts'), [
    server.address,
    `/abox/${ENVIRONMENT}`,
    String(gateways)
  ])
  await once(child, 'message')

  /** Place and generation that is waited for, and when each gateway was seen to run it, ms. */
  let awaited = { place: '', generation: 0 }
  const seenAt = new Map<string, number>()
  let done = Promise.withResolvers<void>()
  await watcher.start()
  watcher.watchTree(`/abox/${ENVIRONMENT}/receipts`, (nodes) => {
    for (const [name, data] of nodes) {
      const generation = readReceipt(data)?.applied[awaited.place] ?? 0
      if (generation >= awaited.generation && !seenAt.has(name)) seenAt.set(name, performance.now())
    }
    if (seenAt.size >= gateways) done.resolve()
  })
  let publishedAt = 0
  watcher.watchTree(`/abox/${ENVIRONMENT}/models`, (nodes) => {
    const text = nodes.get(awaited.place.slice('models/'.length))?.toString() ?? '{}'
    if (publishedAt === 0 && (JSON.parse(text) as { generation?: number }).generation === awaited.generation) {
      publishedAt = performance.now()
    }
  })
  const inZookeeper: number[] = []
  const each: number[] = []
  const all: number[] = []
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
  console.log(
    renderTable([
      rowOf('in ZooKeeper', inZookeeper),
      rowOf('one gateway', each),
      rowOf(`all ${gateways} gateways`, all)
    ])
  )
  child.disconnect()
  await once(child, 'exit')
  await watcher.close()
  await manager.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
  const p99 = rowOf('', all)['p99 ms']
  console.log(
    `budget: p99 of all ${gateways} at most ${BUDGET_MS} ms; ${models} models, ${publishes} changes one by one`
  )
  if (p99 > BUDGET_MS) process.exitCode = 1
}

function rowOf(what: string, times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0)
  return { 'change → seen': what, 'p50 ms': at(0.5), 'p99 ms': at(0.99), 'max ms': at(1) }
}
