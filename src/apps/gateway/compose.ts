import { join } from 'node:path'
import { pino } from 'pino'
import { type Clock, systemClock } from '#core/clock'
import { describe } from '#core/errors'
import { createLifecycle } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { createDubboServer } from '#lib/dubbo'
import { advertiseHost, createDubboRegistry } from '#lib/dubbo-registry'
import { defaultBudget } from '#lib/hessian2'
import { createSandbox } from '#lib/sandbox'
import { createSplitter } from '#lib/splitter'
import { createUpstream } from '#lib/upstream'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { createAnswers } from './answers.ts'
import { createArgumentWriter } from './arguments.ts'
import { createTraceIds } from './attachments.ts'
import { createGatewayCommand, createInstanceCommand, DRAIN_GRACE_MS, type RunningGateway } from './commands.ts'
import type { GatewayConfig } from './config.ts'
import { type Applied, createApplier } from './documents/applier.ts'
import { createFileSource } from './documents/file-source.ts'
import { createLastGood } from './documents/last-good.ts'
import { loadFirst } from './documents/load-first.ts'
import type { DocumentSource } from './documents/source.ts'
import { createZookeeperSource } from './documents/zookeeper-source.ts'
import { waitUntilDrained } from './drain.ts'
import { createHookLogs } from './hook-logs.ts'
import { createHookStore, type HookStore } from './hook-store.ts'
import { createHooks } from './hooks.ts'
import { createAdminServer, createObservabilityServer, listen } from './http.ts'
import type { GatewayInstance } from './instance.ts'
import { createInvoke } from './invoke.ts'
import { createMetrics } from './metrics.ts'
import { createReceipts } from './receipts.ts'
import { createRecorder } from './records/recorder.ts'
import { createSinks } from './records/sinks.ts'
import { createRegistrations } from './registration.ts'
import { createSecretReader } from './secrets.ts'
import { createSupervisor } from './supervisor.ts'

export { resolveGatewayConfig } from './config.ts'
export type { GatewayInstance } from './instance.ts'

export interface InstanceOptions {
  readonly config: GatewayConfig
  /** Which of the pod's instances this is: its port is `dubbo.port + index`. */
  readonly index: number
  readonly log: Logger
  readonly clock?: Clock
  /** It takes the place of one that died: see loadFirst. */
  readonly restarted?: boolean
}

/**
 * Makes one instance, in the order in which the parts need each other: what it knows (ZooKeeper, documents, hooks)
 * before what it serves (the port), and what it serves before it tells anybody (registry, receipt).
 */
