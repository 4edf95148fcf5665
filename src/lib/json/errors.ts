import { errorRows } from '#core/errors'

/** What can be wrong with JSON bytes, with a path into them, or with the size of what is written. */
export const jsonErrors = errorRows({
  ABOX_JSON_SYNTAX: {
    fault: 'upstream',
    retryable: false,
    text: 'The bytes are not JSON, or another kind of value stands where one was expected.',
    remedy:
      'Look at the byte offset in the message: whoever wrote these bytes has to write valid JSON (RFC 8259, UTF-8).'
  },
  ABOX_JSON_TOO_DEEP: {
    fault: 'upstream',
    retryable: false,
    text: 'Arrays and objects are nested deeper than the limit.',
    remedy: 'Send a flatter value; no known model needs more than a few levels.'
  },
  ABOX_JSON_TOO_LARGE: {
    fault: 'caller',
    retryable: false,
    text: 'The JSON made from a value is larger than the limit.',
    remedy: 'Send less in one call, or raise the size limit in the configuration.'
  },
  ABOX_JSON_PATH: {
    fault: 'operator',
    retryable: false,
    text: 'A path into a JSON value is written wrongly.',
    remedy: 'Write names and indexes as in `predictions[0]`, `data.ndarray` or `outputs["a.b"][1]`.'
  }
})
