import type { ServerResponse } from 'node:http'
import { describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { Places } from '../bounds/places.ts'
import type { Changes } from '../changes.ts'
import { managerErrors } from '../errors.ts'
import type { Principal } from '../identity/principal.ts'
import type { Store } from '../store/open-store.ts'
import { lastAudit, readAudit, summariseAudit } from '../store/read-audit.ts'
import { EventStream } from './event-stream.ts'

/** How often it is looked for what other replicas have written, ms. */
const LOOK_MS = 500
/** Keeps proxies from closing a quiet stream; then it is also asked whether its reader still may read. */
const HEARTBEAT_MS = 15_000
const BATCH = 100

/** Streams of the audit. */
export interface EventStreams extends Closeable {
  /** How many there are. */
  readonly count: () => number
  /**
   * Begins one and comes back when it has ended. Rejects before anything is written: ABOX_STREAMS_LIMITED where its reader
   * has as many as he may, ABOX_MANAGER_BUSY where all have.
   */
  serve(stream: EventRequest): Promise<void>
}

export interface EventRequest {
  /** Of the last event that the reader has; undefined: only what comes from now on. */
  readonly after: number | undefined
  readonly principal: Principal
  /** Asks anew who reads. Rejects when he may not any more. */
  readonly again: () => Promise<Principal>
  readonly response: ServerResponse
  /** Sent with the answer's head. */
  readonly headers: Readonly<Record<string, number | string | string[] | undefined>>
}

export interface EventStreamsOptions {
  readonly store: Store
  readonly changes: Changes
  readonly log: Logger
  /** Of all, and of one user. */
  readonly most?: number
  readonly mostOfOne?: number
  readonly heartbeatMs?: number
}

export function createEventStreams(options: EventStreamsOptions): EventStreams {
  return new AuditStreams(options)
}

class AuditStreams implements EventStreams {
  readonly #store: Store
  readonly #log: Logger
  readonly #heartbeatMs: number
  readonly #places: Places
  readonly #streams = new Set<AuditStream>()
  readonly #unlisten: () => void
  readonly count: () => number
  #timer: NodeJS.Timeout | undefined
  #seen = 0
  #looking = false

  constructor(options: EventStreamsOptions) {
    const { store, changes, log, most = 200, mostOfOne = 10, heartbeatMs = HEARTBEAT_MS } = options
    this.#store = store
    this.#log = log
    this.#heartbeatMs = heartbeatMs
    this.#places = new Places({ what: 'streams', most, mostOfOne, limited: managerErrors.ABOX_STREAMS_LIMITED })
    this.count = this.#places.count
    this.#unlisten = changes.listen(() => void this.#look())
  }

  serve(request: EventRequest): Promise<void> {
    // Counted before the first wait, so that many at once do not all pass.
    return this.#places.hold(request.principal.actor.name, () => this.#serve(request))
  }

  async #serve(request: EventRequest): Promise<void> {
    const stream = new AuditStream(request, this.#store, this.#log, this.#heartbeatMs)
    this.#streams.add(stream)
    this.#timer ??= setInterval(() => void this.#look(), LOOK_MS)
    try {
      await stream.serve()
    } finally {
      this.#streams.delete(stream)
      if (this.#streams.size === 0) {
        clearInterval(this.#timer)
        this.#timer = undefined
      }
    }
  }

  close(): void {
    this.#unlisten()
    clearInterval(this.#timer)
    for (const stream of this.#streams) stream.end()
  }

  /** One question to the database for all streams. */
  async #look(): Promise<void> {
    if (this.#streams.size === 0 || this.#looking) return
    this.#looking = true
    try {
      const last = await this.#store.read(lastAudit)
      if (last === this.#seen) return
      this.#seen = last
      for (const stream of this.#streams) stream.wake()
    } catch (error) {
      this.#log.warn({ error: describe(error) }, 'events: the audit cannot be read')
    } finally {
      this.#looking = false
    }
  }
}

class AuditStream {
  readonly #stream: EventStream
  readonly #request: EventRequest
  readonly #store: Store
  readonly #log: Logger
  readonly #heartbeatMs: number
  #after = 0
  /** It has its head; before that nothing is sent. */
  #hasBegun = false
  #isSending = false
  #isWoken = false

  constructor(request: EventRequest, store: Store, log: Logger, heartbeatMs: number) {
    this.#stream = new EventStream(request.response, heartbeatMs)
    this.#request = request
    this.#store = store
    this.#log = log
    this.#heartbeatMs = heartbeatMs
  }

  /** Begins it and comes back when it is over. Rejects as reading the store, before anything is written. */
  async serve(): Promise<void> {
    const { after, headers } = this.#request
    const stream = this.#stream
    const last = await this.#store.read(lastAudit)
    // An id that is not there yet is of a database that was restored since: its reader goes on at the end of this one.
    this.#after = Math.min(after ?? last, last)
    if (stream.isOver) return
    stream.begin(headers)
    stream.write(`: from ${this.#after}\n\n`)
    this.#hasBegun = true
    this.wake()
    const heartbeat = setInterval(() => void this.#beat(), this.#heartbeatMs)
    await stream.ended
    clearInterval(heartbeat)
  }

  end(): void {
    this.#stream.end()
  }

  /** There may be something new. */
  wake(): void {
    this.#isWoken = true
    if (this.#hasBegun && !this.#isSending) void this.#send()
  }

  async #send(): Promise<void> {
    this.#isSending = true
    try {
      while (this.#isWoken && !this.#stream.isOver) {
        this.#isWoken = false
        await this.#sendBatch()
      }
    } catch (error) {
      // The reader comes again and goes on behind the last event that it has.
      const user = this.#request.principal.actor.name
      this.#log.debug({ user, error: describe(error) }, 'events: stream ended')
      this.end()
    } finally {
      this.#isSending = false
    }
  }

  async #sendBatch(): Promise<void> {
    const stream = this.#stream
    // A token may have been revoked, a role taken away since the last time.
    const principal = await this.#request.again()
    if (stream.isOver) return
    const query = { principal, after: this.#after, limit: BATCH }
    const { last, rows } = await this.#store.read(async (db) => ({
      last: await lastAudit(db),
      rows: await readAudit(db, query)
    }))
    for (const row of rows) {
      if (stream.isOver) return
      this.#after = row.seq
      stream.write(`id: ${row.seq}\nevent: change\ndata: ${JSON.stringify(summariseAudit(row))}\n\n`)
      await stream.drained()
    }
    if (rows.length === BATCH) this.#isWoken = true
    // What is not for this reader is not looked through again at each change.
    else this.#after = Math.max(this.#after, last)
  }

  async #beat(): Promise<void> {
    const stream = this.#stream
    // A reader that has taken nothing for so long does not come back to it.
    if (stream.isBlocked) return stream.cut()
    try {
      await this.#request.again()
      stream.write(': still here\n\n')
    } catch {
      this.end()
    }
  }
}
