import { hostname } from 'node:os'
import { resolve } from 'node:path'
import Type, { type Static } from 'typebox'
import { createChecker } from '#contracts/check'
import { Name, Ppm } from '#contracts/common'
import { configErrors, overlayConfig, type RawConfig } from '#core/config'
import { AboxError, describe } from '#core/errors'
import { configKeys } from '#lib/config-file'
import { createAddressRules } from '#lib/outbound'
import { compileMask } from './recordings/mask-rules.ts'

const Port = Type.Integer({ minimum: 0, maximum: 65_535 })
const Path = Type.String({ minLength: 1, maxLength: 4096 })
const Address = Type.String({ pattern: '^[^\\s,:/]+:\\d{1,5}(,[^\\s,:/]+:\\d{1,5})*$' })
const section = <T extends Parameters<typeof Type.Object>[0]>(keys: T) =>
  Type.Optional(Type.Object(keys, { additionalProperties: false }))

/** `gateway.yaml`, as the operator writes it; every key but `documents` has a default. */
export const GatewayFile = Type.Object(
  {
    name: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$' })),
    instances: Type.Optional(Type.Integer({ minimum: 1, maximum: 128 })),
    dubbo: section({
      host: Type.Optional(Type.String({ minLength: 1 })),
      port: Type.Optional(Port),
      advertise: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._:-]+$' })),
      application: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]+$' })),
      payloadBytes: Type.Optional(Type.Integer({ minimum: 1024, maximum: 1 << 30 })),
      maxConnections: Type.Optional(Type.Integer({ minimum: 1 })),
      maxInFlightPerConnection: Type.Optional(Type.Integer({ minimum: 1 }))
    }),
    registry: section({
      kind: Type.Optional(Type.Enum(['zookeeper', 'none'])),
      address: Type.Optional(Address),
      discovery: Type.Optional(Type.Enum(['both', 'interface'])),
      sessionTimeoutMs: Type.Optional(Type.Integer({ minimum: 2000, maximum: 120_000 }))
    }),
    documents: Type.Object(
      {
        kind: Type.Enum(['file', 'zookeeper']),
        path: Type.Optional(Path),
        root: Type.Optional(Type.String({ pattern: '^/[A-Za-z0-9._/-]*[A-Za-z0-9._-]$' })),
        address: Type.Optional(Address)
      },
      { additionalProperties: false }
    ),
    hooks: section({
      store: Type.Optional(Path),
      memoryMb: Type.Optional(Type.Integer({ minimum: 8, maximum: 1024 })),
      timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
      placement: Type.Optional(Type.Enum(['auto', 'instance', 'sandbox'])),
      promoteAfterCalls: Type.Optional(Type.Integer({ minimum: 1 })),
      promoteAfterMs: Type.Optional(Type.Integer({ minimum: 0 })),
      strikes: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      strikeWindowMs: Type.Optional(Type.Integer({ minimum: 1 }))
    }),
    records: section({
      kind: Type.Optional(Type.Enum(['file', 'kafka', 'none'])),
      path: Type.Optional(Path),
      /** As a list, or as one text with commas, which is how it comes from the environment. */
      brokers: Type.Optional(
        Type.Union([Type.Array(Type.String({ pattern: '^[^\\s,:/]+:\\d{1,5}$' }), { minItems: 1 }), Address])
      ),
      topic: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]{1,249}$' })),
      tallyTopic: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]{1,249}$' })),
      bufferBytes: Type.Optional(Type.Integer({ minimum: 65_536 }))
    }),
    recordings: section({
      dir: Type.Optional(Path),
      ppm: Type.Optional(Ppm),
      maxCallBytes: Type.Optional(Type.Integer({ minimum: 1024, maximum: 16 * 1024 * 1024 })),
      maxFileBytes: Type.Optional(Type.Integer({ minimum: 65_536 })),
      maxFiles: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
      /** As a list, or as one text with commas. */
      mask: Type.Optional(Type.Union([Type.Array(Type.String({ minLength: 1 })), Type.String()])),
      hash: Type.Optional(Type.Boolean())
    }),
    upstream: section({
      connections: Type.Optional(Type.Integer({ minimum: 1, maximum: 4096 })),
      maxWaiting: Type.Optional(Type.Integer({ minimum: 0 })),
      connectTimeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 60_000 })),
      maxRequestBytes: Type.Optional(Type.Integer({ minimum: 1024, maximum: 1 << 30 })),
      maxResponseBytes: Type.Optional(Type.Integer({ minimum: 1024, maximum: 1 << 30 })),
      maxHeldBytes: Type.Optional(Type.Integer({ minimum: 1024 })),
      headersTimeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 600_000 })),
      bodyTimeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 600_000 }))
    }),
    endpoints: section({
      maxInFlight: Type.Optional(Type.Integer({ minimum: 1 })),
      ejectMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 600_000 })),
      slowStartMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 600_000 })),
      probeIntervalMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 600_000 })),
      resolveMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 3_600_000 })),
      /** As a list, or as one text with commas. */
      thirdPartyRanges: Type.Optional(Type.Union([Type.Array(Type.String({ minLength: 1 })), Type.String()]))
    }),
    limits: section({
      inFlight: Type.Optional(Type.Integer({ minimum: 1 })),
      memoryMb: Type.Optional(Type.Integer({ minimum: 32, maximum: 1 << 20 })),
      timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 600_000 })),
      expandedBytes: Type.Optional(Type.Integer({ minimum: 1024, maximum: 1 << 30 }))
    }),
    supervisor: section({
      hangMs: Type.Optional(Type.Integer({ minimum: 200, maximum: 600_000 })),
      spare: Type.Optional(Type.Boolean())
    }),
    manager: section({
      /** Origins of its replicas, as a list, or as one text with commas. */
      url: Type.Optional(Type.Union([Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }), Type.String()])),
      tokenFile: Type.Optional(Path),
      environment: Type.Optional(Name)
    }),
    observability: section({ host: Type.Optional(Type.String({ minLength: 1 })), port: Type.Optional(Port) }),
    admin: section({ port: Type.Optional(Port) }),
    secrets: section({ dir: Type.Optional(Path) }),
    state: section({ dir: Type.Optional(Path) }),
    log: section({
      level: Type.Optional(Type.Enum(['debug', 'info', 'warn', 'error', 'silent']))
    })
  },
  { additionalProperties: false }
)

