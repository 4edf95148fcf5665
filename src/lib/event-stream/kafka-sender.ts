import { Admin, Producer, stringSerializers } from '@platformatic/kafka'
import { AboxError } from '#core/errors'
import { eventStreamErrors } from './errors.ts'
import type { EventSender } from './event-stream.ts'

export interface KafkaOptions {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly topic: string
  /** For the topic when it has to be made. */
  readonly partitions: number
  /** Key of every event: it decides the partition, so that one producer's events keep their order. */
  readonly key: string
}

/**
 * Idempotent and with one request in flight: a batch is written once and in order whatever the broker does meanwhile.
 * The client retries for ever by itself; a send that stays open shows as growing `queued` of the stream.
 */
export function createKafkaSender({ brokers, clientId, topic, partitions, key }: KafkaOptions): EventSender {
  const producer = new Producer<string, string, string, string>({
    clientId,
    bootstrapBrokers: [...brokers],
    idempotent: true,
    retryDelay: (_client, _operation, attempt) => Math.min(100 * 2 ** Math.min(attempt, 6), 5000),
    connectTimeout: 5000,
    requestTimeout: 10_000,
    serializers: stringSerializers
  })
  // Without a listener a failed connection would be thrown as an unhandled 'error' event; the retries report it.
  producer.on('error', () => {})
  let checked = false
  return {
    async send(events) {
      if (!checked) await ensureTopic(brokers, topic, partitions)
      checked = true
      await producer.send({ messages: events.map((value) => ({ topic, key, value })) })
    },
    async close() {
      await producer.close(true)
    }
  }
}

/**
 * A missing topic would keep a send open for ever, so it is looked for before the first one, and created where the
 * broker allows it. Throws ABOX_EVENTS_TOPIC when neither works or no broker answers; the stream tries again.
 */
async function ensureTopic(brokers: readonly string[], topic: string, partitions: number): Promise<void> {
  const admin = new Admin({ clientId: 'abox-topics', bootstrapBrokers: [...brokers], retries: 3, connectTimeout: 5000 })
  admin.on('error', () => {})
  try {
    if (!(await admin.listTopics()).includes(topic)) await createTopic(admin, topic, partitions)
  } catch (error) {
    throw new AboxError(
      eventStreamErrors.ABOX_EVENTS_TOPIC,
      `topic ${topic} on ${brokers.join(', ')}: ${deepest(error)}`,
      { cause: error }
    )
  } finally {
    await admin.close().catch(() => {})
  }
}

/** Another instance may create the same topic at the same time; then it is there, which is all that was wanted. */
async function createTopic(admin: Admin, topic: string, partitions: number): Promise<void> {
  try {
    await admin.createTopics({ topics: [topic], partitions, replicas: -1 })
  } catch (error) {
    // The list of topics may lag behind the answer, so it is not asked again.
    if (!isInTree(error, 'TOPIC_ALREADY_EXISTS')) throw error
  }
}

/** Whether an error of the client or one of those inside it has this Kafka error name. */
function isInTree(error: unknown, apiId: string): boolean {
  if (typeof error !== 'object' || error === null) return false
  if ((error as { apiId?: unknown }).apiId === apiId) return true
  const inner: unknown[] = error instanceof AggregateError ? error.errors : []
  return [...inner, (error as Error).cause].some((one) => isInTree(one, apiId))
}

/** The client's errors are trees whose top says nothing. */
function deepest(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return deepest(error.errors[0])
  if (error instanceof Error) return error.cause === undefined ? error.message : deepest(error.cause)
  return String(error)
}
