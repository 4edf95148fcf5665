import { randomUUID } from 'node:crypto'
import { Consumer, stringDeserializers } from '@platformatic/kafka'

/** One message as it stands in a topic. */
export interface TopicRecord {
  readonly partition: number
  readonly offset: bigint
  readonly key: string | undefined
  /** The message read as JSON. */
  readonly value: Readonly<Record<string, unknown>>
}

const LATEST = -1n
const EARLIEST = -2n

/** Everything that stood in the topic at the moment of the call, in the order of each partition. */
export async function readTopic(address: string, topic: string): Promise<TopicRecord[]> {
  const consumer = new Consumer<string, string, string, string>({
    clientId: 'abox-test-reader',
    groupId: `abox-test-${randomUUID()}`,
    bootstrapBrokers: [address],
    deserializers: stringDeserializers
  })
  consumer.on('error', () => {})
  try {
    const ends = (await consumer.listOffsets({ topics: [topic], timestamp: LATEST })).get(topic) ?? []
    const begins = (await consumer.listOffsets({ topics: [topic], timestamp: EARLIEST })).get(topic) ?? []
    const unread = new Map([...ends.entries()].filter(([partition, end]) => end > (begins[partition] ?? 0n)))
    const records: TopicRecord[] = []
    if (unread.size === 0) return records
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false, maxWaitTime: 200 })
    for await (const { partition, offset, key, value } of stream) {
      const end = unread.get(partition)
      if (end === undefined) continue
      if (offset < end) {
        const parsed = JSON.parse(value) as TopicRecord['value']
        records.push({ partition, offset, key: key === '' ? undefined : key, value: parsed })
      }
      if (offset + 1n >= end) unread.delete(partition)
      if (unread.size === 0) break
    }
    return records
  } finally {
    await consumer.close(true)
  }
}
