import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { composeInstance, type GatewayInstance, resolveGatewayConfig } from '#apps/gateway'
import { createLifecycle } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { type SampleModel, startSampleModel } from './sample-model.ts'

/** The whole of ABox in this process: two model servers that compute, and a gateway with documents in a file. */
export interface Embedded {
  readonly gateway: GatewayInstance
  readonly legacy: SampleModel
  readonly seldon: SampleModel
  /** The documents file; writing to it changes routes and splits within a second. */
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
  readonly log: Logger
  readonly modelDelayMs?: number
}

export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { host, dubboPort, log, modelDelayMs = 0 } = options
  const lifecycle = createLifecycle()
  try {
    const folder = await mkdtemp(join(tmpdir(), 'abox-dev-'))
    lifecycle.own({ close: () => rm(folder, { recursive: true, force: true }) })
    const legacy = lifecycle.own(await startSampleModel({ delayMs: modelDelayMs }))
    const seldon = lifecycle.own(await startSampleModel({ delayMs: modelDelayMs }))
    const documents = join(folder, 'documents.yaml')
    await writeFile(documents, await demoDocuments(legacy.origin, seldon.origin))
    const config = resolveGatewayConfig({
      raw: {
        name: 'dev',
        dubbo: { host, port: dubboPort, advertise: '127.0.0.1' },
        documents: { kind: 'file', path: documents },
        records: { kind: 'file', path: join(folder, 'calls.jsonl') },
        hooks: { store: join(folder, 'hooks') },
        recordings: { dir: join(folder, 'recordings') },
        state: { dir: join(folder, 'state') }
      },
      source: 'abox dev',
      folder
    })
    const gateway = await composeInstance({ config, index: 0, log })
    lifecycle.own({ close: () => gateway.close(2000) })
    return { gateway, legacy, seldon, documents, records: gateway.recordsPath ?? '', close: lifecycle.close }
  } catch (error) {
    await lifecycle.close()
    throw error
  }
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
