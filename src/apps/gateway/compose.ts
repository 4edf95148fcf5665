import { join } from 'node:path'
import { pino } from 'pino'
import { type Clock, systemClock } from '#core/clock'
import { describe } from '#core/errors'
import { createLifecycle, type Lifecycle } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { createDubboServer } from '#lib/dubbo'
import { advertiseHost, createDubboRegistry } from '#lib/dubbo-registry'
import { defaultBudget } from '#lib/hessian2'
import { createSplitter } from '#lib/splitter'
import { createUpstream, type Lookup } from '#lib/upstream'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import { createAdmission } from './admission.ts'
import { createAnswers } from './answers.ts'
import { createArgumentWriter } from './arguments.ts'
import { createTraceIds } from './attachments.ts'
import {
  createGatewayCommand,
  createInstanceCommand,
  DRAIN_GRACE_MS,
  type ReadConfig,
  type RunningGateway
} from './commands.ts'
import type { GatewayConfig } from './config.ts'
import { createDiscovery, type Discovery } from './discovery.ts'
import { type Applied, createApplier } from './documents/applier.ts'
import { createFileSource } from './documents/file-source.ts'
import { createLastGood } from './documents/last-good.ts'
import { keepHooks } from './documents/last-good-hooks.ts'
import { loadFirst } from './documents/load-first.ts'
import type { DocumentSource } from './documents/source.ts'
import { writeBehind } from './documents/write-behind.ts'
import { createZookeeperSource } from './documents/zookeeper-source.ts'
import { waitUntilDrained } from './drain.ts'
import { createEndpointMetrics } from './endpoint-metrics.ts'
import { createEndpointKeeper } from './endpoints.ts'
import { hasHandle, mostConnections, readFileHandles } from './file-handles.ts'
import {
  connectionGauges,
  documentGauges,
  endpointGauges,
  hookGauges,
  limitGauges,
  managerGauges,
  recordGauges,
  recordingGauges,
  shadowGauges,
  upstreamGauges
} from './gauges.ts'
import { createHookLogs } from './hook-logs.ts'
import { createHookShadows } from './hook-shadows.ts'
import { createHookStore, type HookStore } from './hook-store.ts'
import { composeHooks } from './hooks/compose.ts'
import { createAdminServer, createObservabilityServer, listen } from './http.ts'
import type { GatewayInstance } from './instance.ts'
import { createInvoke } from './invoke.ts'
import { createLimitKeeper } from './limits.ts'
import { createManagerLink } from './manager/link.ts'
import { createMemoryGuard, instanceMemory } from './memory-guard.ts'
import type { SessionNote } from './messages.ts'
import { createMetrics } from './metrics.ts'
import { warnOfOlderProviders } from './older-providers.ts'
import { createReceipts, handReceipts, type Receipts, type TakeReceipt } from './receipts.ts'
import { recordingsOf } from './recordings/recordings.ts'
import type { RecordSource } from './records/record-text.ts'
import { createRecorder } from './records/recorder.ts'
import { createSinks } from './records/sinks.ts'
import { createRegistrations, untilVisible } from './registration.ts'
import { createSecretReader } from './secrets.ts'
import { createSender } from './send.ts'
import { createSupervisor } from './supervisor/supervisor.ts'
import { createUpstreamReadings } from './upstream-readings.ts'

export { resolveGatewayConfig } from './config.ts'
export { createFileSource } from './documents/file-source.ts'
export type { DocumentSource, RawDocument } from './documents/source.ts'
export { createHookStore, type HookStore } from './hook-store.ts'
export type { GatewayInstance } from './instance.ts'

export interface InstanceOptions {
  readonly config: GatewayConfig
  /** Which of the pod's instances this is: its port is `dubbo.port + index`. Of a spare: nothing. */
  readonly index: number
  readonly log: Logger
  readonly clock?: Clock
  /** It takes the place of one that died: see loadFirst. */
  readonly restarted?: boolean
  /** Of a warm spare: called when all is there that needs no name and no port; resolves with the index to take. */
  readonly taken?: (() => Promise<number>) | undefined
  /** A file to be made, where it notes which hook runs; none where nobody would read it. */
  readonly note?: string
  /** Hears of each new ZooKeeper session. */
  readonly onSession?: (session: SessionNote) => void
  /** Looks up the names of endpoints; the system's unless given. */
  readonly lookup?: Lookup | undefined
  /** A manager in this process, in place of what `documents` of the configuration says. */
  readonly embedded?: { readonly source: DocumentSource; readonly onReceipt: TakeReceipt }
  /** A version of a hook, by its key, cannot be stopped: the process has to be replaced. */
  readonly onStuck?: (key: string) => void
}

