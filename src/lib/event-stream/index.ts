/** A bounded, ordered way out for events: batches of JSON lines to a file or to Kafka. */
export { eventStreamErrors } from './errors.ts'
export { createEventStream, type EventSender, type EventStream, type EventStreamStats } from './event-stream.ts'
export { createFileSender } from './file-sender.ts'
export { createKafkaSender } from './kafka-sender.ts'
