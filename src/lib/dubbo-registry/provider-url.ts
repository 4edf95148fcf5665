import { AboxError } from '#core/errors'
import { registryErrors } from './errors.ts'
import { parseUrl } from './url-text.ts'

/** What a provider offers. */
export interface ProviderOptions {
  /** An address that consumers can reach: they replace a loopback address by their own machine's. */
  readonly host: string
  readonly port: number
  /** Full name of the Java interface. */
  readonly service: string
  readonly version?: string | undefined
  readonly group?: string | undefined
  /** Name of the providing application. */
  readonly application: string
  readonly methods: readonly string[]
  /** Default time-out of the consumers, ms. */
  readonly timeoutMs?: number | undefined
  /** Whether consumers call everything as `$invoke` with plain maps and lists. Default true. */
  readonly generic?: boolean
  /** What callers have to show: consumers send the token of the URL back with each call. */
  readonly token?: string | undefined
}

/** Consumers parse it as a Dubbo version; it is one whose consumers and providers were tried against us. */
const RELEASE = '2.7.23'
const SAFE = /^[^&=%?#\s+\p{Cc}]+$/u
const HOST = /^[A-Za-z0-9._-]+$|^\[[0-9A-Fa-f:.]+\]$/

/**
 * The URL of an interface-level provider entry, keys in alphabetical order, values raw. What it must and must not say
 * was found with Dubbo 2.6, 2.7, 3.2 and 3.3 consumers:
 *
 * - an empty `version` or `group`, or version 0.0.0, hides the provider: "none" is an absent key;
 * - `serialization` and `prefer.serialization` keep consumers from 3.2 on away from fastjson2;
 * - `application` has to be there, or 3.3's routers log an error at each refresh;
 * - no `timestamp`: it would start the ten-minute warm-up, which `warmup=0` switches off besides;
 * - no key that ends in `pid` or `timestamp`: 3.x cuts such pairs out of the raw text, wherever they stand.
 *
 * Throws ABOX_REGISTRY_URL for texts that would not arrive as they are.
 */
export function providerUrl(options: ProviderOptions): string {
  const { host, port, service, application, methods, timeoutMs } = options
  const version = given(options.version)
  const group = given(options.group)
  if (!HOST.test(host)) refuse('host', host, 'a host name or an address')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) refuse('port', port, '1 to 65535')
  if (!/^[\w.$]+$/.test(service)) refuse('service', service, 'the full name of a Java interface')
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['anyhost', 'true'],
    ['application', application],
    ['category', 'providers'],
    ['deprecated', 'false'],
    ['dubbo', '2.0.2'],
    ['dynamic', 'true'],
    ['generic', String(options.generic ?? true)],
    ['group', group],
    ['interface', service],
    ['methods', methods.length === 0 ? undefined : methods.join(',')],
    ['prefer.serialization', 'hessian2'],
    ['release', RELEASE],
    // Java puts the version of the interface's jar here; consumers only compare it.
    ['revision', RELEASE],
    ['serialization', 'hessian2'],
    ['side', 'provider'],
    ['timeout', timeoutMs === undefined ? undefined : String(timeoutMs)],
    ['token', given(options.token)],
    ['version', version],
    ['warmup', '0']
  ]
  const query = pairs.flatMap(([key, value]) => (value === undefined ? [] : `${key}=${checked(key, value)}`))
  return `dubbo://${host}:${port}/${service}?${query.join('&')}`
}

function checked(key: string, value: string): string {
  if (!SAFE.test(value)) refuse(key, value, 'a text without &, =, %, ?, #, + and white space')
  return value
}

function refuse(what: string, found: string | number, expected: string): never {
  throw new AboxError(registryErrors.ABOX_REGISTRY_URL, `${what}: found ${JSON.stringify(found)}, expected ${expected}`)
}

/** Dubbo treats "none", empty and 0.0.0 as one and the same, but compares the texts. */
function given(text: string | undefined): string | undefined {
  return text === undefined || text === '' || text === '0.0.0' ? undefined : text
}

/** A provider entry as a consumer needs it. */
export interface ProviderUrl {
  /** `dubbo`, `tri`, … */
  readonly protocol: string
  readonly host: string
  readonly port: number
  /** What a call names as `path`; most often the interface. */
  readonly path: string
  /** Full name of the Java interface. */
  readonly service: string
  readonly version: string | undefined
  readonly group: string | undefined
  readonly parameters: ReadonlyMap<string, string>
}

const DEFAULT_PORT = 20_880

/** Reads a provider URL, raw or as the encoded name of a registry node. Throws ABOX_REGISTRY_URL. */
export function parseProviderUrl(text: string): ProviderUrl {
  const { protocol, host, port = DEFAULT_PORT, path, parameters } = parseUrl(text)
  const service = parameters.get('interface') ?? path
  if (service === '') refuse('interface', text.slice(0, 200), 'the interface as path or as `interface=`')
  return {
    protocol,
    host,
    port,
    path: path === '' ? service : path,
    service,
    version: given(parameters.get('version')),
    group: given(parameters.get('group')),
    parameters
  }
}
