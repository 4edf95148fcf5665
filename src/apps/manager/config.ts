import { resolve } from 'node:path'
import Type, { type Static } from 'typebox'
import { createChecker } from '#contracts/check'
import { configErrors, overlayConfig } from '#core/config'
import { AboxError } from '#core/errors'
import { type ConfigFile, configKeys } from '#lib/config-file'

const Path = Type.String({ minLength: 1, maxLength: 4096 })
const section = <T extends Parameters<typeof Type.Object>[0]>(keys: T) =>
  Type.Optional(Type.Object(keys, { additionalProperties: false }))

/** As a list, or as one text with commas, which is how it comes from the environment. */
const List = Type.Union([Type.Array(Type.String({ minLength: 1 })), Type.String()])

/** `manager.yaml`, as the operator writes it; every key has a default. */
export const ManagerFile = Type.Object(
  {
    http: section({
      host: Type.Optional(Type.String({ minLength: 1 })),
      port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
      url: Type.Optional(Type.String({ pattern: '^https?://[^/\\s?#@]+$', maxLength: 512 })),
      proxies: Type.Optional(List)
    }),
    database: section({
      url: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
      passwordFile: Type.Optional(Path)
    }),
    oidc: section({
      issuer: Type.Optional(Type.String({ pattern: '^https?://[^\\s?#@]+$', maxLength: 512 })),
      clientId: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
      secretFile: Type.Optional(Path)
    }),
    outbound: section({
      secretsDir: Type.Optional(Path),
      internalRanges: Type.Optional(List),
      thirdPartySchemes: Type.Optional(List),
      thirdPartyPorts: Type.Optional(
        Type.Union([Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 })), Type.Integer(), Type.String()])
      ),
      thirdPartyRanges: Type.Optional(List),
      healthMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 3_600_000 }))
    }),
    publish: section({
      secretsDir: Type.Optional(Path),
      sessionTimeoutMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 600_000 })),
      laggardMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 3_600_000 }))
    }),
    log: section({ level: Type.Optional(Type.Enum(['debug', 'info', 'warn', 'error', 'silent'])) })
  },
  { additionalProperties: false }
)

type File = Static<typeof ManagerFile>

const fileChecker = createChecker(ManagerFile, configErrors.ABOX_CONFIG_INVALID)

/** What the manager runs with: every default filled. */
export interface ManagerConfig {
  readonly http: {
    readonly host: string
    readonly port: number
    /** Where people reach it; `undefined`: at host and port. With https session cookies are sent by https only. */
    readonly url: string | undefined
    /** Addresses or networks whose X-Forwarded-For is believed. */
    readonly proxies: readonly string[]
  }
  readonly database: {
    readonly url: string
    /** Holds PostgreSQL's password. */
    readonly passwordFile: string | undefined
  }
  /** The identity provider; `undefined`: passwords and tokens only. */
  readonly oidc:
    | { readonly issuer: string; readonly clientId: string; readonly secretFile: string | undefined }
    | undefined
  /** What the manager itself may call: endpoints of models, to see whether they are well. */
  readonly outbound: {
    /** Holds the secrets that headers of models and endpoints name; nothing else may be in it. */
    readonly secretsDir: string | undefined
    /** Ranges that endpoints of our own clusters may be in. */
    readonly internal: { readonly allow: readonly string[] }
    readonly thirdParty: {
      readonly schemes: readonly ('http:' | 'https:')[]
      readonly ports: readonly number[]
      /** Private ranges that third parties may be in. */
      readonly allow: readonly string[]
    }
    /** Pause between two questions to each endpoint of a third party, whether it is well, ms. */
    readonly healthMs: number
  }
  readonly publish: {
    /** Holds the credentials that `publish.credentials` of Environment documents names. */
    readonly secretsDir: string | undefined
    /** After so long without ZooKeeper another replica leads, ms. */
    readonly sessionTimeoutMs: number
    /** After so long behind what is published a gateway is an alarm, ms. */
    readonly laggardMs: number
  }
  readonly log: { readonly level: string }
}

/** Where a configuration comes from. */
export interface ConfigSources extends ConfigFile {
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly sets?: readonly string[]
}

/**
 * Checks the file's tree, lays environment and `--set` over it and fills the defaults. Relative paths are taken from
 * `folder`, which is the file's. Throws ABOX_CONFIG_INVALID with one line.
 */
export function resolveManagerConfig({
  raw,
  source,
  folder,
  environment = {},
  sets = []
}: ConfigSources): ManagerConfig {
  const file = fileChecker.check(overlayConfig(raw, environment, sets, configKeys(ManagerFile)), source)
  const place = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : resolve(folder, path)
  const { host = '127.0.0.1', port = 8700, url, proxies = [] } = file.http ?? {}
  const { issuer, clientId = 'abox', secretFile } = file.oidc ?? {}
  return {
    http: { host, port, url, proxies: listOf(proxies) },
    database: {
      url: placeDatabase(file.database?.url ?? 'sqlite:./state/manager.db', folder),
      passwordFile: place(file.database?.passwordFile)
    },
    oidc: issuer === undefined ? undefined : { issuer, clientId, secretFile: place(secretFile) },
    outbound: readOutbound(file.outbound ?? {}, place, source),
    publish: {
      ...{ sessionTimeoutMs: 10_000, laggardMs: 10_000, ...file.publish },
      secretsDir: place(file.publish?.secretsDir)
    },
    log: { level: file.log?.level ?? 'info' }
  }
}

/** Networks that companies number their hosts and pods from; this host itself and link-local ones are not among them. */
export const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7']

/** Throws ABOX_CONFIG_INVALID. */
function readOutbound(
  keys: NonNullable<File['outbound']>,
  place: (path: string | undefined) => string | undefined,
  source: string
): ManagerConfig['outbound'] {
  const { thirdPartySchemes = ['https:'], thirdPartyPorts = [443], thirdPartyRanges = [] } = keys
  const refuse = (key: string, found: unknown, expected: string): AboxError =>
    new AboxError(
      configErrors.ABOX_CONFIG_INVALID,
      `${source}: outbound.${key}: found "${String(found)}", expected ${expected}`
    )
  const schemes = listOf(thirdPartySchemes).map((scheme) => {
    if (scheme === 'http:' || scheme === 'https:') return scheme
    throw refuse('thirdPartySchemes', scheme, 'http: or https:')
  })
  const ports = (typeof thirdPartyPorts === 'object' ? thirdPartyPorts : String(thirdPartyPorts).split(',')).map(Number)
  const bad = ports.find((port) => !Number.isInteger(port) || port < 1 || port > 65_535)
  if (bad !== undefined) throw refuse('thirdPartyPorts', bad, 'ports')
  return {
    secretsDir: place(keys.secretsDir),
    internal: { allow: listOf(keys.internalRanges ?? PRIVATE) },
    thirdParty: { schemes, ports, allow: listOf(thirdPartyRanges) },
    healthMs: keys.healthMs ?? 15_000
  }
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? value.split(',').filter((item) => item !== '') : value
}

function placeDatabase(url: string, folder: string): string {
  const file = /^sqlite:(?!:memory:$)(.+)$/.exec(url)?.[1]
  return file === undefined ? url : `sqlite:${resolve(folder, file)}`
}
