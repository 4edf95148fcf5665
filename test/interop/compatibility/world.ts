import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Gateway, startGateway } from '../../harness/gateway.ts'
import { type ModelHandler, type ModelServer, startModelServer } from '../../harness/model-server.ts'
import { startZookeeper, type Zookeeper } from '../../peers/zookeeper.ts'
import { HOOK_CODE, HOOK_DIGEST } from '../story/documents.ts'
import { documents } from './documents.ts'

/** What all consumers call: a registry, a gateway and its models. */
export interface World {
  readonly registry: string
  /** `dubbo://host:port` of the gateway, for references that do without a registry. */
  readonly direct: string
  readonly models: ModelServer
  stop(): Promise<void>
}

/** The features that the model fails on. */
export const FAIL = -500

export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'abox-compatibility-'))
  const stops: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each()
  }
  try {
    const models = await startModelServer(answer)
    stops.push(() => models.close())
    const zookeeper: Zookeeper = await startZookeeper()
    stops.push(() => zookeeper.stop())
    writeFileSync(join(folder, `${HOOK_DIGEST}.js`), HOOK_CODE)
    const path = join(folder, 'documents.yaml')
    writeFileSync(
      path,
      documents(models.origin)
        .map((document) => stringify(document))
        .join('---\n')
    )
    const gateway: Gateway = await startGateway({
      ...{ name: 'compatibility', instances: 1, documents: { kind: 'file', path }, records: { kind: 'none' } },
      registry: { kind: 'zookeeper', address: zookeeper.address },
      // Six Java programs come and go on the same machine: the time limit of hooks is tested elsewhere.
      hooks: { store: folder, timeoutMs: 1000 }
    })
    stops.push(() => gateway.stop())
    const port = gateway.instance(0)?.port
    return { registry: zookeeper.address, direct: `dubbo://127.0.0.1:${port}`, models, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The models, by path. */
const answer: ModelHandler = ({ path, body }, response) => {
  switch (path) {
    // Gives back what it gets.
    case '/same':
      return body
    // Gives what it is told to: the argument is the JSON text of the answer.
    case '/told':
      return JSON.parse(body) as string
    case '/double':
      return respond(() => double(JSON.parse(body) as number[]))
    case '/rank': {
      const { instances } = JSON.parse(body) as { instances: { features: number[] }[] }
      return respond(() => ({
        predictions: instances.map(({ features }) => ({ model: 'rank', scores: double(features) }))
      }))
    }
    // Never answers; the connection ends with the test.
    case '/silent':
      return undefined
    default:
      response.writeHead(404).end()
      return undefined
  }

  function respond(make: () => unknown): unknown {
    try {
      return make()
    } catch (error) {
      response.writeHead(500, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: (error as Error).message }))
      return undefined
    }
  }
}

function double(features: readonly number[]): number[] {
  if (features[0] === FAIL) throw new Error(`the model does not take ${FAIL}`)
  return features.map((feature) => feature * 2)
}
