import { errorRows } from '#core/errors'

/** What can go wrong when Hessian is written. */
export const hessianWriteErrors = errorRows({
  ABOX_ANSWER_TYPE: {
    fault: 'upstream',
    retryable: false,
    text: 'A value of the answer cannot be the Java type that the method declares.',
    remedy:
      'Correct the value in the model or in the post hook, or the declared type in the Service document; the message names the place.'
  },
  ABOX_ANSWER_TOO_LARGE: {
    fault: 'upstream',
    retryable: false,
    text: 'The answer, written as Hessian, is longer than consumers accept.',
    remedy:
      'Have the model or the post hook answer less, or raise dubbo.payloadBytes and, in every consumer, the `payload` of the protocol.'
  },
  ABOX_HESSIAN_WRITE: {
    fault: 'us',
    retryable: false,
    text: 'A value has no Hessian form: an int or long out of range, a date that is none, or nesting without end.',
    remedy: 'Correct the value that the message names where it is made.'
  }
})
