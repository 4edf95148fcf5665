import { errorRows } from '#core/errors'

/** What can be wrong with Dubbo frames, with their bodies, and with a connection that carries them. */
export const dubboErrors = errorRows({
  ABOX_DUBBO_BODY: {
    fault: 'caller',
    retryable: false,
    text: 'The body of a Dubbo request or event is not what the protocol has there.',
    remedy: 'Compare the field named in the message with what the Dubbo protocol sends there.'
  },
  ABOX_DUBBO_SERIALIZATION: {
    fault: 'caller',
    retryable: false,
    text: 'The request is serialized with something else than hessian2.',
    remedy:
      'Set serialization=hessian2 at the consumer, or remove fastjson2 from prefer.serialization of the reference.'
  },
  ABOX_DUBBO_TOO_LARGE: {
    fault: 'caller',
    retryable: false,
    text: 'The header announces a body longer than the payload limit, or of negative length.',
    remedy: 'Send less at once, or raise dubbo.payloadBytes.'
  },
  ABOX_DUBBO_OVERLOADED: {
    fault: 'operator',
    retryable: true,
    text: 'The connection has as many calls in flight as it may have, or the bodies of all calls in flight are too large.',
    remedy: 'Spread the calls over more instances, or raise dubbo.maxInFlightPerConnection.'
  },
  ABOX_DUBBO_LISTEN: {
    fault: 'operator',
    retryable: false,
    text: 'The address for Dubbo connections could not be opened.',
    remedy: 'Free the port named in the message or configure another one.'
  },
  ABOX_DUBBO_CONNECT: {
    fault: 'upstream',
    retryable: true,
    text: 'No connection to the Dubbo provider could be made.',
    remedy: 'Check that the provider listens on the address named in the message.'
  },
  ABOX_DUBBO_CLOSED: {
    fault: 'upstream',
    retryable: true,
    text: 'The connection to the Dubbo provider ended before the call was answered.',
    remedy: 'Look into the log of the provider at this time; the call may have been carried out.'
  },
  ABOX_DUBBO_TIMEOUT: {
    fault: 'upstream',
    retryable: true,
    text: 'The Dubbo provider did not answer in time.',
    remedy: 'Give the call more time, or find out what the provider waits for.'
  },
  ABOX_DUBBO_STATUS: {
    fault: 'upstream',
    retryable: true,
    text: 'The Dubbo provider answered with a status other than 20.',
    remedy: 'The message holds the status and the text of the provider.'
  },
  ABOX_DUBBO_REPLY: {
    fault: 'upstream',
    retryable: false,
    text: 'The answer of the Dubbo provider could not be understood.',
    remedy: 'Check that the provider speaks the Dubbo 2 protocol with hessian2.'
  },
  ABOX_DUBBO_DESCRIPTOR: {
    fault: 'caller',
    retryable: false,
    text: 'The types of the parameters are not written as the JVM writes them.',
    remedy: 'Write Ljava/lang/String; for a class, [D for double[], II for two ints.'
  }
})
