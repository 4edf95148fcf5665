import { errorRows } from '#core/errors'

/** What can be wrong with a Java type that is written as text. */
export const javaTypeErrors = errorRows({
  ABOX_TYPE_SYNTAX: {
    fault: 'operator',
    retryable: false,
    text: 'A Java type is written wrongly, or its type arguments do not fit.',
    remedy: 'Write it as Java source with full names, such as `java.util.List<java.lang.Double>` or `double[][]`.'
  },
  ABOX_TYPE_UNKNOWN: {
    fault: 'operator',
    retryable: false,
    text: 'A Java type is neither one that ABox knows nor described under `types` of the Service document.',
    remedy: 'Add the class under `types`, or use a type that the message names.'
  },
  ABOX_TYPE_TOO_MANY: {
    fault: 'operator',
    retryable: false,
    text: 'The described classes lead to too many different types, as a generic class does whose field nests it ever deeper.',
    remedy: 'Declare that field as `java.lang.Object`.'
  }
})