export async function composeInstance(options: InstanceOptions): Promise<GatewayInstance> {
  const { config, index, log, clock = systemClock, restarted = false } = options
  const id = `${config.name}-${index}`
  const source = { instance: id, epoch: clock.wallMs() }
  const lifecycle = createLifecycle()
  try {
    const sessions = await openSessions(config, log)
    for (const session of new Set([sessions.registry, sessions.documents])) if (session) lifecycle.own(session)

    const sinks = createSinks(config.records, id, log)
    if (sinks !== undefined) {
      lifecycle.own({ close: () => sinks.calls.close(CLOSE_WITHIN_MS) })
      lifecycle.own({ close: () => sinks.tallies.close(CLOSE_WITHIN_MS) })
    }
    const recorder = createRecorder(source, sinks, clock)
    lifecycle.own(recorder)

    const store = createHookStore({ folder: config.hooks.store, cache: join(config.state.dir, 'hooks') })
    const hooks = createHooks(store, (name, { code, language }) =>
      createSandbox({
        source: code,
        language,
        name,
        memoryMb: config.hooks.memoryMb,
        timeoutMs: config.hooks.timeoutMs
      })
    )
    lifecycle.own(hooks)
    lifecycle.own(createHookLogs(hooks, log))

    const lastGood = createLastGood(join(config.state.dir, `documents-${index}.json`))
    let applied: (now: Applied) => void = () => {}
    const applier = createApplier({
      hooks,
      lastGood,
      timeoutMs: config.limits.timeoutMs,
      secret: config.secrets.dir === undefined ? undefined : createSecretReader(config.secrets.dir),
      log,
      onApplied: (now) => applied(now)
    })
    const documents = lifecycle.own(createSource(config, sessions.documents, store, log))
    await loadFirst({ source: documents, applier, lastGood, kind: config.documents.kind, restarted, log })

    const upstream = createUpstream(config.upstream)
    // A model that still thinks must not keep the instance from ending: its call has no caller any more.
    lifecycle.own({ close: async () => void (await within(upstream.close(), CLOSE_WITHIN_MS)) })
    const { invoke, inFlight } = createInvoke({
      clock,
      budget: defaultBudget,
      maxInFlight: config.limits.inFlight,
      table: () => applier.current().table,
      models: createSplitter({ maxKeys: 10_000, seed: source.epoch }),
      hooks: createSplitter({ maxKeys: 10_000, seed: source.epoch + 1 }),
      args: createArgumentWriter(config.limits.expandedBytes),
      upstream,
      answers: createAnswers(),
      nextTraceId: createTraceIds(Math.random),
      onDefect: (error) => log.error({ error: describe(error) }, 'a call was answered but not recorded'),
      onEnd: (call) => {
        const endedAt = clock.monotonicMs()
        metrics.observe(call, endedAt)
        recorder.record(call, endedAt)
      }
    })
    const events = new Map<string, number>()
    const server = createDubboServer({
      host: config.dubbo.host,
      port: config.dubbo.port === 0 ? 0 : config.dubbo.port + index,
      payloadBytes: config.dubbo.payloadBytes,
      maxConnections: config.dubbo.maxConnections,
      maxInFlightPerConnection: config.dubbo.maxInFlightPerConnection,
      onRequest: (request) => void invoke(request),
      onEvent: (event) => events.set(event, (events.get(event) ?? 0) + 1)
    })
    const metrics = createMetrics(id, {
      abox_in_flight: { help: 'Calls that are not answered yet.', type: 'gauge', read: inFlight },
      abox_connections: { help: 'Open Dubbo connections.', type: 'gauge', read: () => server.connections() },
      abox_connection_events_total: {
        help: 'What happened on Dubbo connections, by event.',
        type: 'counter',
        label: 'event',
        read: () => events
      },
      abox_records_total: { help: 'Call records made.', type: 'counter', read: recorder.nextSeq },
      abox_records_queued: {
        help: 'Records not sent yet.',
        type: 'gauge',
        read: () => sinks?.calls.stats().queued ?? 0
      },
      abox_records_dropped_total: {
        help: 'Records given away because the buffer was full.',
        type: 'counter',
        read: () => sinks?.calls.stats().dropped ?? 0
      },
      abox_document_generation: {
        help: 'Generation in force, by document.',
        type: 'gauge',
        label: 'document',
        read: () => new Map(Object.entries(applier.current().applied))
      },
      abox_documents_refused: {
        help: 'Published documents that are not in force.',
        type: 'gauge',
        read: () => Object.keys(applier.current().refused).length
      }
    })
    lifecycle.own({ close: () => server.close(CLOSE_WITHIN_MS) })
    const { port } = await server.listen()
    const host = config.dubbo.advertise ?? advertiseHost()
    const address = `${host}:${port}`

    const registry = createDubboRegistry({ zookeeper: sessions.registry, log })
    const application = config.dubbo.application
    const discovery = config.registry?.discovery ?? 'both'
    const registrations = createRegistrations({ registry, host, port, application, discovery, log })
    const receipts =
      sessions.documents === undefined || config.documents.kind === 'file'
        ? undefined
        : createReceipts(sessions.documents, config.documents.root, address, source, clock)
    applied = (now) => {
      registrations.update(now.table)
      receipts?.write(now)
    }
    applied(applier.current())
    if (!(await within(registrations.visible(), VISIBLE_WITHIN_MS))) {
      log.warn({ registry: config.registry?.address }, 'serving without being visible in the registry yet')
    }

    return {
      id,
      port,
      address,
      recordsPath: sinks?.path,
      metricsText: () => metrics.text(),
      async flush() {
        await sinks?.calls.drain(5000)
      },
      state() {
        const stats = sinks?.calls.stats()
        const { applied: generations, refused } = applier.current()
        return {
          ...source,
          id,
          address,
          connections: server.connections(),
          inFlight: inFlight(),
          nextSeq: recorder.nextSeq(),
          records: { queued: stats?.queued ?? 0, dropped: stats?.dropped ?? 0, sent: stats?.sent ?? 0 },
          zookeeper: (sessions.registry ?? sessions.documents)?.state() ?? 'none',
          applied: generations,
          refused
        }
      },
      async close(graceMs) {
        await registrations.unregisterAll()
        const gone = await waitUntilDrained({ connections: () => server.connections(), inFlight }, graceMs)
        if (!gone)
          log.warn({ connections: server.connections(), inFlight: inFlight() }, 'drain ended by its grace time')
        await lifecycle.close()
      }
    }
  } catch (error) {
    await lifecycle.close()
    throw error
  }
}

