import { readFileSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import type { LookupFunction } from 'node:net'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import type { Endpoint } from '#contracts/endpoint'
import { type Clock, systemClock } from '#core/clock'
import { configErrors } from '#core/config'
import { AboxError, describe } from '#core/errors'
import { type Closeable, createLifecycle, type Lifecycle } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { createOutbound } from '#lib/outbound'
import { Places } from './bounds/places.ts'
import { createChanges } from './changes.ts'
import { createManagerCommand } from './command.ts'
import type { ManagerConfig } from './config.ts'
import { managerErrors } from './errors.ts'
import { createHousekeeping } from './housekeeping.ts'
import { createEventStreams } from './http/events.ts'
import { createLiveStreams } from './http/live-streams.ts'
import { endpointRoutes } from './http/routes/endpoints.ts'
import { eventRoutes } from './http/routes/events.ts'
import { liveRoutes } from './http/routes/live.ts'
import { oidcRoutes } from './http/routes/oidc.ts'
import { onlineRoutes } from './http/routes/online.ts'
import { receiptRoutes } from './http/routes/receipts.ts'
import { serverOrderRoutes } from './http/routes/server-orders.ts'
import { serverRoutes } from './http/routes/servers.ts'
import { createManagerServer, listen } from './http/server.ts'
import { createAuthenticator } from './identity/authenticate.ts'
import { createLoginLimits } from './identity/login-limits.ts'
import { createOidcProvider, type OidcProvider } from './identity/oidc.ts'
import { createPasswords } from './identity/passwords.ts'
import { createSessionCookie } from './identity/sessions.ts'
import { prepareSetup } from './identity/setup-token.ts'
import { createLiveStore } from './live/live-store.ts'
import { askEndpoint } from './online/ask-endpoint.ts'
import { createHealthWatch } from './online/endpoint-health.ts'
import type { TrialTools } from './online/try-variant.ts'
import { createInProcess, type InProcess, type InProcessGateway } from './publish/in-process.ts'
import { publishMetrics } from './publish/metrics.ts'
import { createPublishers } from './publish/publishers.ts'
import { openStore } from './store/open-store.ts'

export { PRIVATE as PRIVATE_RANGES, resolveManagerConfig } from './config.ts'

/** A manager that serves. */
export interface Manager extends Closeable {
  readonly port: number
  /** Where it is reached: `http.url` or host and port. */
  readonly url: string
  /** Makes the first user, once; undefined where there is one. */
  readonly setupToken: string | undefined
  /** Takes the receipts of `ManagerOptions.embedded`. Never throws. */
  readonly receive: InProcess['receive']
}

export interface ManagerOptions {
  readonly config: ManagerConfig
  readonly log: Logger
  readonly clock?: Clock
  /** Looks up the names of models and endpoints; the system's unless given. */
  readonly lookup?: LookupFunction
  /** As `ManagerServerOptions.arrivesWithinMs`. */
  readonly arrivesWithinMs?: number
  /** A gateway in this process; its environment's `publish.kind` is embedded. */
  readonly embedded?: InProcessGateway
}

/** So many variants and endpoints are tried at once: each trial may take minutes, with an answer of 8 MiB in memory. */
const TRIALS = { most: 32, mostOfOne: 4 } as const

/** Makes the whole manager; the only place where long-lived parts are made. Closes what it made when the start fails. */
export async function composeManager(options: ManagerOptions): Promise<Manager> {
  const { config, log, clock = systemClock, lookup } = options
  const lifecycle = createLifecycle()
  try {
    await makeFolder(config.database.url)
    const password = await readSecret(config.database.passwordFile, 'database.passwordFile')
    const store = lifecycle.own(await openStore({ url: config.database.url, password, log }))
    lifecycle.own(createHousekeeping(store, clock, log))
    const setupToken = await prepareSetup(store)

    const changes = createChanges()
    const cookie = createSessionCookie(config.http.url?.startsWith('https:') ?? false)
    const authenticator = createAuthenticator({ store, cookie, clock, log })
    const oidc = await openOidc(config)
    const tools = makeTrialTools(config, lookup, lifecycle)
    const api = await createManagerServer({
      store,
      clock,
      log,
      changes,
      origins: {
        refusalOf: (origin, whose) => (whose === 'internal' ? tools.internal : tools.foreign).refusalOf(origin)
      },
      authenticator,
      passwords: createPasswords(),
      logins: createLoginLimits(clock),
      cookie,
      proxies: config.http.proxies,
      ...(options.arrivesWithinMs !== undefined && { arrivesWithinMs: options.arrivesWithinMs })
    })
    const inProcess = createInProcess(options.embedded, { store, laggardMs: config.publish.laggardMs, clock, log })
    const publishers = lifecycle.own(
      createPublishers({
        store,
        changes,
        ...config.publish,
        embedded: inProcess.publish,
        name: `${hostname().replaceAll(/[^A-Za-z0-9._-]/g, '-')}-${process.pid}`,
        secret: (name) => secretOf(config.publish.secretsDir, name, 'publish.secretsDir'),
        clock,
        log
      })
    )
    receiptRoutes(api, publishers)
    publishMetrics(api.metrics, publishers)
    const live = createLiveStore(clock)
    const liveStreams = createLiveStreams({ live, log })
    const streams = createEventStreams({ store, changes, log })
    api.server.addHook('preClose', async () => {
      await Promise.all([streams.close(), liveStreams.close()])
    })
    api.metrics.gauge(
      'abox_manager_event_streams',
      'Event streams that are open, by what they tell.',
      ['kind'],
      () =>
        new Map([
          ['audit', streams.count()],
          ['live', liveStreams.count()]
        ])
    )
    eventRoutes(api, streams)
    liveRoutes(api, live, liveStreams)
    serverRoutes(api, publishers, live)
    serverOrderRoutes(api, publishers, live)
    const trials = new Places({ what: 'trials', ...TRIALS, limited: managerErrors.ABOX_REQUESTS_LIMITED })
    onlineRoutes(api, tools, trials)
    const ask = (endpoint: Endpoint): Promise<string> => askEndpoint(endpoint, tools)
    const health = lifecycle.own(createHealthWatch({ store, ask, everyMs: config.outbound.healthMs, clock, log }))
    endpointRoutes(api, health, ask, trials)
    api.metrics.gauge(
      'abox_manager_endpoints',
      'Endpoints of third parties, by how they are.',
      ['environment', 'state'],
      health.counts
    )
    let url = config.http.url
    if (oidc !== undefined) oidcRoutes(api, oidc, () => url ?? '')
    lifecycle.own({ close: () => api.server.close() })
    const port = await listen(api.server, config.http.host, config.http.port)
    url ??= `http://${config.http.host.includes(':') ? `[${config.http.host}]` : config.http.host}:${port}`
    log.info({ url }, 'manager ready')
    return { port, url, setupToken, receive: inProcess.receive, close: () => lifecycle.close() }
  } catch (error) {
    await lifecycle.close()
    throw error
  }
}

/** Throws ABOX_CONFIG_INVALID at a range that is none. */
function makeTrialTools(
  { outbound }: ManagerConfig,
  lookup: LookupFunction | undefined,
  lifecycle: Lifecycle
): TrialTools {
  const by = lookup === undefined ? {} : { lookup }
  try {
    return {
      internal: lifecycle.own(
        createOutbound({ ...outbound.internal, schemes: ['http:', 'https:'], ports: 'any', ...by })
      ),
      foreign: lifecycle.own(createOutbound({ ...outbound.thirdParty, ...by })),
      secret: (name) => secretOf(outbound.secretsDir, name, 'outbound.secretsDir')
    }
  } catch (error) {
    throw new AboxError(configErrors.ABOX_CONFIG_INVALID, `outbound: ${describe(error)}`, { cause: error })
  }
}

async function openOidc({ oidc }: ManagerConfig): Promise<OidcProvider | undefined> {
  if (oidc === undefined) return undefined
  return createOidcProvider({ ...oidc, secret: await readSecret(oidc.secretFile, 'oidc.secretFile') })
}

/** Documents name secrets; where they are, the configuration says. Throws ABOX_CONFIG_INVALID. */
function secretOf(dir: string | undefined, name: string, key: string): string {
  if (dir === undefined) {
    const text = `${key}: found nothing, expected the folder with the secret "${name}"`
    throw new AboxError(configErrors.ABOX_CONFIG_INVALID, text)
  }
  try {
    return readFileSync(join(dir, name), 'utf8').trimEnd()
  } catch (error) {
    throw new AboxError(configErrors.ABOX_CONFIG_INVALID, `${key}: ${describe(error)}`, { cause: error })
  }
}

/** SQLite makes a file, but no folder. */
async function makeFolder(url: string): Promise<void> {
  const file = /^sqlite:(?!:memory:$)(.+)$/.exec(url)?.[1]
  if (file !== undefined) await mkdir(dirname(file), { recursive: true, mode: 0o700 })
}

async function readSecret(file: string | undefined, key: string): Promise<string | undefined> {
  try {
    return file === undefined ? undefined : (await readFile(file, 'utf8')).trimEnd()
  } catch (error) {
    throw new AboxError(configErrors.ABOX_CONFIG_INVALID, `${key}: ${describe(error)}`, { cause: error })
  }
}

export const managerCommand = createManagerCommand(async (config) => {
  // JSON lines on stderr: stdout belongs to the one line that is for people.
  const log = pino({ level: config.log.level, base: { part: 'manager' } }, pino.destination({ fd: 2, sync: true }))
  const manager = await composeManager({ config, log })
  if (manager.setupToken !== undefined) {
    const text = `First start: make the first user with this one-time token at ${manager.url}: ${manager.setupToken}`
    process.stdout.write(`${text}\n`)
  }
  return manager
})
