import { errorRows } from '#core/errors'

export const cliErrors = errorRows({
  ABOX_CLI_USAGE: {
    fault: 'caller',
    retryable: false,
    text: 'The arguments of a command cannot be used.',
    remedy: 'Compare them with abox <command> --help.'
  },
  ABOX_CLI_NO_PROVIDER: {
    fault: 'operator',
    retryable: true,
    text: 'The registry has no provider of the service with this version and group.',
    remedy: 'Look at the providers in the registry; version and group must match exactly.'
  }
})