/**
 * Makes one instance, in the order in which the parts need each other: what it knows (ZooKeeper, documents, hooks)
 * before what it serves (the port), and what it serves before it tells anybody (registry, receipt).
 */
export async function composeInstance(options: InstanceOptions): Promise<GatewayInstance> {
  const { config, log, clock = systemClock, restarted = false } = options
  const lifecycle = createLifecycle()
  try {
    const sessions = await openSessions(config, log, options.onSession)
    for (const session of new Set([sessions.registry, sessions.documents])) if (session) lifecycle.own(session)

    const link = createManagerLink({ manager: config.manager, clock, log, onFound: () => applier.again() })
    const cache = join(config.state.dir, 'hooks')
    const store = createHookStore({ folder: config.hooks.store, cache, elsewhere: link.bundles })
    const knownIndex = options.taken === undefined ? options.index : undefined
    let hooksChanged: () => void = () => {}
    const { hooks, knowledge, sandboxes } = await composeHooks({
      config,
      index: knownIndex,
      store,
      log,
      clock,
      notePath: options.note,
      tellStuck: options.onStuck,
      onChange: () => hooksChanged(),
      own: lifecycle.own
    })
    lifecycle.own(createHookLogs(hooks, log))

    const memoryBytes = instanceMemory(config)
    let hasRoom = (_open: number): boolean => true
    const upstream = createUpstream({
      ...config.upstream,
      maxHeldBytes: config.upstream.maxHeldBytes ?? Math.floor(memoryBytes * HELD_PART),
      clock,
      hasRoom: (open) => hasRoom(open)
    })
    const sender = createSender(upstream, clock, (reason, text) => admission.refuse(reason, text))
    const ofUpstream = createUpstreamReadings(upstream.stats, sender)
    // A model that still thinks must not keep the instance from ending: its call has no caller any more.
    lifecycle.own({ close: async () => void (await within(upstream.close(), CLOSE_WITHIN_MS)) })
    const workers = discoveryOf(config, sessions.documents ?? sessions.registry, lifecycle, log)
    const endpoints = lifecycle.own(
      createEndpointKeeper({ ...config.endpoints, clock, upstream, discovery: workers, log, lookup: options.lookup })
    )
    const ofEndpoints = createEndpointMetrics(endpoints, workers)

    const lastGood = createLastGood(config.state.dir, knownIndex)
    const kept = lifecycle.own(writeBehind({ lastGood: keepHooks(lastGood, store, hooks.digests), clock, log }))
    let applied: (now: Applied) => void = () => {}
    const limits = createLimitKeeper(clock)
    const applier = lifecycle.own(
      createApplier({
        hooks,
        lastGood: kept,
        timeoutMs: config.limits.timeoutMs,
        secret: config.secrets.dir === undefined ? undefined : createSecretReader(config.secrets.dir),
        log,
        limits,
        endpoints,
        onApplied: (now) => applied(now)
      })
    )
    const documents = lifecycle.own(createSource(options, sessions.documents, store))
    await loadFirst({ source: documents, applier, lastGood, kind: config.documents.kind, restarted, log })

    // From here on it is somebody: what follows is known by its name or opens its port.
    const index = options.taken === undefined ? options.index : await options.taken()
    if (options.taken !== undefined) {
      await lastGood.settle(index)
      await knowledge.settle(index)
      hooks.settle()
    }
    const id = `${config.name}-${index}`
    const source = { instance: id, epoch: clock.wallMs() }
    const sinks = createSinks(config.records, id, log)
    if (sinks !== undefined) {
      lifecycle.own({ close: () => sinks.calls.close(CLOSE_WITHIN_MS) })
      lifecycle.own({ close: () => sinks.tallies.close(CLOSE_WITHIN_MS) })
    }
    const recorder = createRecorder(source, sinks, clock)
    lifecycle.own(recorder)
    const seed = source.epoch + 2
    const recordings = recordingsOf({ config: config.recordings, id, seed, clock, log })
    lifecycle.own(recordings)
    const shadows = lifecycle.own(createHookShadows({ clock, seed: seed + 1, log }))

    const memory = lifecycle.own(createMemoryGuard({ limitBytes: memoryBytes, log }))
    const admission = createAdmission({ inFlight: config.limits.inFlight, memory })
    const { invoke, inFlight } = createInvoke({
      clock,
      budget: defaultBudget,
      admission,
      limits,
      timeoutMs: config.limits.timeoutMs,
      table: () => applier.current().table,
      models: createSplitter({ maxKeys: 10_000, seed: source.epoch }),
      hooks: createSplitter({ maxKeys: 10_000, seed: source.epoch + 1 }),
      args: createArgumentWriter(config.limits.expandedBytes),
      send: sender.send,
      answers: createAnswers(config.dubbo.payloadBytes),
      nextTraceId: createTraceIds(Math.random),
      onDefect: (error) => log.error({ error: describe(error) }, 'a call was answered but not recorded'),
      onEnd: (call) => {
        const endedAt = clock.monotonicMs()
        call.told?.release()
        metrics.observe(call, endedAt)
        recorder.record(call, endedAt)
        recordings.offer(call)
        shadows.offer(call)
      }
    })
    const events = new Map<string, number>()
    const handles = readFileHandles()
    const maxConnections = mostConnections(config.dubbo.maxConnections, handles)
    if (maxConnections < config.dubbo.maxConnections) {
      log.warn(
        { ...handles, maxConnections },
        'fewer connections than dubbo.maxConnections: raise the limit of open files'
      )
    }
    const server = createDubboServer({
      host: config.dubbo.host,
      port: config.dubbo.port === 0 ? 0 : config.dubbo.port + index,
      payloadBytes: config.dubbo.payloadBytes,
      maxConnections,
      maxInFlightPerConnection: config.dubbo.maxInFlightPerConnection,
      maxUnsentBytes: Math.floor(memoryBytes * HELD_PART),
      onRequest: (request) => void invoke(request),
      onEvent: (event) => events.set(event, (events.get(event) ?? 0) + 1)
    })
    hasRoom = (open) => hasHandle(handles, server.connections() + open)
    const metrics = createMetrics(id, {
      ...connectionGauges(inFlight, server, events),
      ...endpointGauges(ofEndpoints, endpoints),
      ...limitGauges(limits, admission, memory, memoryBytes),
      ...upstreamGauges(ofUpstream),
      ...recordGauges(recorder.nextSeq, () => sinks?.calls.stats()),
      ...recordingGauges(recordings.stats),
      ...shadowGauges(shadows),
      ...hookGauges(hooks, () => sandboxes.stats()),
      ...documentGauges(applier.current),
      ...managerGauges(link.dropped)
    })
    lifecycle.own({ close: () => server.close(CLOSE_WITHIN_MS) })
    const { port } = await server.listen()
    const host = config.dubbo.advertise ?? advertiseHost()
    const address = `${host}:${port}`

    const registry = createDubboRegistry({ zookeeper: sessions.registry, log })
    const application = config.dubbo.application
    const discovery = config.registry?.discovery ?? 'both'
    const registrations = createRegistrations({ registry, host, port, application, discovery, log })
    const receipts = receiptsOf(options, sessions.documents, address, source)
    applied = (now) => {
      registrations.update(now.table)
      receipts?.write(now, hooks.states())
    }
    hooksChanged = () => receipts?.write(applier.current(), hooks.states())
    applied(applier.current())
    if (index === 0 && discovery === 'both') {
      void warnOfOlderProviders(registry, applier.current().table.services.values(), application, log)
    }
    const { connections } = server
    const endpointsInFlight = ofEndpoints.inFlight
    const { series } = metrics
    const { isOffline, setOffline } = registrations
    link.summarise(
      { source, series, inFlight, connections, isOffline, endpointsInFlight, hooks: hooks.states, shadows },
      setOffline
    )
    lifecycle.own(link)
    const visible = untilVisible(registrations)
    if (!(await within(visible, VISIBLE_WITHIN_MS))) {
      log.warn({ registry: config.registry?.address }, 'serving without being visible in the registry yet')
    }

    return {
      id,
      port,
      address,
      recordsPath: sinks?.path,
      metricsText: () => metrics.text(),
      visible: () => visible,
      async flush() {
        await sinks?.calls.drain(5000)
        await recordings.flush()
        await shadows.idle()
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
          refused,
          hooks: hooks.states()
        }
      },
      changeHook: hooks.change,
      async close(graceMs, readonly = false) {
        const endsBy = clock.monotonicMs() + graceMs
        // A ZooKeeper that does not answer must not cost the records their time: the entries go with the session, too.
        await within(registrations.unregisterAll(), Math.max(graceMs, CLOSE_WITHIN_MS))
        if (readonly) server.sendReadonly()
        const left = Math.max(0, endsBy - clock.monotonicMs())
        const gone = await waitUntilDrained({ connections: () => server.connections(), inFlight }, left)
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

/** Part of an instance's memory that answers of models may hold, and another one for answers that consumers do not take. */
const HELD_PART = 0.25

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
  log: Logger,
  onSession: (session: SessionNote) => void = () => {}
): Promise<{ registry: ZookeeperSession | undefined; documents: ZookeeperSession | undefined }> {
  const open = async (address: string): Promise<ZookeeperSession> => {
    const session = createZookeeper({
      address,
      sessionTimeoutMs: config.registry?.sessionTimeoutMs ?? 30_000,
      log,
      onSession: ({ id, password }) =>
        onSession({ address, id: id.toString('base64'), password: password.toString('base64') })
    })
    await session.start()
    return session
  }
  const registry = config.registry === undefined ? undefined : await open(config.registry.address)
  if (config.documents.kind === 'file') return { registry, documents: undefined }
  const same = config.registry?.address === config.documents.address
  return { registry, documents: same ? registry : await open(config.documents.address) }
}

/** Workers are found below the root of the documents, or with documents in a file below `documents.root`. */
function discoveryOf(
  { documents, state }: GatewayConfig,
  zookeeper: ZookeeperSession | undefined,
  lifecycle: Lifecycle,
  log: Logger
): Discovery | undefined {
  const { root } = documents
  if (zookeeper === undefined || root === undefined) return undefined
  return lifecycle.own(createDiscovery({ zookeeper, root, file: join(state.dir, 'workers.json'), log }))
}

function createSource(
  { config: { documents }, embedded, log }: InstanceOptions,
  session: ZookeeperSession | undefined,
  store: HookStore
): DocumentSource {
  if (embedded !== undefined) return embedded.source
  if (documents.kind === 'file') return createFileSource({ path: documents.path, putHook: store.put, log })
  if (session === undefined) throw new Error('documents in ZooKeeper without a session')
  return createZookeeperSource(session, documents.root)
}

/** Undefined: nobody reads them. */
function receiptsOf(
  { config: { documents }, embedded, clock = systemClock, log }: InstanceOptions,
  session: ZookeeperSession | undefined,
  address: string,
  source: RecordSource
): Receipts | undefined {
  if (embedded !== undefined) return handReceipts(address, source, clock, embedded.onReceipt)
  if (session === undefined || documents.kind === 'file') return undefined
  return createReceipts(session, documents.root, address, source, clock, log)
}

/** Makes the whole gateway: its own ports first, so that an orchestrator sees it alive, and not ready, while it starts. */
async function composeGateway(config: GatewayConfig, read: ReadConfig): Promise<RunningGateway> {
  const log = createLog(config, () => 'supervisor')
  const supervisor = createSupervisor({ config, log, script: process.argv[1] ?? '', graceMs: DRAIN_GRACE_MS })
  const drain = Promise.withResolvers<void>()
  const restart = (): Promise<void> => supervisor.restart(read)
  const observability = createObservabilityServer(supervisor)
  const admin = createAdminServer(supervisor, { drain: drain.resolve, restart })
  const stop = async (): Promise<void> => {
    await supervisor.stop(DRAIN_GRACE_MS)
    await observability.close()
    await admin.close()
  }
  try {
    const { host, port } = config.observability
    const seenAt = await listen(observability, host, port, 'observability.port')
    const adminAt = await listen(admin, '127.0.0.1', config.admin.port, 'admin.port')
    await supervisor.start()
    log.info({ observability: `${host}:${seenAt}`, admin: `127.0.0.1:${adminAt}` }, 'gateway ready')
  } catch (error) {
    await stop()
    throw error
  }
  return { restart, stop, ended: drain.promise }
}

/** JSON lines on stderr: stdout belongs to commands that print results. `part` may change: a spare becomes an instance. */
function createLog(config: GatewayConfig, part: () => string): Logger {
  return pino(
    { level: config.log.level, base: { gateway: config.name }, mixin: () => ({ part: part() }) },
    pino.destination({ fd: 2, sync: true })
  )
}

export const gatewayCommand = createGatewayCommand(composeGateway)
export const instanceCommand = createInstanceCommand(({ config, index, restarted, note }, channel) => {
  const { taken, onSession, onStuck } = channel
  let part = taken === undefined ? `instance ${index}` : 'spare'
  const log = createLog(config, () => part)
  const take = async (wait: () => Promise<number>): Promise<number> => {
    const place = await wait()
    part = `instance ${place}`
    return place
  }
  return composeInstance({
    config,
    index,
    restarted,
    log,
    taken: taken === undefined ? undefined : () => take(taken),
    note,
    onSession,
    onStuck
  })
})