const fileChecker = createChecker(GatewayFile, configErrors.ABOX_CONFIG_INVALID)

/** What the gateway runs with: every default filled, every alternative decided. */
export interface GatewayConfig {
  readonly name: string
  readonly instances: number
  readonly dubbo: {
    readonly host: string
    readonly port: number
    /** Host that consumers are told; `undefined` = the first address of this machine that is not loopback. */
    readonly advertise: string | undefined
    readonly application: string
    readonly payloadBytes: number
    readonly maxConnections: number
    readonly maxInFlightPerConnection: number
  }
  readonly registry:
    | {
        readonly address: string
        /** Ways in which consumers can find the services; `both` = interface-level and application-level. */
        readonly discovery: 'both' | 'interface'
        readonly sessionTimeoutMs: number
      }
    | undefined
  readonly documents: /** `root`: only for the discovery of workers. */
    | { readonly kind: 'file'; readonly path: string; readonly root: string | undefined }
    | { readonly kind: 'zookeeper'; readonly root: string; readonly address: string }
  readonly hooks: {
    readonly store: string | undefined
    readonly memoryMb: number
    readonly timeoutMs: number
    /** `auto`: in the sandbox process until it has proved itself, then in the instance. */
    readonly placement: 'auto' | 'instance' | 'sandbox'
    readonly promoteAfterCalls: number
    readonly promoteAfterMs: number
    /** So many violations of limits within the window disable a version. */
    readonly strikes: number
    readonly strikeWindowMs: number
  }
  readonly records:
    | { readonly kind: 'none' }
    | { readonly kind: 'file'; readonly path: string; readonly bufferBytes: number }
    | {
        readonly kind: 'kafka'
        readonly brokers: readonly string[]
        readonly topic: string
        readonly tallyTopic: string
        readonly bufferBytes: number
      }
  /** Real calls kept for `abox hook replay`. */
  readonly recordings: {
    /** `undefined`: none are kept, whatever documents say. */
    readonly dir: string | undefined
    readonly ppm: number
    readonly maxCallBytes: number
    readonly maxFileBytes: number
    readonly maxFiles: number
    readonly mask: readonly string[]
    /** Whether masked values that are equal stay equal. */
    readonly hash: boolean
  }
  readonly upstream: {
    readonly connections: number
    readonly maxWaiting: number
    readonly connectTimeoutMs: number
    readonly maxRequestBytes: number
    readonly maxResponseBytes: number
    /** Of all answers together; `undefined` = a quarter of the instance's memory. */
    readonly maxHeldBytes: number | undefined
    /** `undefined` = the time of the call alone counts. */
    readonly headersTimeoutMs: number | undefined
    readonly bodyTimeoutMs: number
  }
  /** How one of several endpoints is chosen and judged. */
  readonly endpoints: {
    readonly maxInFlight: number
    readonly ejectMs: number
    readonly slowStartMs: number
    readonly probeIntervalMs: number
    readonly resolveMs: number
    /** Private ranges that third parties may be in; other private, local and reserved addresses of theirs are never called. */
    readonly thirdPartyRanges: readonly string[]
  }
  readonly limits: {
    readonly inFlight: number
    /** Of one instance; `undefined` = its part of the container's or the machine's. */
    readonly memoryMb: number | undefined
    readonly timeoutMs: number
    readonly expandedBytes: number
  }
  /** `hangMs`: an instance that is silent for this long is killed. `spare`: whether one waits to take a dead one's place. */
  readonly supervisor: { readonly hangMs: number; readonly spare: boolean }
  /** Gives code of hooks, and takes summaries where `environment` is said. */
  readonly manager:
    | { readonly urls: readonly string[]; readonly tokenFile: string; readonly environment: string | undefined }
    | undefined
  readonly observability: { readonly host: string; readonly port: number }
  readonly admin: { readonly port: number }
  readonly secrets: { readonly dir: string | undefined }
  readonly state: { readonly dir: string }
  readonly log: { readonly level: string }
}

