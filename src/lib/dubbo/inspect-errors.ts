import { errorRows } from '#core/errors'

/** What can be wrong with bytes that are looked at as Dubbo frames. */
export const dubboInspectErrors = errorRows({
  ABOX_DUBBO_FRAME: {
    fault: 'caller',
    retryable: false,
    text: 'Bytes that are no whole Dubbo frame: another beginning than da bb, a negative length, or a part is missing.',
    remedy: 'Compare the place that the message names with the capture; a frame begins at the da bb of its header.'
  }
})
