import type { ServerResponse } from 'node:http'
import { AboxError, describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import type { Changes } from '../changes.ts'
import { managerErrors } from '../errors.ts'
import type { Principal } from '../identity/principal.ts'
import type { Store } from '../store/open-store.ts'
import { lastAudit, readAudit, summariseAudit } from '../store/read-audit.ts'
import { endStream } from './end-stream.ts'

/** How often it is looked for what other replicas have written, ms. */
const LOOK_MS = 500
/** Keeps proxies from closing a quiet stream; then it is also asked whether its reader still may read. */
const HEARTBEAT_MS = 15_000
const BATCH = 100

/** Streams of the audit: server-sent events, as https://html.spec.whatwg.org/multipage/server-sent-events.html. */
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
  readonly #most: number
  readonly #mostOfOne: number
  readonly #heartbeatMs: number
  readonly #streams = new Set<Stream>()
  readonly #unlisten: () => void
  #timer: NodeJS.Timeout | undefined
  #seen = 0
  #looking = false

  constructor(options: EventStreamsOptions) {
    const { store, changes, log, most = 200, mostOfOne = 10, heartbeatMs = HEARTBEAT_MS } = options
    this.#store = store
    this.#log = log
    this.#most = most
    this.#mostOfOne = mostOfOne
    this.#heartbeatMs = heartbeatMs
    this.#unlisten = changes.listen(() => void this.#look())
  }

  readonly count = (): number => this.#streams.size

  async serve(request: EventRequest): Promise<void> {
    const { name } = request.principal.actor
    const ofOne = [...this.#streams].filter(({ user }) => user === name).length
    if (ofOne >= this.#mostOfOne) {
      const text = `found ${ofOne} streams of yours, expected at most ${this.#mostOfOne}`
      throw new AboxError(managerErrors.ABOX_STREAMS_LIMITED, text)
    }
    if (this.#streams.size >= this.#most) {
      const text = `found ${this.#streams.size} streams, expected at most ${this.#most}`
      throw new AboxError(managerErrors.ABOX_MANAGER_BUSY, text)
    }
    const stream = new Stream(request, this.#store, this.#log, this.#heartbeatMs)
    // Counted before the first wait, so that many at once do not all pass.
    this.#streams.add(stream)
    try {
      await stream.begin()
      this.#timer ??= setInterval(() => void this.#look(), LOOK_MS)
      await stream.ended
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

class Stream {
  readonly user: string
  readonly ended: Promise<void>
  readonly #request: EventRequest
  readonly #store: Store
  readonly #log: Logger
  readonly #heartbeatMs: number
  readonly #end: () => void
  #principal: Principal
  #after = 0
  #isSending = false
  #isWoken = false
  #heartbeat: NodeJS.Timeout | undefined

  constructor(request: EventRequest, store: Store, log: Logger, heartbeatMs: number) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.user = request.principal.actor.name
    this.ended = promise
    this.#end = resolve
    this.#request = request
    this.#store = store
    this.#log = log
    this.#heartbeatMs = heartbeatMs
    this.#principal = request.principal
  }

  async begin(): Promise<void> {
    const { after, response, headers } = this.#request
    this.#after = after ?? (await this.#store.read(lastAudit))
    response.on('close', () => this.end())
    response.on('error', () => this.end())
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no'
    })
    response.write(`retry: 2000\n: from ${this.#after}\n\n`)
    this.#heartbeat = setInterval(() => void this.#beat(), this.#heartbeatMs)
    this.wake()
  }

  end(): void {
    clearInterval(this.#heartbeat)
    endStream(this.#request.response, this.#heartbeatMs)
    this.#end()
  }

  /** There may be something new. */
  wake(): void {
    this.#isWoken = true
    if (!this.#isSending) void this.#send()
  }

  async #send(): Promise<void> {
    this.#isSending = true
    try {
      while (this.#isWoken) {
        this.#isWoken = false
        await this.#sendBatch()
      }
    } catch (error) {
      // The reader comes again and goes on behind the last event that it has.
      this.#log.debug({ user: this.user, error: describe(error) }, 'events: stream ended')
      this.end()
    } finally {
      this.#isSending = false
    }
  }

  async #sendBatch(): Promise<void> {
    const { response, again } = this.#request
    // A token may have been revoked, a role taken away since the last time.
    this.#principal = await again()
    const query = { principal: this.#principal, after: this.#after, limit: BATCH }
    const { last, rows } = await this.#store.read(async (db) => ({
      last: await lastAudit(db),
      rows: await readAudit(db, query)
    }))
    for (const row of rows) {
      this.#after = row.seq
      if (response.writableEnded || response.destroyed) return
      const isTaken = response.write(`id: ${row.seq}\nevent: change\ndata: ${JSON.stringify(summariseAudit(row))}\n\n`)
      if (!isTaken) await drained(response)
    }
    if (rows.length === BATCH) this.#isWoken = true
    // What is not for this reader is not looked through again at each change.
    else this.#after = Math.max(this.#after, last)
  }

  async #beat(): Promise<void> {
    const { response, again } = this.#request
    // A reader that has taken nothing for so long does not come back to it.
    if (response.writableNeedDrain) {
      response.destroy()
      return
    }
    try {
      this.#principal = await again()
      response.write(': still here\n\n')
    } catch {
      this.end()
    }
  }
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
