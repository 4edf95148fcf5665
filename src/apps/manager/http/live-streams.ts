import type { ServerResponse } from 'node:http'
import { AboxError, describe } from '#core/errors'
import type { Closeable } from '#core/lifecycle'
import type { Logger } from '#core/logger'
import { managerErrors } from '../errors.ts'
import { describeLive, type LiveQuestion } from '../live/describe.ts'
import type { LiveStore } from '../live/live-store.ts'
import { endStream } from './end-stream.ts'

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

interface Stream extends LiveStreamRequest {
  isSeen: LiveQuestion['isSeen']
  events: number
  skipped: number
  isSending: boolean
  readonly end: () => void
}

export function createLiveStreams({ live, log, most = 50, mostOfOne = 5 }: LiveStreamsOptions): LiveStreams {
  const streams = new Set<Stream>()
  let timer: NodeJS.Timeout | undefined

  const schedule = (): void => {
    timer = setTimeout(() => {
      for (const stream of streams) void send(stream)
      schedule()
    }, live.untilNextMs() + OFFSET_MS)
  }
  const send = async (stream: Stream): Promise<void> => {
    const { response, question } = stream
    if (stream.isSending || response.writableNeedDrain) {
      if (++stream.skipped > MOST_SKIPPED) response.destroy()
      return
    }
    stream.isSending = true
    stream.skipped = 0
    try {
      if (stream.events++ % LOOK_EVERY === 0) stream.isSeen = await stream.again()
      const second = live.second()
      const found = live.find(question.environment)
      const data = await describeLive(found, { ...question, isSeen: stream.isSeen }, second)
      if (!response.writableEnded && !response.destroyed)
        response.write(`event: live\ndata: ${JSON.stringify(data)}\n\n`)
    } catch (error) {
      log.debug({ user: stream.user, error: describe(error) }, 'live: stream ended')
      stream.end()
    } finally {
      stream.isSending = false
    }
  }
  return {
    count: () => streams.size,
    async serve(request) {
      const ofOne = [...streams].filter(({ user }) => user === request.user).length
      if (ofOne >= mostOfOne) {
        const text = `found ${ofOne} streams of yours, expected at most ${mostOfOne}`
        throw new AboxError(managerErrors.ABOX_STREAMS_LIMITED, text)
      }
      if (streams.size >= most) {
        throw new AboxError(managerErrors.ABOX_MANAGER_BUSY, `found ${streams.size} streams, expected at most ${most}`)
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      const { response, headers } = request
      const end = (): void => {
        endStream(response, MOST_SKIPPED * 1000)
        resolve()
      }
      const stream: Stream = { ...request, isSeen: () => false, events: 0, skipped: 0, isSending: false, end }
      streams.add(stream)
      try {
        response.on('close', end)
        response.on('error', end)
        response.writeHead(200, {
          ...headers,
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no'
        })
        response.write('retry: 2000\n\n')
        void send(stream)
        if (timer === undefined) schedule()
        await promise
      } finally {
        streams.delete(stream)
        if (streams.size === 0) {
          clearTimeout(timer)
          timer = undefined
        }
      }
    },
    close() {
      clearTimeout(timer)
      for (const stream of streams) stream.end()
    }
  }
}
