import type { DubboRequest } from './request.ts'
import type { FrameFault } from './splitter.ts'

/**
 * What happened and is worth counting. Connections ended: `bad_magic`, `bad_length`, `too_large`, `header_timeout`,
 * `frame_timeout`, `idle_timeout`, `slow_consumer`, `socket_error`. Connections not begun: `connection_refused`,
 * `accept_error`. Requests refused: `bad_serialization`, `overflow`, `handler_failed`. Harmless: the others.
 */
export type DubboServerEvent =
  | FrameFault
  | 'header_timeout'
  | 'frame_timeout'
  | 'idle_timeout'
  | 'slow_consumer'
  | 'socket_error'
  | 'connection_refused'
  | 'accept_error'
  | 'bad_serialization'
  | 'overflow'
  | 'handler_failed'
  | 'paused'
  | 'reply_lost'
  | 'heartbeat'
  | 'event_ignored'
  | 'unexpected_response'
  | 'junk_skipped'

/** Limits of a server with every default filled; explained at `DubboServerOptions`. */
export interface ServerLimits {
  readonly payloadBytes: number
  /** Bytes between two frames that may belong to none. */
  readonly skipBytes: number
  readonly maxInFlightPerConnection: number
  readonly maxHeldBytes: number
  /** Bytes of all frames that have not arrived whole, together. */
  readonly maxPartialBytes: number
  readonly pauseBytes: number
  readonly outboxBytes: number
  /** Answers that no peer has taken yet, together. */
  readonly maxUnsentBytes: number
  readonly headerTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly heartbeatMs: number
  readonly lingerMs: number
}

/** A connection, as far as the server deals with all of them together. */
export interface Member {
  readonly inFlight: number
  /** Bytes kept of a frame that has not arrived whole. */
  readonly partialBytes: number
  /** Bytes of answers that the peer has not taken, as last measured. */
  readonly unsentBytes: number
  /** Measures them again: nothing says when the kernel takes a part of what it was given. */
  measureUnsent(): void
  /** Ends the connection, because its peer takes too little. */
  giveUpSlow(): void
  /** Refuses that frame and ends the connection. */
  giveUpPartial(): void
  flush(): void
  tick(now: number): void
  sendReadonly(): void
  /** Lets calls in flight be answered for at most `settleMs`, then flushes and closes. */
  end(settleMs: number): void
  destroy(): void
}

/** What the connections of one server share: limits, counters, and the write at the end of a turn. */
export class Hub {
  readonly limits: ServerLimits
  readonly members = new Set<Member>()
  /** Requests handed to the application and not ended, of connections that still exist: what is worth waiting for. */
  inFlight = 0
  /** Bytes of all requests that were not ended. Those of connections that are gone are in memory as well. */
  heldBytes = 0
  readonly #onRequest: (request: DubboRequest) => void
  readonly #onEvent: (event: DubboServerEvent) => void
  #partialBytes = 0
  #unsentBytes = 0
  #dirty: Member[] = []
  #nextId = 0

  constructor(
    limits: ServerLimits,
    onRequest: (request: DubboRequest) => void,
    onEvent: (event: DubboServerEvent) => void
  ) {
    this.limits = limits
    this.#onRequest = onRequest
    this.#onEvent = onEvent
  }

  handle(request: DubboRequest): void {
    this.#onRequest(request)
  }

  count(event: DubboServerEvent): void {
    this.#onEvent(event)
  }

  /**
   * Notes by how much a half frame grew or shrank. Beyond the limit the largest ones are given up, so that peers which
   * announce much and send slowly lose their connection before anybody else's short frame does.
   */
  partialChanged(bytes: number): void {
    this.#partialBytes += bytes
    if (bytes <= 0) return
    while (this.#partialBytes > this.limits.maxPartialBytes) {
      let largest: Member | undefined
      for (const member of this.members) if (member.partialBytes > (largest?.partialBytes ?? 0)) largest = member
      if (largest === undefined) return
      largest.giveUpPartial()
    }
  }

  /** Answers that no peer has taken yet, as last measured. */
  get unsentBytes(): number {
    return this.#unsentBytes
  }

  /**
   * Notes by how much the answers that a peer has not taken grew or shrank. Beyond the limit the connections with most of
   * them are ended: memory would otherwise run short, and callers who read their answers would be refused.
   */
  unsentChanged(bytes: number): void {
    this.#unsentBytes += bytes
    if (bytes <= 0 || this.#unsentBytes <= this.limits.maxUnsentBytes) return
    for (const member of this.members) member.measureUnsent()
    while (this.#unsentBytes > this.limits.maxUnsentBytes) {
      let largest: Member | undefined
      for (const member of this.members) if (member.unsentBytes > (largest?.unsentBytes ?? 0)) largest = member
      if (largest === undefined) return
      largest.giveUpSlow()
    }
  }

  /** Has `flush` called on a member at the end of this turn of the event loop, together with all others. */
  schedule(member: Member): void {
    if (this.#dirty.length === 0) setImmediate(() => this.#flushAll())
    this.#dirty.push(member)
  }

  /** Id for a frame of our own. Consumers do not look at it, except to give it back with a heartbeat. */
  nextId(): Buffer {
    const id = Buffer.alloc(8)
    id.writeUIntBE(this.#nextId++, 2, 6)
    return id
  }

  #flushAll(): void {
    const dirty = this.#dirty
    this.#dirty = []
    for (const member of dirty) member.flush()
  }
}
