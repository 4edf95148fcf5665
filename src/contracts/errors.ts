import { AboxError, errorRows } from '#core/errors'

export const contractErrors = errorRows({
  ABOX_DOCUMENT_INVALID: {
    fault: 'operator',
    retryable: false,
    text: 'A document cannot be used; what was in force before stays in force.',
    remedy:
      'Correct the named key and send the document again; where a gateway reads a documents file, with a higher generation in it.'
  }
})

/** What is thrown for a document that cannot be used. `text`: one line with what was found and what was expected. */
export const invalid = (text: string): AboxError => new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, text)
