import type { Socket } from 'node:net'
import { AboxError } from '#core/errors'
import { dubboErrors } from './errors.ts'
import { eventKind, heartbeatReply, heartbeatRequest, MAX_EVENT_BYTES, readonlyEvent } from './events.ts'
import { exceptionResult, type StackFrame } from './exception.ts'
import {
  FLAG_EVENT,
  FLAG_REQUEST,
  FLAG_TWO_WAY,
  HEADER_BYTES,
  HESSIAN2,
  LENGTH_OFFSET,
  requestIdOf,
  SERIALIZATION_MASK
} from './frame.ts'
import type { Hub, Member } from './hub.ts'
import { Outbox } from './outbox.ts'
import { type DubboConnection, IncomingRequest } from './request.ts'
import { statusResult } from './result.ts'
import { serializationName } from './serialization.ts'
import { type FrameFault, type FrameSink, FrameSplitter } from './splitter.ts'
import { STATUS } from './status.ts'

/** How long the calls in flight of a connection that sent an impossible frame may still take. */
const SETTLE_MS = 10_000

/** What the person at a consumer that serializes otherwise has to change. */
const CURE = 'set serialization=hessian2 and prefer.serialization=hessian2 at the consumer'

/** What Java shows as the place of a refusal: no service is known yet. */
const SHED_AT: StackFrame = {
  declaringClass: 'dubbo.Connection',
  methodName: 'accept',
  fileName: 'overload',
  lineNumber: -1
}

/**
 * `open` reads and writes · `settling` reads no more, calls in flight are still answered · `ending` has sent its last
 * byte and waits for the peer to close · `gone` is over.
 */
type State = 'open' | 'settling' | 'ending' | 'gone'

/**
 * One consumer. It answers what needs no application (heartbeats, frames that cannot be served) and hands on the
 * rest. It never throws: whatever the peer does, at most this connection ends.
 */
export class Connection implements DubboConnection, FrameSink, Member {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly #socket: Socket
  readonly #hub: Hub
  readonly #splitter: FrameSplitter
  readonly #outbox: Outbox
  #state: State = 'open'
  /** Requests that want to know when nobody waits for them any more. */
  readonly #watching = new Set<IncomingRequest>()
  #inFlight = 0
  #partialBytes = 0
  #unsentBytes = 0
  /** Monotonic ms of the last bytes read, of the last time anything moved, of the last heartbeat sent. */
  #readAt: number
  #movedAt: number
  #heartbeatAt: number
  #paused = false
  /** When `settling` or `ending` is over at the latest. */
  #stateUntil = 0

