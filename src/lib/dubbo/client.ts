import { AboxError } from '#core/errors'
import { callFrame, type DubboCall } from './call-frame.ts'
import { ClientLink, openSocket } from './client-link.ts'
import { dubboErrors } from './errors.ts'
import type { DubboResult } from './reply.ts'

export interface DubboClientOptions {
  readonly host: string
  readonly port: number
  /** For each call, and for connecting; 3000. */
  readonly timeoutMs?: number
  /** Longest body of an answer; 64 MiB. */
  readonly payloadBytes?: number
  /** Without a byte from the provider for this long it is sent a heartbeat; 60 s. After three times this it is dead. */
  readonly heartbeatMs?: number
}

export interface DubboClient {
  /**
   * Makes a call; the first one connects, as does the first one after the connection died. Rejects with
   * ABOX_DUBBO_CONNECT, ABOX_DUBBO_TIMEOUT, ABOX_DUBBO_CLOSED, ABOX_DUBBO_STATUS or ABOX_DUBBO_REPLY.
   */
  call(call: DubboCall): Promise<DubboResult>
  /** Whether the provider asked to send calls elsewhere (it still answers). */
  isReadonly(): boolean
  /** Rejects what is in flight and closes. */
  close(): Promise<void>
}

const NOTHING: DubboResult = { value: null, exception: undefined, attachments: new Map() }

/** A Dubbo consumer for tools and tests: one connection, any number of calls in flight, no registry, no retries. */
export function createDubboClient(options: DubboClientOptions): DubboClient {
  const { host, port, timeoutMs = 3000, payloadBytes = 64 * 1024 * 1024, heartbeatMs = 60_000 } = options
  let link: Promise<ClientLink> | undefined
  let open: ClientLink | undefined
  let closed = false

  async function call(request: DubboCall): Promise<DubboResult> {
    const current = await connected()
    const limitMs = request.timeoutMs ?? timeoutMs
    const { id, key } = current.nextId()
    const frame = callFrame(id, request, limitMs)
    if (request.oneWay !== true) return current.send(frame, key, `${request.service}.${request.method}`, limitMs)
    current.post(frame)
    return NOTHING
  }

  const closedError = (): AboxError =>
    new AboxError(dubboErrors.ABOX_DUBBO_CLOSED, `${host}:${port}: the client was closed`)

  async function connected(): Promise<ClientLink> {
    if (closed) throw closedError()
    if (open?.closed === true) {
      link = undefined
      open = undefined
    }
    link ??= connectNow()
    const current = await link
    if (!closed) return current
    current.destroy('the client was closed')
    throw closedError()
  }

  async function connectNow(): Promise<ClientLink> {
    try {
      const socket = await openSocket(host, port, timeoutMs)
      open = new ClientLink(socket, `${host}:${port}`, { payloadBytes, heartbeatMs })
      return open
    } catch (error) {
      link = undefined
      throw error
    }
  }

  return {
    call,
    isReadonly: () => open?.readonly === true,
    async close() {
      closed = true
      await link?.catch(() => {})
      open?.destroy('the client was closed')
    }
  }
}
