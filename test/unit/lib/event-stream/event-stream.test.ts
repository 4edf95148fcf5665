import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEventStream, type EventSender } from '#lib/event-stream'

/** A sender that keeps what it got, and fails as often as it is told. */
function createMemorySender(failures = 0): EventSender & { batches: string[][] } {
  let left = failures
  const batches: string[][] = []
  return {
    batches,
    async send(events) {
      if (left-- > 0) throw new Error('away')
      batches.push([...events])
    },
    async close() {}
  }
}

const options = { maxBytes: 1000, lingerMs: 1, nextRetryMs: () => 1 }

test('events arrive once and in order, in batches', async () => {
  const sender = createMemorySender()
  const stream = createEventStream({ ...options, sender, maxBatchEvents: 10 })
  const events = Array.from({ length: 35 }, (_, index) => `e${index}`)
  for (const event of events) stream.push(event)
  await stream.close()
  assert.deepEqual(sender.batches.flat(), events)
  assert.ok(sender.batches.every((batch) => batch.length <= 10))
  assert.deepEqual(stream.stats(), { queued: 0, queuedBytes: 0, dropped: 0, sent: 35, failures: 0 })
})

test('a failed batch is sent again unchanged and nothing overtakes it', async () => {
  const sender = createMemorySender(3)
  const stream = createEventStream({ ...options, sender })
  for (const event of ['a', 'b', 'c']) stream.push(event)
  await stream.drain(5000)
  await stream.close()
  assert.deepEqual(sender.batches, [['a', 'b', 'c']])
  assert.equal(stream.stats().failures, 3)
})

test('when the buffer is full the oldest go and are counted', async () => {
  const sender = createMemorySender()
  const stream = createEventStream({ ...options, sender, maxBytes: 50 })
  for (let i = 0; i < 20; i++) stream.push(`event ${String(i).padStart(4, '0')}`)
  assert.equal(stream.stats().dropped, 15)
  await stream.close()
  assert.deepEqual(sender.batches.flat(), ['event 0015', 'event 0016', 'event 0017', 'event 0018', 'event 0019'])
})

test('an event that fits no batch is dropped and counted instead of blocking the others', async () => {
  const sender = createMemorySender()
  const stream = createEventStream({ ...options, sender, maxBatchBytes: 10 })
  stream.push('x'.repeat(11))
  stream.push('small')
  await stream.close()
  assert.deepEqual(sender.batches, [['small']])
  assert.equal(stream.stats().dropped, 1)
})

test('closing gives up after its deadline and says what was left', async () => {
  const stuck: EventSender = { send: () => new Promise(() => {}), close: async () => {} }
  const stream = createEventStream({ ...options, sender: stuck, maxBatchEvents: 1 })
  stream.push('a')
  stream.push('b')
  await stream.close(20)
  assert.equal(stream.stats().queued, 2, 'the one under way is not safe either')
  assert.equal(stream.stats().sent, 0)
})
