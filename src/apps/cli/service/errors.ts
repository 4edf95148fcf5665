import { errorRows } from '#core/errors'

/** What can go wrong in `abox service`. */
export const serviceErrors = errorRows({
  ABOX_SERVICE_INTERFACE: {
    fault: 'operator',
    retryable: false,
    text: 'The jars or the registry do not have the interface that was asked for.',
    remedy: 'Compare the name with those that the message lists.'
  },
  ABOX_SERVICE_METADATA: {
    fault: 'operator',
    retryable: false,
    text: 'The service definition that a Java provider published cannot be used.',
    remedy: 'Import from the API jar, which says more in any case, or name one application by --application.'
  },
  ABOX_SERVICE_FILE: {
    fault: 'operator',
    retryable: false,
    text: 'A file that a command was given cannot be read or written.',
    remedy: 'Look at the path and its permissions; the message names it.'
  },
  ABOX_SERVICE_SAMPLE: {
    fault: 'operator',
    retryable: false,
    text: 'A sample answer does not fit the documents, or is not written as samples are.',
    remedy: 'Write one JSON object a line, with service, method and answer; docs/services.md shows them.'
  }
})
