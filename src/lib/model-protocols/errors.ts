import { errorRows } from '#core/errors'

/** What can be wrong between a call's input, the model's protocol and the model's answer. */
export const modelProtocolErrors = errorRows({
  ABOX_MODEL_INPUT: {
    fault: 'operator',
    retryable: false,
    text: "The input cannot be made a request of the variant's protocol; nothing was sent.",
    remedy: 'Give the method a hook whose `pre` makes the request, or let the caller send a whole request.'
  },
  ABOX_MODEL_STATUS: {
    fault: 'upstream',
    retryable: false,
    text: 'The model answered with an HTTP status that means failure.',
    remedy:
      "Read the model's own text in the message: 4xx means that it refused the request, 5xx that it failed itself."
  },
  ABOX_MODEL_FAILURE: {
    fault: 'upstream',
    retryable: false,
    text: 'The model answered with a good HTTP status, but its body says that it failed.',
    remedy: "Read the model's own text in the message."
  },
  ABOX_MODEL_NOT_JSON: {
    fault: 'upstream',
    retryable: false,
    text: 'The model answered with a good HTTP status, but its body is not JSON.',
    remedy: 'Check host and path of the variant: often a page of an ingress or of another service answers.'
  },
  ABOX_ANSWER_MISSING: {
    fault: 'upstream',
    retryable: false,
    text: 'The answer of the model has nothing at the place where the result is looked for.',
    remedy: "Compare `output` of the method, and the variant's protocol, with the answer that the model gives."
  }
})
