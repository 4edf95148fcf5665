import type { ServerResponse } from 'node:http'
import { describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { Places } from '../bounds/places.ts'
import { managerErrors } from '../errors.ts'
import { describeLive, type LiveQuestion } from '../live/describe.ts'
import type { LiveStore } from '../live/live-store.ts'
import { EventStream } from './event-stream.ts'

/** Streams of live numbers: one server-sent event a second, with no memory of those that a reader has missed. */
export interface LiveStreams extends Closeable {
  readonly count: () => number
  /** Begins one and comes back when it has ended. Rejects before anything is written, as `EventStreams.serve`. */
  serve(stream: LiveStreamRequest): Promise<void>
}

export interface LiveStreamRequest {
  /** Name of the reader. */
  readonly user: string
  readonly question: Omit<LiveQuestion, 'isSeen'>
  /** Asks anew what the reader may see. Rejects when he may not read any more. */
  readonly again: () => Promise<LiveQuestion['isSeen']>
  readonly response: ServerResponse
  /** Sent with the answer's head. */
  readonly headers: Readonly<Record<string, number | string | string[] | undefined>>
}

export interface LiveStreamsOptions {
  readonly live: LiveStore
  readonly log: Logger
  /** Of all, and of one user. */
  readonly most?: number
  readonly mostOfOne?: number
}

/** What a reader may see is asked again after so many events. */
const LOOK_EVERY = 5
/** A reader that takes nothing for so many events does not come back to it. */
const MOST_SKIPPED = 15
/** Behind the beginning of the second, ms. */
const OFFSET_MS = 20

interface Live {
  readonly request: LiveStreamRequest
  readonly stream: EventStream
  isSeen: LiveQuestion['isSeen']
  events: number
  /** What was sent last is of this one. */
  second: number
  skipped: number
  isSending: boolean
}

export function createLiveStreams({ live, log, most = 50, mostOfOne = 5 }: LiveStreamsOptions): LiveStreams {
  const places = new Places({ what: 'streams', most, mostOfOne, limited: managerErrors.ABOX_STREAMS_LIMITED })
  const streams = new Set<Live>()
  let timer: NodeJS.Timeout | undefined

  const schedule = (): void => {
    timer = setTimeout(() => {
      for (const one of streams) void send(one)
      schedule()
    }, live.untilNextMs() + OFFSET_MS)
  }
  const send = async (one: Live): Promise<void> => {
    const { stream, request } = one
    const { question } = request
    if (one.isSending || stream.isBlocked) {
      if (++one.skipped > MOST_SKIPPED) stream.cut()
      return
    }
    one.isSending = true
    one.skipped = 0
    try {
      if (one.events++ % LOOK_EVERY === 0) one.isSeen = await request.again()
      if (stream.isOver) return
      const second = live.second()
      // The first one may have waited for the database until the next was due.
      if (second === one.second) return
      one.second = second
      const found = live.find(question.environment)
      const data = await describeLive(found, { ...question, isSeen: one.isSeen }, second)
      stream.write(`event: live\ndata: ${JSON.stringify(data)}\n\n`)
    } catch (error) {
      log.debug({ user: request.user, error: describe(error) }, 'live: stream ended')
      stream.end()
    } finally {
      one.isSending = false
    }
  }
  const serve = async (request: LiveStreamRequest): Promise<void> => {
    const stream = new EventStream(request.response, MOST_SKIPPED * 1000)
    const one: Live = { request, stream, isSeen: () => false, events: 0, second: -1, skipped: 0, isSending: false }
    streams.add(one)
    try {
      stream.begin(request.headers)
      void send(one)
      if (timer === undefined) schedule()
      await stream.ended
    } finally {
      streams.delete(one)
      if (streams.size === 0) {
        clearTimeout(timer)
        timer = undefined
      }
    }
  }
  return {
    count: places.count,
    serve: (request) => places.hold(request.user, () => serve(request)),
    close() {
      clearTimeout(timer)
      for (const { stream } of streams) stream.end()
    }
  }
}
