import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { composeInstance, type GatewayInstance, resolveGatewayConfig } from '#apps/gateway'
import type { CallRecord } from '#contracts/call-record'
import type { Clock } from '#core/clock'
import type { RawConfig } from '#core/config'
import { type Logger, silentLogger } from '#core/logger'
import { createDubboClient, type DubboClient } from '#lib/dubbo'
import type { Lookup } from '#lib/upstream'

/** A gateway instance in this process, with documents and records in a folder of its own. */
export interface EmbeddedGateway {
  readonly instance: GatewayInstance
  readonly client: DubboClient
  readonly folder: string
  /** Replaces the documents file; whether and when they are applied is the test's to wait for. */
  publish(documents: readonly object[]): Promise<void>
  records(): Promise<CallRecord[]>
  close(): Promise<void>
}

export async function startEmbeddedGateway(options: {
  documents: readonly object[]
  files?: Readonly<Record<string, string>>
  config?: RawConfig
  timeoutMs?: number
  /** The system's unless given. */
  clock?: Clock
  /** The system's unless given. */
  lookup?: Lookup
  /** Silent unless given. */
  log?: Logger
}): Promise<EmbeddedGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'abox-test-'))
  const path = join(folder, 'documents.yaml')
  const publish = (documents: readonly object[]): Promise<void> =>
    writeFile(path, documents.map((document) => stringify(document)).join('---\n'))
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(folder, name), text)
  await publish(options.documents)
  const config = resolveGatewayConfig({
    raw: {
      name: 'test',
      dubbo: { host: '127.0.0.1', port: 0, advertise: '127.0.0.1' },
      documents: { kind: 'file', path },
      records: { kind: 'file', path: join(folder, 'calls.jsonl') },
      ...options.config
    },
    source: 'test',
    folder
  })
  const clock = options.clock === undefined ? {} : { clock: options.clock }
  const { lookup, log = silentLogger } = options
  const instance = await composeInstance({ config, index: 0, log, lookup, ...clock }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true })
    throw error
  })
  const client = createDubboClient({ host: '127.0.0.1', port: instance.port, timeoutMs: options.timeoutMs ?? 10_000 })
  return {
    instance,
    client,
    folder,
    publish,
    async records() {
      await instance.flush()
      const text = await readFile(instance.recordsPath ?? '', 'utf8')
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as CallRecord)
    },
    async close() {
      await client.close()
      await instance.close(1000)
      await rm(folder, { recursive: true, force: true })
    }
  }
}

export const SERVICE = 'com.example.rank.RankService'

/** A Service document with the given methods and types. */
export const serviceDocument = (methods: readonly object[], types: object = {}, generation = 1): object => ({
  kind: 'Service',
  interface: SERVICE,
  methods,
  types,
  generation
})

/** A Model document named `rank` with one variant per entry; the weights are given in percent. */
export const modelDocument = (
  variants: Readonly<Record<string, { origin: string; percent: number; protocol?: string; path?: string }>>,
  generation = 1
): object => ({
  kind: 'Model',
  name: 'rank',
  variants: Object.entries(variants).map(
    ([name, { origin, protocol = 'tensorflow', path = '/v1/models/rank:predict' }]) => ({
      name,
      cluster: name,
      protocol,
      endpoints: [origin],
      path
    })
  ),
  split: {
    weights: Object.fromEntries(Object.entries(variants).map(([name, { percent }]) => [name, percent * 10_000]))
  },
  generation
})