/** Where a configuration comes from. */
export interface ConfigSources {
  readonly raw: RawConfig
  /** Names the file in messages. */
  readonly source: string
  readonly folder: string
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly sets?: readonly string[]
}

/**
 * Checks the file's tree, lays environment and `--set` over it and fills the defaults. Relative paths are taken from
 * `folder`, which is the file's. Throws ABOX_CONFIG_INVALID with one line.
 */
export function resolveGatewayConfig(sources: ConfigSources): GatewayConfig {
  const { raw, source, folder, environment = {}, sets = [] } = sources
  const file = fileChecker.check(overlayConfig(raw, environment, sets, configKeys(GatewayFile)), source)
  const place = (path: string): string => resolve(folder, path)
  return {
    name: file.name ?? hostname().replaceAll(/[^A-Za-z0-9._-]/g, '-'),
    instances: file.instances ?? 1,
    dubbo: { ...DEFAULTS.dubbo, ...file.dubbo },
    registry: resolveRegistry(file, source),
    documents: resolveDocuments(file, source, place),
    hooks: {
      ...DEFAULTS.hooks,
      ...file.hooks,
      store: file.hooks?.store === undefined ? undefined : place(file.hooks.store)
    },
    records: resolveRecords(file, source, place),
    recordings: resolveRecordings(file, source, place),
    upstream: { ...DEFAULTS.upstream, ...file.upstream },
    endpoints: resolveEndpoints(file, source),
    limits: { ...DEFAULTS.limits, ...file.limits },
    supervisor: { spare: (file.instances ?? 1) > 1, ...DEFAULTS.supervisor, ...file.supervisor },
    manager: resolveManager(file, source, place),
    observability: { ...DEFAULTS.observability, ...file.observability },
    admin: { ...DEFAULTS.admin, ...file.admin },
    secrets: { dir: file.secrets?.dir === undefined ? undefined : place(file.secrets.dir) },
    state: { dir: place(file.state?.dir ?? 'abox-state') },
    log: { ...DEFAULTS.log, ...file.log }
  }
}

/** What config/gateway.yaml shows; a test holds the two equal. */
const DEFAULTS = {
  dubbo: {
    host: '0.0.0.0',
    port: 20_880,
    advertise: undefined,
    application: 'abox-gateway',
    payloadBytes: 8 * 1024 * 1024,
    maxConnections: 10_000,
    maxInFlightPerConnection: 2000
  },
  hooks: {
    memoryMb: 64,
    timeoutMs: 50,
    placement: 'auto',
    promoteAfterCalls: 1000,
    promoteAfterMs: 600_000,
    strikes: 3,
    strikeWindowMs: 60_000
  },
  recordings: {
    ppm: 0,
    maxCallBytes: 128 * 1024,
    maxFileBytes: 64 * 1024 * 1024,
    maxFiles: 10,
    hash: false
  },
  upstream: {
    connections: 256,
    maxWaiting: 768,
    connectTimeoutMs: 1000,
    maxRequestBytes: 32 * 1024 * 1024,
    maxResponseBytes: 16 * 1024 * 1024,
    maxHeldBytes: undefined,
    headersTimeoutMs: undefined,
    bodyTimeoutMs: 5000
  },
  endpoints: { maxInFlight: 1024, ejectMs: 30_000, slowStartMs: 30_000, probeIntervalMs: 5000, resolveMs: 10_000 },
  limits: { inFlight: 10_000, memoryMb: undefined, timeoutMs: 3000, expandedBytes: 16 * 1024 * 1024 },
  supervisor: { hangMs: 5000 },
  observability: { host: '0.0.0.0', port: 9464 },
  admin: { port: 9465 },
  log: { level: 'info' }
} as const

