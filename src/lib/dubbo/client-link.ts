import { connect, type Socket } from 'node:net'
import { AboxError, describe } from '#core/errors'
import { dubboErrors } from './errors.ts'
import { eventKind, heartbeatReply, heartbeatRequest } from './events.ts'
import { FLAG_EVENT, FLAG_REQUEST, ID_OFFSET } from './frame.ts'
import { Outbox } from './outbox.ts'
import { type DubboResult, decodeReply } from './reply.ts'
import { type FrameFault, type FrameSink, FrameSplitter } from './splitter.ts'

interface Pending {
  readonly what: string
  readonly timer: NodeJS.Timeout
  readonly resolve: (result: DubboResult) => void
  readonly reject: (error: AboxError) => void
}

/** Java's rule: a connection without a byte for three heartbeats is dead. */
const DEAD_AFTER_HEARTBEATS = 3

/** One connection of a client: many calls in flight, told apart by id. When it dies, all of them are rejected. */
export class ClientLink implements FrameSink {
  readonly #address: string
  readonly #socket: Socket
  readonly #outbox: Outbox
  readonly #splitter: FrameSplitter
  readonly #pending = new Map<number, Pending>()
  readonly #ticker: NodeJS.Timeout
  readonly #heartbeatMs: number
  #nextId = 0
  #readAt = performance.now()
  #scheduled = false
  #readonly = false
  #closed = false
  #lastError = ''

  constructor(
    socket: Socket,
    address: string,
    options: { readonly payloadBytes: number; readonly heartbeatMs: number }
  ) {
    this.#socket = socket
    this.#address = address
    this.#outbox = new Outbox(socket)
    this.#splitter = new FrameSplitter(options.payloadBytes, this)
    this.#heartbeatMs = options.heartbeatMs
    this.#ticker = setInterval(() => this.#tick(), Math.max(10, options.heartbeatMs / 4))
    this.#ticker.unref()
    socket.on('data', (chunk: Buffer) => {
      this.#readAt = performance.now()
      this.#splitter.push(chunk, this.#readAt)
    })
    socket.on('error', (error) => {
      this.#lastError = describe(error)
    })
    socket.on('close', () =>
      this.destroy(this.#lastError === '' ? 'the provider closed the connection' : this.#lastError)
    )
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Whether the provider asked to send calls elsewhere. */
  get readonly(): boolean {
    return this.#readonly
  }

  /** The id for the next `send`: 8 bytes, and the number they stand for. */
  nextId(): { readonly id: Buffer; readonly key: number } {
    const key = this.#nextId++
    const id = Buffer.alloc(8)
    id.writeUIntBE(key, 2, 6)
    return { id, key }
  }

  /** Sends a frame that nobody answers. */
  post(frame: Buffer): void {
    this.#outbox.push(frame)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#outbox.flush()
    })
  }

  /** Sends a frame and waits for the answer with its id. Rejects with ABOX_DUBBO_TIMEOUT, _CLOSED, _STATUS, _REPLY. */
  send(frame: Buffer, key: number, what: string, timeoutMs: number): Promise<DubboResult> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(key)
        const detail = `${what} at ${this.#address}: no answer within ${timeoutMs} ms`
        reject(new AboxError(dubboErrors.ABOX_DUBBO_TIMEOUT, detail))
      }, timeoutMs)
      this.#pending.set(key, { what: `${what} at ${this.#address}`, timer, resolve, reject })
      this.post(frame)
    })
  }

  onFrame(frame: Buffer): void {
    const flags = frame[2] as number
    if ((flags & FLAG_REQUEST) !== 0) this.#onRequest(frame, flags)
    else if ((flags & FLAG_EVENT) === 0) this.#onReply(frame)
  }

  onBroken(fault: FrameFault): void {
    this.destroy(`the provider sent bytes that are no Dubbo frame (${fault})`)
  }

  destroy(why: string): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#ticker)
    this.#splitter.stop()
    this.#outbox.clear()
    this.#socket.destroy()
    for (const { what, timer, reject } of this.#pending.values()) {
      clearTimeout(timer)
      reject(new AboxError(dubboErrors.ABOX_DUBBO_CLOSED, `${what}: ${why}`))
    }
    this.#pending.clear()
  }

  #onRequest(frame: Buffer, flags: number): void {
    if ((flags & FLAG_EVENT) === 0) return
    const kind = eventKind(frame)
    if (kind === 'heartbeat') this.post(heartbeatReply(frame))
    else if (kind === 'readonly') this.#readonly = true
  }

  #onReply(frame: Buffer): void {
    // Two bytes of our ids are always zero; an answer with another id is late or not for us.
    const key = frame.readUInt16BE(ID_OFFSET) === 0 ? frame.readUIntBE(ID_OFFSET + 2, 6) : -1
    const pending = this.#pending.get(key)
    if (pending === undefined) return
    this.#pending.delete(key)
    clearTimeout(pending.timer)
    try {
      pending.resolve(decodeReply(frame, pending.what))
    } catch (thrown) {
      pending.reject(AboxError.from(thrown))
    }
  }

  #tick(): void {
    const idleMs = performance.now() - this.#readAt
    if (idleMs > DEAD_AFTER_HEARTBEATS * this.#heartbeatMs) this.destroy('the provider does not answer heartbeats')
    else if (idleMs > this.#heartbeatMs) this.post(heartbeatRequest(this.nextId().id))
  }
}

/** Opens a TCP connection. Rejects with ABOX_DUBBO_CONNECT. */
export function openSocket(host: string, port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    const failed = (why: string): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(new AboxError(dubboErrors.ABOX_DUBBO_CONNECT, `${host}:${port}: ${why}`))
    }
    const timer = setTimeout(() => failed(`no connection within ${timeoutMs} ms`), timeoutMs)
    const onError = (error: Error): void => failed(describe(error))
    socket.once('error', onError)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', onError)
      resolve(socket)
    })
  })
}
