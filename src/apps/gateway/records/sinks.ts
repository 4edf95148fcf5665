import { createBackoff } from '#core/backoff'
import { describe } from '#core/errors'
import type { Logger } from '#core/logger'
import {
  createEventStream,
  createFileSender,
  createKafkaSender,
  type EventSender,
  type EventStream
} from '#lib/event-stream'
import type { GatewayConfig } from '../config.ts'

/** Where the records and the tallies of one instance go. */
export interface Sinks {
  readonly calls: EventStream
  readonly tallies: EventStream
  /** The records' file, when they go to one. */
  readonly path: string | undefined
}

const KAFKA_PARTITIONS = 12

/** Nothing for `kind: none`. A sink that is away keeps nobody from starting: its records wait and the log tells. */
export function createSinks(records: GatewayConfig['records'], instance: string, log: Logger): Sinks | undefined {
  if (records.kind === 'none') return undefined
  const stream = (sender: EventSender, maxBytes: number): EventStream => {
    const backoff = createBackoff({ baseMs: 50, maxMs: 5000, random: Math.random })
    return createEventStream({
      sender,
      maxBytes,
      nextRetryMs: () => backoff.next(),
      onSent: () => backoff.reset(),
      onRetry: (error) => log.warn({ error: describe(error) }, 'records not written; they are sent again')
    })
  }
  const tallyBytes = 1024 * 1024
  if (records.kind === 'file') {
    const path = withInstance(records.path, instance)
    return {
      calls: stream(createFileSender(path), records.bufferBytes),
      tallies: stream(createFileSender(withInstance(records.path, `${instance}.tally`)), tallyBytes),
      path
    }
  }
  const sender = (topic: string): EventSender =>
    createKafkaSender({
      brokers: records.brokers,
      clientId: `abox-${instance}`,
      topic,
      partitions: KAFKA_PARTITIONS,
      key: instance
    })
  return {
    calls: stream(sender(records.topic), records.bufferBytes),
    tallies: stream(sender(records.tallyTopic), tallyBytes),
    path: undefined
  }
}

/** `calls.jsonl` becomes `calls.gw-0.jsonl`: two processes never append to one file. */
function withInstance(path: string, instance: string): string {
  const dot = path.lastIndexOf('.')
  return dot > path.lastIndexOf('/') ? `${path.slice(0, dot)}.${instance}${path.slice(dot)}` : `${path}.${instance}`
}
