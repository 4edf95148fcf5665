import type { ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import type { Clock } from '#core/clock'
import type { RawConfig } from '#core/config'
import { createDubboClient, type DubboClient } from '#lib/dubbo'
import { HDoubles } from '#lib/hessian2'
import { callFrame } from '../../../../src/lib/dubbo/call-frame.ts'
import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'
import { RawPeer } from '../../lib/dubbo/peers.ts'

const GOOD = '{"predictions":[[2.0]]}'
/** Longer than any test takes: nothing here is to end by its time. */
const LONG_MS = 60_000

/** What a call is about, by the one feature that it sends. */
export const FEATURE = {
  /** Answered at once. */
  free: 1,
  /** Kept by the model until `release`. */
  held: 7,
  /** Answered at once with LARGE_BYTES. */
  large: 9
} as const
export const LARGE_BYTES = 100_000
const LARGE = JSON.stringify({ predictions: [['x'.repeat(LARGE_BYTES)]] })

/** A gateway with one model, consumers, and what a test of faults looks at. */
export interface FaultWorld {
  readonly model: ModelServer
  readonly gateway: EmbeddedGateway
  /** A consumer with a connection of its own. */
  connect(): DubboClient
  /** A peer that does with its socket what no client does. */
  peer(): Promise<RawPeer>
  /** `ok`, or the message of the exception. */
  call(feature?: number, client?: DubboClient, timeoutMs?: number, caller?: string): Promise<string>
  /** So many ordinary calls of the consumer that was there all the time; those that were not answered well. */
  othersFailed(calls?: number): Promise<string[]>
  /** Calls that the model keeps, and how many it lost because the gateway hung up. */
  held(): number
  hungUp(): number
  /** Answers those that it keeps. */
  release(): void
  /** Sum of the samples of a metric whose labels have this text. */
  metric(name: string, labels?: string): Promise<number>
  /** How often something happened on Dubbo connections. */
  events(event: string): Promise<number>
}

/** Documents of a service with the method `score` and a model at one or more origins. */
export function faultDocuments(origins: readonly string[], limits: object = {}): object[] {
  const method = { name: 'score', model: 'rank', input: 'args[0]', returns: 'java.lang.Object', timeoutMs: LONG_MS }
  const model = modelDocument({ legacy: { origin: origins[0] ?? '', percent: 100 } }) as { variants: object[] }
  const variants = model.variants.map((variant) => ({ ...variant, endpoints: origins }))
  return [
    { ...serviceDocument([method]), ...limits },
    { ...model, variants }
  ]
}

export async function startFaultWorld(
  t: TestContext,
  options: {
    readonly dubbo?: object
    readonly config?: RawConfig
    readonly clock?: Clock
    /** Of the service. */
    readonly limits?: object
    /** Whether the model has a second endpoint, which answers everything. */
    readonly second?: boolean
  } = {}
): Promise<FaultWorld> {
  const held = new Set<ServerResponse>()
  let hungUp = 0
  const model = await startModelServer(({ body }, response) => {
    const [feature] = /\d+/.exec(body) ?? []
    if (feature === String(FEATURE.large)) return LARGE
    if (feature !== String(FEATURE.held)) return GOOD
    held.add(response)
    response.on('close', () => {
      if (held.delete(response)) hungUp++
    })
    return undefined
  })
  const stops: (() => unknown)[] = [() => model.close()]
  // What was made last goes first: the gateway waits for its consumers to leave.
  t.after(async () => {
    for (const stop of stops.reverse()) await stop()
  })
  const { dubbo = {}, config = {}, clock, limits, second = false } = options
  const origins = [model.origin]
  if (second) {
    const other = await startModelServer(() => GOOD)
    stops.push(() => other.close())
    origins.push(other.origin)
  }
  const gateway = await startEmbeddedGateway({
    documents: faultDocuments(origins, limits === undefined ? {} : { limits }),
    config: { ...config, dubbo: { host: '127.0.0.1', port: 0, advertise: '127.0.0.1', ...dubbo } },
    timeoutMs: LONG_MS,
    ...(clock !== undefined && { clock })
  })
  stops.push(() => gateway.close())
  const call: FaultWorld['call'] = async (
    feature = FEATURE.free,
    client = gateway.client,
    timeoutMs = LONG_MS,
    caller = 'shop'
  ) => {
    const call = scoreOf(feature, caller)
    // The consumer waits longer than it says, so that the gateway answers.
    const attachments = { ...call.attachments, timeout: String(timeoutMs) }
    const { exception } = await client.call({ ...call, attachments })
    return exception === undefined ? 'ok' : (exception.message ?? '')
  }
  const metric: FaultWorld['metric'] = async (name, labels = '') => {
    const lines = (await gateway.instance.metricsText()).split('\n')
    const found = lines.filter((line) => line.startsWith(`${name}{`) && line.includes(labels))
    return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  }
  return {
    model,
    gateway,
    connect() {
      const client = createDubboClient({ host: '127.0.0.1', port: gateway.instance.port, timeoutMs: LONG_MS })
      stops.push(() => client.close())
      return client
    },
    async peer() {
      const peer = await RawPeer.connect(t, gateway.instance.port)
      stops.push(() => peer.socket.destroy())
      return peer
    },
    call,
    async othersFailed(calls = 20) {
      const failed: string[] = []
      for (let n = 0; n < calls; n++) failed.push(await call())
      return failed.filter((answer) => answer !== 'ok')
    },
    held: () => held.size,
    hungUp: () => hungUp,
    release() {
      const responses = [...held]
      held.clear()
      for (const response of responses) response.writeHead(200, { 'content-type': 'application/json' }).end(GOOD)
    },
    metric,
    events: (event) => metric('abox_connection_events_total', `event="${event}"`)
  }
}

/** A call of a consumer by the name `caller`. */
export const scoreOf = (feature: number, caller = 'shop'): Parameters<DubboClient['call']>[0] => ({
  service: SERVICE,
  method: 'score',
  args: [new HDoubles(Float64Array.of(feature))],
  parameterTypes: [],
  attachments: { 'remote.application': caller },
  generic: true
})

/** The same as the bytes of a frame. */
export function scoreFrame(id: number, feature: number, caller?: string): Buffer {
  const idBytes = Buffer.alloc(8)
  idBytes.writeUInt32BE(id, 4)
  return callFrame(idBytes, scoreOf(feature, caller), LONG_MS)
}

/** Status of an answer, and its body as text. */
export const answerOf = (frame: Buffer): { status: number; text: string } => ({
  status: frame[3] as number,
  text: frame.subarray(16).toString('latin1')
})