type File = Static<typeof GatewayFile>

function missing(source: string, path: string, why: string): never {
  throw new AboxError(configErrors.ABOX_CONFIG_INVALID, `${source}: ${path}: found nothing, expected ${why}`, { path })
}

function resolveRegistry(file: File, source: string): GatewayConfig['registry'] {
  if ((file.registry?.kind ?? 'none') === 'none') return undefined
  const address = file.registry?.address ?? missing(source, 'registry.address', 'host:port of ZooKeeper')
  const { discovery = 'both', sessionTimeoutMs = 30_000 } = file.registry ?? {}
  return { address, discovery, sessionTimeoutMs }
}

type Place = (path: string) => string

function resolveDocuments(file: File, source: string, place: Place): GatewayConfig['documents'] {
  const { kind, path, root, address } = file.documents
  if (kind === 'file') {
    return { kind, path: place(path ?? missing(source, 'documents.path', 'a YAML file or a folder of them')), root }
  }
  return {
    kind,
    root: root ?? missing(source, 'documents.root', 'a ZooKeeper path as /abox/prod'),
    address:
      address ?? file.registry?.address ?? missing(source, 'documents.address', 'host:port here or in registry.address')
  }
}

function resolveManager({ manager = {} }: File, source: string, place: Place): GatewayConfig['manager'] {
  const { url, environment } = manager
  if (url === undefined) return undefined
  const tokenFile = place(
    manager.tokenFile ?? missing(source, 'manager.tokenFile', 'a file with a token of the manager')
  )
  const urls = (typeof url === 'string' ? url.split(',') : url).map((text) => {
    const origin = URL.parse(text)
    if (origin !== null && /^https?:$/.test(origin.protocol) && origin.href === `${origin.origin}/`)
      return origin.origin
    const wrong = `${source}: manager.url: found "${text}", expected an origin as http://manager:8700`
    throw new AboxError(configErrors.ABOX_CONFIG_INVALID, wrong, { path: 'manager.url' })
  })
  return { urls, tokenFile, environment }
}

function resolveRecords(file: File, source: string, place: Place): GatewayConfig['records'] {
  const records = file.records
  const bufferBytes = records?.bufferBytes ?? 64 * 1024 * 1024
  if (records?.kind === undefined || records.kind === 'none') return { kind: 'none' }
  if (records.kind === 'file') {
    const path = place(records.path ?? missing(source, 'records.path', 'a file to append to'))
    return { kind: 'file', path, bufferBytes }
  }
  const brokers = records.brokers ?? missing(source, 'records.brokers', 'a list of host:port')
  return {
    kind: 'kafka',
    brokers: typeof brokers === 'string' ? brokers.split(',') : brokers,
    topic: records.topic ?? 'abox-calls',
    tallyTopic: records.tallyTopic ?? 'abox-tally',
    bufferBytes
  }
}

function resolveEndpoints({ endpoints = {} }: File, source: string): GatewayConfig['endpoints'] {
  const { thirdPartyRanges: ranges = [] } = endpoints
  const thirdPartyRanges = typeof ranges === 'string' ? ranges.split(',').filter((range) => range !== '') : ranges
  try {
    createAddressRules(thirdPartyRanges)
  } catch (error) {
    const path = 'endpoints.thirdPartyRanges'
    throw new AboxError(configErrors.ABOX_CONFIG_INVALID, `${source}: ${path}: ${describe(error)}`, { path })
  }
  return { ...DEFAULTS.endpoints, ...endpoints, thirdPartyRanges }
}

function resolveRecordings({ recordings = {} }: File, source: string, place: Place): GatewayConfig['recordings'] {
  const { dir, mask = [], ...others } = recordings
  const rules = typeof mask === 'string' ? mask.split(',').filter((rule) => rule !== '') : mask
  try {
    compileMask(rules)
  } catch (error) {
    const path = 'recordings.mask'
    throw new AboxError(configErrors.ABOX_CONFIG_INVALID, `${source}: ${path}: ${describe(error)}`, { path })
  }
  return { ...DEFAULTS.recordings, ...others, dir: dir === undefined ? undefined : place(dir), mask: rules }
}
