import { errorRows } from '#core/errors'

/** What can be wrong with the typed JSON of Hessian values (typed-print.ts has its grammar). */
export const hessianTypedErrors = errorRows({
  ABOX_TYPED_JSON: {
    fault: 'caller',
    retryable: false,
    text: 'A text is not the typed JSON of Hessian values.',
    remedy: 'Correct the place that the message names; abox hessian decode shows how such values are written.'
  }
})
