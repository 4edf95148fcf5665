import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ManagerClient, openSession } from '#apps/cli'
import { composeManager, type Manager, type ManagerOptions, PRIVATE_RANGES, resolveManagerConfig } from '#apps/manager'
import { AboxError } from '#core/errors'
import type { Logger } from '#core/logger'

/** The environment that `abox dev` makes, and its user. */
export const ENVIRONMENT = 'dev'
const USER = 'dev'

export interface EmbeddedManager {
  readonly url: string
  /** May do everything there; known to those who can read this process's output. */
  readonly token: string
  /** Holds the token of the gateway, which may do less. */
  readonly gatewayTokenFile: string
  readonly client: ManagerClient
  readonly receive: Manager['receive']
  close(): Promise<void> | void
}

export interface EmbeddedManagerOptions {
  /** Where its database goes. */
  readonly folder: string
  /** Another one where it is taken; 0: any. */
  readonly port: number
  readonly deliver: NonNullable<ManagerOptions['embedded']>['deliver']
  readonly log: Logger
}

/** How long the tokens count, days: longer than anybody leaves it running. */
const TOKEN_DAYS = 90

/**
 * A manager on loopback with one user, whose password nobody learns, one environment, and no documents yet. All of it is
 * made as people make it, by its API.
 */
export async function startEmbeddedManager(options: EmbeddedManagerOptions): Promise<EmbeddedManager> {
  const manager = await compose(options, options.port)
  try {
    const { url } = manager
    const password = randomBytes(32).toString('base64url')
    const body = { token: manager.setupToken, user: USER, password }
    await new ManagerClient(url, undefined).send({ method: 'POST', path: '/setup', body })
    const session = await openSession(url, USER, password)
    const scope = { title: 'abox dev', businessGroup: '*', days: TOKEN_DAYS }
    const { token } = await session.makeToken({ ...scope, role: 'admin', environment: '*' })
    const client = new ManagerClient(url, token, ENVIRONMENT)
    await client.send({
      method: 'PUT',
      path: `/environments/${ENVIRONMENT}`,
      body: { kind: 'Environment', name: ENVIRONMENT, publish: { kind: 'embedded' } },
      expected: 'absent',
      reason: 'abox dev starts'
    })
    const gatewayTokenFile = join(options.folder, 'gateway-token')
    const { token: gatewayToken } = await session.makeToken({ ...scope, role: 'gateway', environment: ENVIRONMENT })
    await writeFile(gatewayTokenFile, gatewayToken, { mode: 0o600 })
    await session.close()
    return { url, token, client, gatewayTokenFile, receive: manager.receive, close: manager.close }
  } catch (error) {
    await manager.close()
    throw error
  }
}

async function compose(options: EmbeddedManagerOptions, port: number): Promise<Manager> {
  const { folder, deliver, log } = options
  const config = resolveManagerConfig({
    raw: {
      http: { host: '127.0.0.1', port },
      database: { url: 'sqlite:manager.db' },
      // The sample models are on this host.
      outbound: { internalRanges: ['127.0.0.0/8', '::1/128', ...PRIVATE_RANGES] }
    },
    source: 'abox dev',
    folder
  })
  try {
    return await composeManager({ config, log, embedded: { environment: ENVIRONMENT, deliver } })
  } catch (error) {
    // Somebody else has it, perhaps another `abox dev`.
    if (port !== 0 && error instanceof AboxError && error.code === 'ABOX_MANAGER_LISTEN') return compose(options, 0)
    throw error
  }
}
