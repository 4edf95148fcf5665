import { errorRows } from '#core/errors'

export const splitterErrors = errorRows({
  ABOX_SPLIT_WEIGHTS: {
    fault: 'operator',
    retryable: false,
    text: 'The weights of a split are not whole parts per million that add up to 1000000.',
    remedy: 'Give every variant an integer from 0 to 1000000 and let the sum be exactly 1000000.'
  }
})
