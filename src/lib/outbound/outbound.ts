import { lookup as resolve } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector, type Dispatcher } from 'undici'
import { AboxError, describe } from '#core/errors'
import { createAddressRules } from './address-rules.ts'
import { outboundErrors } from './errors.ts'

export interface OutboundOptions {
  /** As `https:`. */
  readonly schemes: readonly ('http:' | 'https:')[]
  /** `any`: every one. */
  readonly ports: readonly number[] | 'any'
  /** Private or local ranges that are open, as `10.1.0.0/16`. */
  readonly allow: readonly string[]
  /** Name look-up; the system's unless told. */
  readonly lookup?: LookupFunction
}

export interface OutboundRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** For everything together, ms. */
  readonly timeoutMs: number
  /** Bytes of the answer's body that are read at most. */
  readonly maxBytes: number
}

export interface OutboundReply {
  readonly status: number
  readonly body: Buffer
}

/**
 * Requests to addresses that users have written. The address that was checked is the one that is connected to, whatever
 * the name leads to a moment later; redirects are answers like others; no connection is kept.
 */
export interface Outbound {
  /** Why this URL may not be called, as far as it can be told without looking up its name; undefined: it may. */
  refusalOf(url: string): string | undefined
  /** Rejects with ABOX_OUTBOUND_REFUSED or ABOX_OUTBOUND_FAILED. */
  send(request: OutboundRequest): Promise<OutboundReply>
  /** Makes a connection to the URL's origin, with TLS where it is https, and ends it. Rejects as `send`. */
  connect(url: string, timeoutMs: number): Promise<void>
  close(): Promise<void>
}

/** Throws RangeError at a range that is none. */
export function createOutbound(options: OutboundOptions): Outbound {
  const rules = createAddressRules(options.allow)
  const lookup = checkedLookup(options.lookup ?? (resolve as LookupFunction), rules.refusalOf)
  const connector = buildConnector({ lookup, timeout: 10_000 })
  const agent = new Agent({ connect: connector, pipelining: 0 })

  const refusalOf = (text: string): string | undefined => {
    const url = URL.parse(text)
    if (url === null) return `found "${text.slice(0, 100)}", expected a URL`
    const scheme = options.schemes.find((one) => one === url.protocol)
    if (scheme === undefined) return `found "${url.protocol}", expected ${options.schemes.join(' or ')}`
    if (url.username !== '' || url.password !== '') return 'found a user name in the URL, expected none'
    const port = url.port === '' ? (scheme === 'https:' ? 443 : 80) : Number(url.port)
    if (options.ports !== 'any' && !options.ports.includes(port))
      return `found port ${port}, expected one of ${options.ports.join(', ')}`
    const host = url.hostname.replace(/^\[|\]$/g, '')
    return isIP(host) === 0 ? undefined : rules.refusalOf(host)
  }

  const checked = async <T>(text: string, work: () => Promise<T>): Promise<T> => {
    const refusal = refusalOf(text)
    if (refusal !== undefined) throw new AboxError(outboundErrors.ABOX_OUTBOUND_REFUSED, refusal)
    try {
      return await work()
    } catch (error) {
      if (error instanceof AboxError) throw error
      // The look-up's own refusal comes wrapped in what the client makes of it.
      const cause = error instanceof Error && error.cause instanceof AboxError ? error.cause : undefined
      const origin = new URL(text).origin
      throw (
        cause ?? new AboxError(outboundErrors.ABOX_OUTBOUND_FAILED, `${origin}: ${describe(error)}`, { cause: error })
      )
    }
  }

  return {
    refusalOf,
    send: (request) => checked(request.url, () => exchange(agent, request)),
    connect: (url, timeoutMs) => checked(url, () => reach(connector, new URL(url), timeoutMs)),
    close: () => agent.destroy()
  }
}

/** Rejects with what the connector says, or when the time is over. */
function reach(connect: buildConnector.connector, url: URL, timeoutMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs)
  const { protocol, host } = url
  const port = url.port === '' ? (protocol === 'https:' ? '443' : '80') : url.port
  connect({ hostname: url.hostname.replace(/^\[|\]$/g, ''), host, protocol, port }, (error, socket) => {
    clearTimeout(timer)
    // Also the one that comes too late.
    socket?.destroy()
    if (error === null) resolve()
    else reject(error)
  })
  return promise
}

async function exchange(agent: Dispatcher, request: OutboundRequest): Promise<OutboundReply> {
  const { url, method, headers, body, timeoutMs, maxBytes } = request
  const { origin, pathname, search } = new URL(url)
  const signal = AbortSignal.timeout(timeoutMs)
  const reply = await agent.request({
    origin,
    path: pathname + search,
    method,
    headers: { ...headers, connection: 'close' },
    signal,
    ...(body !== undefined && { body })
  })
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of reply.body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) {
      throw new AboxError(
        outboundErrors.ABOX_OUTBOUND_FAILED,
        `${origin}: found more than ${maxBytes} bytes in the answer`
      )
    }
    chunks.push(chunk)
  }
  return { status: reply.statusCode, body: Buffer.concat(chunks) }
}

/** Gives only what the rules let through; a name with one address that is refused is refused: it may be chosen later. */
function checkedLookup(lookup: LookupFunction, refusalOf: (address: string) => string | undefined): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '', 0)
      const addresses = Array.isArray(found) ? found : []
      const [first] = addresses
      for (const { address } of addresses) {
        const refusal = refusalOf(address)
        if (refusal === undefined) continue
        return callback(new AboxError(outboundErrors.ABOX_OUTBOUND_REFUSED, `${hostname}: ${refusal}`), '', 0)
      }
      if (first === undefined)
        return callback(Object.assign(new Error(`${hostname}: no address`), { code: 'ENOTFOUND' }), '', 0)
      if (options.all === true) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}