  constructor(socket: Socket, hub: Hub) {
    this.#socket = socket
    this.#hub = hub
    this.remoteAddress = plainAddress(socket.remoteAddress)
    this.remotePort = socket.remotePort ?? 0
    this.#outbox = new Outbox(socket)
    this.#splitter = new FrameSplitter(hub.limits.payloadBytes, this, hub.limits.skipBytes)
    this.#readAt = this.#movedAt = this.#heartbeatAt = performance.now()
    hub.members.add(this)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('drain', () => this.#drained())
    socket.on('error', () => hub.count('socket_error'))
    socket.on('close', () => this.destroy())
  }

  get closed(): boolean {
    return this.#state === 'gone' || this.#state === 'ending'
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get partialBytes(): number {
    return this.#partialBytes
  }

  get unsentBytes(): number {
    return this.#unsentBytes
  }

  measureUnsent(): void {
    const grown = (this.#state === 'gone' ? 0 : this.#outbox.pendingBytes) - this.#unsentBytes
    if (grown === 0) return
    this.#unsentBytes += grown
    // Only what was measured now is told: the hub may ask all of them to measure.
    this.#hub.unsentChanged(grown)
  }

  giveUpSlow(): void {
    this.#hub.count('slow_consumer')
    this.destroy()
  }

  onFrame(frame: Buffer): void {
    const flags = frame[2] as number
    if ((flags & FLAG_REQUEST) === 0) {
      // Answers to our heartbeats come here; nothing else that we send is answered.
      if ((flags & FLAG_EVENT) === 0) this.#hub.count('unexpected_response')
    } else if ((flags & FLAG_EVENT) !== 0) this.#event(frame, flags)
    else this.#request(frame, flags)
  }

  onBroken(fault: FrameFault, header: Buffer): void {
    this.#hub.count(fault)
    if (fault === 'bad_magic') {
      this.destroy()
      return
    }
    const found = header.readInt32BE(LENGTH_OFFSET)
    const text = `found a body of ${found} bytes, expected 0 to ${this.#hub.limits.payloadBytes}`
    this.#refuse(header, STATUS.BAD_REQUEST, new AboxError(dubboErrors.ABOX_DUBBO_TOO_LARGE, text))
    this.end(SETTLE_MS)
  }

  /** A line of telnet: nothing is answered, and the next frame is served as if it were not there. */
  onSkip(): void {
    this.#hub.count('junk_skipped')
  }

  /** Takes the answer of a request, or `undefined` when there is none, and frees its place. */
  settle(frame: Buffer | undefined, heldBytes: number): void {
    this.#hub.heldBytes -= heldBytes
    if (this.#state === 'gone') {
      if (frame !== undefined) this.#hub.count('reply_lost')
      return
    }
    this.#countCalls(-1)
    if (frame !== undefined) this.#send(frame)
    if (this.#state === 'settling' && this.#inFlight === 0) this.#finish()
  }

  watch(request: IncomingRequest): void {
    this.#watching.add(request)
  }

  forget(request: IncomingRequest): void {
    this.#watching.delete(request)
  }

  /** Writes what was collected in this turn; stops reading from a peer that does not read its answers. */
  flush(): void {
    for (let lost = this.#outbox.flush(); lost > 0; lost--) this.#hub.count('reply_lost')
    this.measureUnsent()
    if (this.#paused || this.#state !== 'open') return
    if (this.#socket.writableLength <= this.#hub.limits.pauseBytes) return
    this.#paused = true
    this.#hub.count('paused')
    this.#socket.pause()
  }

  giveUpPartial(): void {
    this.#hub.count('overflow')
    const header = this.#splitter.partialHeader
    if (header !== undefined) this.#shed(header)
    this.end(SETTLE_MS)
  }

  sendReadonly(): void {
    if (this.#state === 'open') this.#send(readonlyEvent(this.#hub.nextId()))
  }

  tick(now: number): void {
    if (this.#state !== 'open') {
      if (now < this.#stateUntil) return
      if (this.#state === 'settling') this.#finish()
      else this.destroy()
      return
    }
    const { headerTimeoutMs, idleTimeoutMs, heartbeatMs } = this.#hub.limits
    const partialMs = now - (this.#splitter.partialSince ?? now)
    if (partialMs > headerTimeoutMs && this.#splitter.partialHeader === undefined) this.#expire('header_timeout')
    else if (partialMs > idleTimeoutMs) this.#expire('frame_timeout')
    else if (this.#inFlight === 0 && now - this.#movedAt > idleTimeoutMs) this.#expire('idle_timeout')
    else if (now - Math.max(this.#readAt, this.#heartbeatAt) > heartbeatMs && !this.#paused) {
      this.#heartbeatAt = now
      this.#send(heartbeatRequest(this.#hub.nextId()))
    }
  }

  end(settleMs: number): void {
    if (this.#state === 'settling' && settleMs <= 0) this.#finish()
    if (this.#state !== 'open') return
    this.#state = 'settling'
    this.#stateUntil = performance.now() + settleMs
    this.#splitter.stop()
    this.#measurePartial()
    // What the peer still sends waits in the kernel until nothing is in flight.
    this.#socket.pause()
    if (this.#inFlight === 0 || settleMs <= 0) this.#finish()
  }

  destroy(): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    this.#splitter.stop()
    this.#measurePartial()
    // Nobody waits for the calls any more, but their bytes are held until each of them is ended.
    this.#countCalls(-this.#inFlight)
    this.#outbox.clear()
    this.#hub.members.delete(this)
    this.#socket.destroy()
    this.measureUnsent()
    const watching = [...this.#watching]
    this.#watching.clear()
    for (const request of watching) request.abort()
  }

  #read(chunk: Buffer): void {
    if (this.#state !== 'open') return
    this.#readAt = this.#movedAt = performance.now()
    this.#splitter.push(chunk, this.#readAt)
    this.#measurePartial()
  }

  #request(frame: Buffer, flags: number): void {
    const { limits, heldBytes } = this.#hub
    const serialization = flags & SERIALIZATION_MASK
    if (serialization !== HESSIAN2) {
      this.#hub.count('bad_serialization')
      const found = `found serialization id ${serialization} (${serializationName(serialization)})`
      const text = `${found}, expected ${HESSIAN2} (hessian2): ${CURE}`
      this.#refuse(frame, STATUS.BAD_REQUEST, new AboxError(dubboErrors.ABOX_DUBBO_SERIALIZATION, text))
      return
    }
    if (this.#inFlight >= limits.maxInFlightPerConnection || heldBytes + frame.length > limits.maxHeldBytes) {
      this.#hub.count('overflow')
      this.#shed(frame)
      return
    }
    this.#countCalls(1)
    this.#hub.heldBytes += frame.length
    const request = new IncomingRequest(this, frame, this.#readAt)
    try {
      this.#hub.handle(request)
    } catch (thrown) {
      this.#hub.count('handler_failed')
      request.reply(statusResult(request.requestId, STATUS.SERVER_ERROR, AboxError.from(thrown).message))
    }
  }

  #event(frame: Buffer, flags: number): void {
    const kind = eventKind(frame)
    this.#hub.count(kind === 'heartbeat' ? 'heartbeat' : 'event_ignored')
    if (kind === 'heartbeat') {
      if ((flags & FLAG_TWO_WAY) !== 0) this.#send(heartbeatReply(frame))
    } else if (kind === 'malformed') {
      const text = `event: found a body of ${frame.length - HEADER_BYTES} bytes, expected 1 to ${MAX_EVENT_BYTES}`
      this.#refuse(frame, STATUS.BAD_REQUEST, new AboxError(dubboErrors.ABOX_DUBBO_BODY, text))
    }
  }

  /** Answers a frame that is not served, if anybody awaits an answer. */
  #refuse(frame: Buffer, status: number, error: AboxError): void {
    const flags = (frame[2] as number) & (FLAG_REQUEST | FLAG_TWO_WAY)
    if (flags === (FLAG_REQUEST | FLAG_TWO_WAY)) this.#send(statusResult(requestIdOf(frame), status, error.message))
  }

  /**
   * Answers a request for which there is no room. As an exception in status 20, because consumers send every other status
   * twice more (measured with 2.6 to 3.3), which would triple the load that is too much already.
   */
  #shed(frame: Buffer): void {
    const flags = (frame[2] as number) & (FLAG_REQUEST | FLAG_TWO_WAY)
    if (flags !== (FLAG_REQUEST | FLAG_TWO_WAY)) return
    const content = { className: 'java.lang.RuntimeException', message: this.#overloaded().message, frame: SHED_AT }
    this.#send(exceptionResult(requestIdOf(frame), content))
  }

  #overloaded(): AboxError {
    const { limits, heldBytes } = this.#hub
    const found = `found ${this.#inFlight} calls in flight on this connection and ${heldBytes} bytes of requests held by all`
    const expected = `expected below ${limits.maxInFlightPerConnection} calls and ${limits.maxHeldBytes} bytes`
    return new AboxError(dubboErrors.ABOX_DUBBO_OVERLOADED, `${found}, ${expected}`)
  }

  #send(frame: Buffer): void {
    if (this.closed) this.#hub.count('reply_lost')
    else if (this.#outbox.pendingBytes > this.#hub.limits.outboxBytes) this.giveUpSlow()
    else {
      if (this.#outbox.isEmpty) this.#hub.schedule(this)
      this.#outbox.push(frame)
      this.measureUnsent()
    }
  }

  /**
   * Sends what is there and closes. Until the peer closes too, what it sends is read and thrown away: closing with
   * unread bytes makes the kernel reset the connection, and the last answers would be lost with it.
   */
  #finish(): void {
    this.flush()
    this.#state = 'ending'
    this.#stateUntil = performance.now() + this.#hub.limits.lingerMs
    this.#socket.end()
    this.#socket.resume()
  }

  #expire(event: 'header_timeout' | 'frame_timeout' | 'idle_timeout'): void {
    this.#hub.count(event)
    this.destroy()
  }

  #drained(): void {
    this.measureUnsent()
    this.#movedAt = performance.now()
    if (!this.#paused || this.#state !== 'open') return
    this.#paused = false
    this.#socket.resume()
  }

  #measurePartial(): void {
    const grown = this.#splitter.bufferedBytes - this.#partialBytes
    if (grown === 0) return
    this.#partialBytes += grown
    this.#hub.partialChanged(grown)
  }

  #countCalls(calls: number): void {
    this.#inFlight += calls
    this.#hub.inFlight += calls
  }
}

function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') ? address.slice(7) : address
}
