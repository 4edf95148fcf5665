import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { composeInstance, createHookStore, type GatewayInstance, resolveGatewayConfig } from '#apps/gateway'
import { createLifecycle } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { createDocumentsFile } from './documents-file.ts'
import { HandedDocuments } from './handed-documents.ts'
import { type EmbeddedManager, ENVIRONMENT, startEmbeddedManager } from './manager.ts'
import { type SampleModel, startSampleModel } from './sample-model.ts'
import { until } from './until.ts'

/** The whole of ABox in this process: two model servers that compute, a manager, and a gateway that it publishes to. */
export interface Embedded {
  readonly gateway: GatewayInstance
  readonly manager: EmbeddedManager
  readonly legacy: SampleModel
  readonly seldon: SampleModel
  /** The documents file; what changes in it is in the manager, and in force, within a second. */
  readonly documents: string
  /** Where the call records go, one JSON line each. */
  readonly records: string
  close(): Promise<void>
}

/** The package's own folder, the same from `src` and from `dist`. */
const packageFile = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

export interface EmbeddedOptions {
  /** Address to listen on. Java consumers never connect to 127.0.0.1: they take the machine's own address instead. */
  readonly host: string
  readonly dubboPort: number
  /** Of the manager, on loopback; another one where it is taken. Any free one unless given. */
  readonly managerPort?: number
  readonly log: Logger
  /** Gets lines for people about documents that the manager refuses. */
  readonly tell?: (line: string) => void
  readonly modelDelayMs?: number
}

export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { host, dubboPort, managerPort = 0, log, tell = () => {}, modelDelayMs = 0 } = options
  const lifecycle = createLifecycle()
  try {
    const folder = await mkdtemp(join(tmpdir(), 'abox-dev-'))
    lifecycle.own({ close: () => rm(folder, { recursive: true, force: true }) })
    const legacy = lifecycle.own(await startSampleModel({ delayMs: modelDelayMs }))
    const seldon = lifecycle.own(await startSampleModel({ delayMs: modelDelayMs }))
    const documents = join(folder, 'documents.yaml')
    await writeFile(documents, await demoDocuments(legacy.origin, seldon.origin))
    const source = new HandedDocuments()
    const manager = lifecycle.own(
      await startEmbeddedManager({ folder, port: managerPort, deliver: (set) => source.hand(set), log })
    )
    const config = resolveGatewayConfig({
      raw: {
        name: 'dev',
        dubbo: { host, port: dubboPort, advertise: '127.0.0.1' },
        documents: { kind: 'file', path: documents },
        records: { kind: 'file', path: join(folder, 'calls.jsonl') },
        hooks: { store: join(folder, 'hooks') },
        recordings: { dir: join(folder, 'recordings') },
        manager: { url: manager.url, tokenFile: manager.gatewayTokenFile, environment: ENVIRONMENT },
        state: { dir: join(folder, 'state') }
      },
      source: 'abox dev',
      folder
    })
    const embedded = { source, onReceipt: manager.receive }
    const gateway = await composeInstance({ config, index: 0, log, embedded })
    lifecycle.own({ close: () => gateway.close(2000) })
    const bundles = createHookStore({ folder: config.hooks.store, cache: join(folder, 'bundles') })
    const file = lifecycle.own(createDocumentsFile({ path: documents, client: manager.client, bundles, log, tell }))
    const generations = await file.start()
    await until('the gateway to run what the documents file says', () => runs(gateway, generations))
    const records = gateway.recordsPath ?? ''
    return { gateway, manager, legacy, seldon, documents, records, close: lifecycle.close }
  } catch (error) {
    await lifecycle.close()
    throw error
  }
}

function runs(gateway: GatewayInstance, generations: ReadonlyMap<string, number>): boolean {
  const { applied } = gateway.state()
  return [...generations].every(([key, generation]) => (applied[key] ?? 0) >= generation)
}

/** The published example documents, with the addresses of the two model servers and of the example hook put in. */
async function demoDocuments(legacy: string, seldon: string): Promise<string> {
  const documents = parseAllDocuments(await readFile(packageFile('config/demo/documents.yaml'), 'utf8'))
  for (const document of documents) {
    if (document.get('kind') === 'Model') {
      document.setIn(['variants', 0, 'endpoints'], [legacy])
      document.setIn(['variants', 1, 'endpoints'], [seldon])
    }
    if (document.get('kind') === 'Hook')
      document.setIn(['versions', 0, 'file'], packageFile('udl/rank-features/hook.js'))
  }
  return documents.map(String).join('')
}
