import { errorRows } from '#core/errors'

export const eventStreamErrors = errorRows({
  ABOX_EVENTS_TOPIC: {
    fault: 'operator',
    retryable: true,
    text: 'A Kafka topic for records is not there and could not be created.',
    remedy: 'Create the topic, or allow the user to create it, and check records.brokers.'
  }
})
