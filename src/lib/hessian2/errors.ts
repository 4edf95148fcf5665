import { errorRows } from '#core/errors'

/** What can be wrong with a Hessian stream that is read. What can go wrong in writing is in `write-errors.ts`. */
export const hessianErrors = errorRows({
  ABOX_HESSIAN_TRUNCATED: {
    fault: 'caller',
    retryable: false,
    text: 'A Hessian value ends before its announced length, or a list, map or object is not closed.',
    remedy: 'Compare the bytes with the length of the Dubbo header; a peer or proxy cut the body short.'
  },
  ABOX_HESSIAN_TAG: {
    fault: 'caller',
    retryable: false,
    text: 'A byte that begins no Hessian value, or a value of another kind than the place requires.',
    remedy: 'Check that the peer serializes with hessian2 (id 2) and sends the fields of the Dubbo protocol in order.'
  },
  ABOX_HESSIAN_LENGTH: {
    fault: 'caller',
    retryable: false,
    text: 'A length or count is negative, larger than the bytes that follow can hold, or that of a name beyond 65,535.',
    remedy: 'Check the serializer of the peer; nothing is allocated for such a length.'
  },
  ABOX_HESSIAN_STRING: {
    fault: 'caller',
    retryable: false,
    text: 'The bytes of a string are not the CESU-8 that Hessian prescribes.',
    remedy: 'Code characters above U+FFFF as two surrogates of three bytes each, as every Java peer does.'
  },
  ABOX_HESSIAN_REF: {
    fault: 'caller',
    retryable: false,
    text: 'A reference, type number or class number names something that has not been sent before it.',
    remedy: 'Check the serializer of the peer; all fields of one body share the same tables.'
  },
  ABOX_HESSIAN_TOO_DEEP: {
    fault: 'caller',
    retryable: false,
    text: 'Lists, maps and objects are nested deeper than the limit.',
    remedy: 'Send a flatter value.'
  },
  ABOX_HESSIAN_TOO_MANY: {
    fault: 'caller',
    retryable: false,
    text: 'A Hessian stream holds more values, or more empty chunks of one value, than the limit.',
    remedy: 'Send less at once, split over several calls.'
  },
  ABOX_HESSIAN_TOO_LARGE: {
    fault: 'caller',
    retryable: false,
    text: 'The JSON of a value is far larger than its bytes: shared references expand beyond the limit.',
    remedy: 'Send a value that does not refer to the same objects over and over.'
  },
  ABOX_HESSIAN_CYCLE: {
    fault: 'caller',
    retryable: false,
    text: 'A value contains itself, so it has no JSON form.',
    remedy: 'Break the cycle before the call, as with a transient back reference.'
  },
  ABOX_HESSIAN_KEY: {
    fault: 'caller',
    retryable: false,
    text: 'The key of a map is a list, map, byte array or object that has no text, so the map has no JSON form.',
    remedy: 'Use strings, numbers, booleans, enums or dates as keys.'
  }
})
