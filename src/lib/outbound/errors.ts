import { errorRows } from '#core/errors'

export const outboundErrors = errorRows({
  ABOX_OUTBOUND_REFUSED: {
    fault: 'operator',
    retryable: false,
    text: 'An address of a document must not be called: its scheme, its port, or where its name leads.',
    remedy: 'Correct the address, or let the configuration allow what the detail names.'
  },
  ABOX_OUTBOUND_FAILED: {
    fault: 'upstream',
    retryable: true,
    text: 'An address of a document could not be reached, did not answer in time, or answered more than is read.',
    remedy: 'Try the address from the same machine, and ask its owner.'
  }
})
