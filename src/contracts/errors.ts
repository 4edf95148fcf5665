import { errorRows } from '#core/errors'

export const contractErrors = errorRows({
  ABOX_DOCUMENT_INVALID: {
    fault: 'operator',
    retryable: false,
    text: 'A document (Service, Model or Hook) cannot be used; the last good one stays in force.',
    remedy: 'Correct the named key and send the document again; in a documents file, with a higher generation.'
  }
})
