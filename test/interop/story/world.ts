import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Receipt } from '#contracts/receipt'
import { createZookeeper } from '#lib/zookeeper'
import { type Gateway, startGateway } from '../../harness/gateway.ts'
import { type Kafka, startKafka } from '../../peers/kafka.ts'
import { type Nginx, startNginx } from '../../peers/nginx.ts'
import { type Seldon, startSeldon } from '../../peers/seldon.ts'
import { startZookeeper, type Zookeeper } from '../../peers/zookeeper.ts'
import { HOOK_CODE, HOOK_DIGEST, hook, INTERFACE, MODEL_HOST, model, service } from './documents.ts'
import { type LegacyModel, startLegacyModel } from './legacy-model.ts'

/** Everything around the gateway, as in production: real peers, routes in ZooKeeper, hooks in a folder. */
export interface World {
  readonly zookeeper: Zookeeper
  readonly kafka: Kafka
  readonly nginx: Nginx
  readonly seldon: Seldon
  readonly legacy: LegacyModel
  startGateway(): Promise<Gateway>
  /** Writes the Model node as a manager would. */
  publishSplit(generation: number, weights: { legacy: number; seldon: number }): Promise<void>
  /** What the instances say that they run, by instance. */
  receipts(): Promise<Map<string, Receipt>>
  /** Ephemeral provider nodes of the service, one text a node. */
  providers(): Promise<string[]>
  stop(): Promise<void>
}

export const ROOT = '/abox/test'
/** Short enough that a dead instance's entry goes within the test, as long as ZooKeeper's tick allows comfortably. */
const SESSION_TIMEOUT_MS = 6000

export async function startWorld(): Promise<World> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each()
  }
  const keep = <T extends { stop(): Promise<void> }>(started: T): T => {
    stops.push(() => started.stop())
    return started
  }
  try {
    const folder = mkdtempSync(join(tmpdir(), 'abox-story-'))
    stops.push(async () => rmSync(folder, { recursive: true, force: true }))
    const [zookeeper, kafka, seldon] = await Promise.all([
      startZookeeper().then(keep),
      startKafka().then(keep),
      startSeldon().then(keep)
    ])
    const nginx = keep(await startNginx({ [MODEL_HOST]: [seldon.address] }))
    const legacy = keep(await startLegacyModel())
    writeFileSync(join(folder, `${HOOK_DIGEST}.js`), HOOK_CODE)

    const session = createZookeeper({ address: zookeeper.address, sessionTimeoutMs: 30_000 })
    stops.push(() => session.close())
    await session.start()
    const publish = (path: string, document: object): Promise<void> =>
      session.write(`${ROOT}/${path}`, Buffer.from(JSON.stringify(document)), { create: true })
    const publishSplit: World['publishSplit'] = (generation, weights) =>
      publish(
        'models/rank',
        model({ legacy: legacy.origin, ingress: `http://127.0.0.1:${nginx.port}`, weights, generation })
      )
    await publish(`services/${INTERFACE}`, service)
    await publish('hooks/rank-features', hook)
    await publishSplit(1, { legacy: 750_000, seldon: 250_000 })

    return {
      ...{ zookeeper, kafka, nginx, seldon, legacy, publishSplit, stop },
      startGateway: () =>
        startGateway({
          name: 'story',
          registry: { kind: 'zookeeper', address: zookeeper.address, sessionTimeoutMs: SESSION_TIMEOUT_MS },
          documents: { kind: 'zookeeper', root: ROOT },
          // The machine also runs five Java programs: the time limit of hooks is tested elsewhere.
          hooks: { store: folder, timeoutMs: 1000 },
          records: { kind: 'kafka', brokers: [kafka.address] }
        }),
      // Asked of the server itself: it answers also while sessions are being lost.
      receipts: async () => {
        const lines = (await zookeeper.control(`tree ${ROOT}/receipts`)).split('\n')
        const found = lines
          .map((line) => /\/receipts\/(\S+) E0x\S+ = (.*)$/.exec(line))
          .filter((match) => match !== null)
        return new Map(found.map(([, name = '', text = '']) => [name, JSON.parse(text) as Receipt]))
      },
      providers: async () => {
        const lines = (await zookeeper.control(`tree /dubbo/${INTERFACE}/providers`)).split('\n')
        return lines.filter((line) => line.includes(' E0x'))
      }
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Looks again and again until `look` gives something; fails after `withinMs` with what it was waiting for. Gives the ms that it took. */
export async function eventually(
  what: string,
  withinMs: number,
  look: () => Promise<boolean> | boolean,
  everyMs = 20
): Promise<number> {
  const started = performance.now()
  for (;;) {
    if (await look()) return performance.now() - started
    if (performance.now() - started > withinMs) throw new Error(`${what}: not so after ${withinMs} ms`)
    await sleep(everyMs)
  }
}
