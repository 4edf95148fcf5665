/** Takes one batch of events; resolves when they are safe, rejects when they are not. Called with one batch at a time. */
export interface EventSender {
  send(events: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** What the stream holds and has done, for metrics and tallies. */
export interface EventStreamStats {
  /** Events that are not safe yet, those under way included. */
  readonly queued: number
  readonly queuedBytes: number
  /** Events given away because the buffer was full; the oldest go first. */
  readonly dropped: number
  readonly sent: number
  /** Sends that failed; each is tried again with the same events. */
  readonly failures: number
}

/** A bounded buffer before something slow: pushing never waits and never throws. */
export interface EventStream {
  push(event: string): void
  stats(): EventStreamStats
  /** Sends what is queued; gives up after `deadlineMs` and leaves the rest queued. */
  drain(deadlineMs: number): Promise<void>
  /** Drains for at most `deadlineMs`, then closes the sender. What is still queued is lost and stays counted as queued. */
  close(deadlineMs?: number): Promise<void>
}

export interface EventStreamOptions {
  readonly sender: EventSender
  /** Bound of the buffer in UTF-16 units, which are bytes for the JSON that goes through here. */
  readonly maxBytes: number
  readonly maxBatchEvents?: number
  readonly maxBatchBytes?: number
  /** How long the first event of a batch waits for others, ms. */
  readonly lingerMs?: number
  readonly nextRetryMs: () => number
  readonly onRetry?: (error: unknown) => void
  readonly onSent?: () => void
}

/**
 * One batch is in flight at a time and stays the same until it is safe, so order is kept and a repeated send is the
 * same send. A single event longer than a batch is dropped and counted: no broker would take it.
 */
export function createEventStream(options: EventStreamOptions): EventStream {
  const { sender, maxBytes, maxBatchEvents = 500, maxBatchBytes = 512 * 1024, lingerMs = 20 } = options
  let queue: string[] = []
  let head = 0
  let queuedBytes = 0
  let dropped = 0
  let sent = 0
  let failures = 0
  let inFlight = 0
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> | undefined
  let closed = false

  const takeHead = (): string | undefined => {
    const event = queue[head]
    if (event === undefined) return undefined
    queue[head++] = ''
    queuedBytes -= event.length
    if (head > 1024 && head * 2 > queue.length) {
      queue = queue.slice(head)
      head = 0
    }
    return event
  }
  const takeBatch = (): string[] => {
    const batch: string[] = []
    let bytes = 0
    for (let next = queue[head]; next !== undefined && batch.length < maxBatchEvents; next = queue[head]) {
      if (bytes + next.length > maxBatchBytes && batch.length > 0) break
      bytes += next.length
      batch.push(next)
      takeHead()
    }
    return batch
  }
  const sendOne = async (batch: readonly string[]): Promise<void> => {
    for (;;) {
      try {
        await sender.send(batch)
        sent += batch.length
        inFlight = 0
        options.onSent?.()
        return
      } catch (error) {
        failures++
        options.onRetry?.(error)
        if (closed) throw error
        await new Promise((resolve) => setTimeout(resolve, options.nextRetryMs()).unref())
      }
    }
  }
  const run = async (): Promise<void> => {
    while (queue.length > head) {
      const batch = takeBatch()
      inFlight = batch.length
      await sendOne(batch)
    }
  }
  const wake = (): void => {
    clearTimeout(timer)
    timer = undefined
    sending ??= run()
      .catch(() => {})
      .finally(() => {
        sending = undefined
        if (queue.length > head && !closed) schedule()
      })
  }
  const schedule = (): void => {
    if (timer === undefined && sending === undefined) timer = setTimeout(wake, lingerMs)
  }

  return {
    push(event) {
      if (closed || event.length > maxBatchBytes) {
        dropped++
        return
      }
      queue.push(event)
      queuedBytes += event.length
      while (queuedBytes > maxBytes && takeHead() !== undefined) dropped++
      if (queue.length - head >= maxBatchEvents) wake()
      else schedule()
    },
    stats: () => ({ queued: queue.length - head + inFlight, queuedBytes, dropped, sent, failures }),
    async drain(deadlineMs) {
      if (queue.length > head) wake()
      const waiting = sending
      if (waiting === undefined) return
      const limit = Promise.withResolvers<void>()
      const stop = setTimeout(limit.resolve, deadlineMs)
      await Promise.race([waiting, limit.promise])
      clearTimeout(stop)
    },
    async close(deadlineMs = 5000) {
      await this.drain(deadlineMs)
      closed = true
      clearTimeout(timer)
      await sender.close()
    }
  }
}