/** How long each part may take to end, ms. */
const CLOSE_WITHIN_MS = 1500

/** How long the start waits for the registry; calls by address are served without it, ms. */
const VISIBLE_WITHIN_MS = 5000

/** Whether `promise` resolved in time. */
async function within(promise: Promise<void>, ms: number): Promise<boolean> {
  const limit = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => limit.resolve(false), ms)
  try {
    return await Promise.race([
      promise.then(
        () => true,
        () => false
      ),
      limit.promise
    ])
  } finally {
    clearTimeout(timer)
  }
}

/** One session serves both purposes where they use the same ZooKeeper. */
async function openSessions(
  config: GatewayConfig,
  log: Logger
): Promise<{ registry: ZookeeperSession | undefined; documents: ZookeeperSession | undefined }> {
  const open = async (address: string): Promise<ZookeeperSession> => {
    const session = createZookeeper({ address, sessionTimeoutMs: config.registry?.sessionTimeoutMs ?? 30_000, log })
    await session.start()
    return session
  }
  const registry = config.registry === undefined ? undefined : await open(config.registry.address)
  if (config.documents.kind === 'file') return { registry, documents: undefined }
  const same = config.registry?.address === config.documents.address
  return { registry, documents: same ? registry : await open(config.documents.address) }
}

function createSource(
  { documents }: GatewayConfig,
  session: ZookeeperSession | undefined,
  store: HookStore,
  log: Logger
): DocumentSource {
  if (documents.kind === 'file') return createFileSource({ path: documents.path, putHook: store.put, log })
  if (session === undefined) throw new Error('documents in ZooKeeper without a session')
  return createZookeeperSource(session, documents.root)
}

/** Makes the whole gateway: instances first, so that the ports of the pod open only when there is something to show. */
async function composeGateway(config: GatewayConfig): Promise<RunningGateway> {
  const log = createLog(config, 'supervisor')
  const supervisor = createSupervisor({ config, log, script: process.argv[1] ?? '' })
  const drain = Promise.withResolvers<void>()
  const observed = {
    metrics: supervisor.metrics,
    states: supervisor.states,
    ready: () => supervisor.instances().every(({ ready }) => ready)
  }
  const observability = createObservabilityServer(observed)
  const admin = createAdminServer(observed, drain.resolve)
  const stop = async (): Promise<void> => {
    await supervisor.stop(DRAIN_GRACE_MS)
    await observability.close()
    await admin.close()
  }
  try {
    await supervisor.start()
    const { host, port } = config.observability
    const seenAt = await listen(observability, host, port, 'observability.port')
    const adminAt = await listen(admin, '127.0.0.1', config.admin.port, 'admin.port')
    log.info({ observability: `${host}:${seenAt}`, admin: `127.0.0.1:${adminAt}` }, 'gateway ready')
  } catch (error) {
    await stop()
    throw error
  }
  return { stop, ended: drain.promise }
}

/** JSON lines on stderr: stdout belongs to commands that print results. */
function createLog(config: GatewayConfig, part: string): Logger {
  return pino(
    { level: config.log.level, base: { gateway: config.name, part } },
    pino.destination({ fd: 2, sync: true })
  )
}

export const gatewayCommand = createGatewayCommand(composeGateway)
export const instanceCommand = createInstanceCommand(({ config, index, restarted }) =>
  composeInstance({ config, index, restarted, log: createLog(config, `instance ${index}`) })
)
