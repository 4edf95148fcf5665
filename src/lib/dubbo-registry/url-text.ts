import { AboxError } from '#core/errors'
import { registryErrors } from './errors.ts'

/** A Dubbo URL in its parts; all texts decoded. */
export interface UrlParts {
  readonly protocol: string
  readonly host: string
  readonly port: number | undefined
  /** Without the leading slash. */
  readonly path: string
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * url    := protocol "://" [ user [ ":" password ] "@" ] host [ ":" port ] [ "/" path ] [ "?" query ]
 * host   := name | ipv4 | "[" ipv6 "]"
 * query  := pair { "&" pair }
 * pair   := key [ "=" value ]          values stand raw: a registry encodes the whole URL once more
 */
const URL_FORM =
  /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(?:[^/?#@]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?(?:\/([^?#]*))?(?:\?(.*))?$/s

/** Reads a raw URL, or one encoded as the name of a registry node. Throws ABOX_REGISTRY_URL. */
export function parseUrl(text: string): UrlParts {
  const raw = text.includes('://') ? text : decode(text)
  const match = URL_FORM.exec(raw)
  const port = match?.[3] === undefined ? undefined : Number(match[3])
  if (match === null || port === 0 || (port ?? 0) > 65_535) {
    throw new AboxError(
      registryErrors.ABOX_REGISTRY_URL,
      `found "${raw.slice(0, 200)}", expected protocol://host:port/path`
    )
  }
  const [, protocol = '', host = '', , path = '', query = ''] = match
  const parameters = new Map<string, string>()
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=')
    // A key alone stands for itself in Dubbo.
    if (pair !== '')
      parameters.set(equals < 0 ? pair : pair.slice(0, equals), equals < 0 ? pair : pair.slice(equals + 1))
  }
  return { protocol, host, port, path, parameters }
}

/** Undoes Java's URLEncoder, which writes a space as `+`. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (error) {
    throw new AboxError(
      registryErrors.ABOX_REGISTRY_URL,
      `found "${text.slice(0, 200)}", which is not URL-encoded text`,
      {
        cause: error
      }
    )
  }
}

/** The name of the registry node of a URL: encoded once, as a whole. */
export const nodeName = (url: string): string => encodeURIComponent(url)

/** `h:p,h:p` of `zookeeper://h:p?backup=h:p,h:p` or of plain `h:p,h:p`. Throws ABOX_REGISTRY_ADDRESS. */
export function zookeeperAddress(text: string): string {
  if (!text.includes('://')) return text
  const [scheme = '', rest = ''] = text.split('://', 2)
  if (scheme !== 'zookeeper' || rest === '') {
    throw new AboxError(registryErrors.ABOX_REGISTRY_ADDRESS, `found "${text}", expected zookeeper://host:port`)
  }
  // Dubbo allows a list in place of the one host, which is no URL.
  const [, hosts = '', query = ''] = /^(?:[^@/?]*@)?([^/?]*)\/?[^?]*(?:\?(.*))?$/s.exec(rest) ?? []
  const backup = new URLSearchParams(query).get('backup')
  return backup === null || backup === '' ? hosts : `${hosts},${backup}`
}
