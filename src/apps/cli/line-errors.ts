import { errorRows } from '#core/errors'

/** What can be wrong with the input of commands that work line by line. */
export const lineErrors = errorRows({
  ABOX_CLI_BYTES: {
    fault: 'caller',
    retryable: false,
    text: 'A line of the input is neither hex nor base64.',
    remedy: 'Write the bytes as pairs of hex digits, or give --base64 when they are base64.'
  },
  ABOX_CLI_LINE: {
    fault: 'caller',
    retryable: false,
    text: 'A line of the input is longer than lines may be, or is no UTF-8.',
    remedy: 'Cut the capture into one line for each body or frame.'
  },
  ABOX_CLI_FILE: {
    fault: 'operator',
    retryable: false,
    text: 'A file named on the command line cannot be read.',
    remedy: 'Check the path and the permissions of the file; - reads standard input.'
  }
})
