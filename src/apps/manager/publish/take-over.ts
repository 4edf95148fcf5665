import { type Environment, rootOf } from '#contracts/environment'
import { describe } from '#core/errors'
import type { Logger } from '#core/logger'
import { handOver } from '#lib/zookeeper'
import type { FormerCredentials } from './former-credentials.ts'

export interface TakeOverOptions {
  readonly environment: Environment
  /** `user:password` of now; undefined: none. */
  readonly credentials: string | undefined
  readonly former: () => Promise<FormerCredentials>
  readonly log: Logger
}

/** For each operation, ms. */
const LIMIT_MS = 5000

/** Where gateways write, with these credentials or without. */
export const OPEN_FOLDERS = ['receipts', 'servers/gateways', 'servers/workers', 'instances'] as const

/** Makes ours what is open to everybody because there were no credentials before; the election's node is the last one. */
export async function closeNodes(environment: Environment, credentials: string, log: Logger): Promise<void> {
  const root = rootOf(environment)
  const address = environment.publish.kind === 'zookeeper' ? environment.publish.address : ''
  const keep = ['servers', ...OPEN_FOLDERS].map((name) => `${root}/${name}`)
  const last = `${root}/manager/election`
  const nodes = await handOver({ address, root, last, keep, from: undefined, to: credentials, limitMs: LIMIT_MS })
  if (nodes > 0) log.info({ environment: environment.name, nodes }, 'nodes that were open to everybody are ours now')
}

/**
 * Where ZooKeeper denies us what is published: hands all nodes of ours that former credentials own over to the current ones.
 * Undefined: some were handed over. Otherwise why nothing is published, for people. Rejects where the store is away.
 */
export async function takeOver(options: TakeOverOptions): Promise<string | undefined> {
  const { environment, credentials, former, log } = options
  const root = rootOf(environment)
  const address = environment.publish.kind === 'zookeeper' ? environment.publish.address : ''
  const { values, missing } = await former()
  let count = 0
  for (const from of values) {
    if (from === credentials) continue
    const last = `${root}/manager/election`
    try {
      count += await handOver({ address, root, last, from, to: credentials, limitMs: LIMIT_MS })
    } catch (error) {
      log.warn({ environment: environment.name, error: describe(error) }, 'nodes could not be handed over')
    }
  }
  if (count > 0) {
    log.info({ environment: environment.name, nodes: count }, 'nodes were handed over to new credentials')
    return undefined
  }
  const names = missing.map((name) => ` "${name}"`).join(',')
  const file = names === '' ? '' : ` (publish.secretsDir has no${names})`
  return `nodes below ${root} belong to other credentials: put the old file back${file}, or delete the nodes`
}
