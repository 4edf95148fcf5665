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
  },
  ABOX_CLI_LOGIN: {
    fault: 'caller',
    retryable: false,
    text: 'A command does not know which manager it is to talk to, as whom, or about which environment.',
    remedy: 'Run `abox login URL`, or set ABOX_MANAGER, ABOX_TOKEN and ABOX_ENVIRONMENT.'
  },
  ABOX_CLI_MANAGER: {
    fault: 'operator',
    retryable: true,
    text: 'The manager does not answer, or what answers is no manager.',
    remedy: 'Look whether it runs and whether the URL is right; a change that was sent may have been made.'
  },
  ABOX_CLI_DOCUMENT: {
    fault: 'caller',
    retryable: false,
    text: 'A file with documents, or the code that one of them names, cannot be read; nothing of it was sent.',
    remedy: 'Correct the document that the detail names.'
  },
  ABOX_CLI_NOT_THERE: {
    fault: 'caller',
    retryable: false,
    text: 'There is nothing of the name that a command was given, or nothing that this user may see.',
    remedy: 'Look at the list for the right name: `abox server list`, `abox get <kind>`.'
  },
  ABOX_CLI_OTHER_CHANGE: {
    fault: 'caller',
    retryable: false,
    text: 'The last change of a model was not one of its split alone, and `abox split undo` takes back nothing else.',
    remedy:
      'Look at `abox describe model`; `abox undo model` takes back all of the last change, or say the split by `abox split set`.'
  },
  ABOX_CLI_POINTED_AT: {
    fault: 'caller',
    retryable: false,
    text: 'More than its share points at the variant that `--move-to` is to take offline; nothing was moved.',
    remedy: 'Take away the pin, the shadow (`abox apply`) or the kill switch (`abox split unkill`) first.'
  },
  ABOX_CLI_DRAIN: {
    fault: 'operator',
    retryable: true,
    text: 'A gateway has left the registry, but still has consumers or calls after the time of --wait-timeout.',
    remedy: 'Wait on with the same command, or look who is connected; `abox server online` brings it back.'
  },
  ABOX_CLI_WAIT: {
    fault: 'operator',
    retryable: true,
    text: 'What was written is in the manager, but not enough gateways run it within the time of --wait-timeout.',
    remedy: 'Look at the named gateways (`abox server list`, `abox doctor`); `abox undo` takes the change back.'
  }
})
