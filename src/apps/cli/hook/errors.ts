import { errorRows } from '#core/errors'

/** What can go wrong in `abox hook`, beside what the sandbox itself reports. */
export const hookErrors = errorRows({
  ABOX_HOOK_RECORDING: {
    fault: 'operator',
    retryable: false,
    text: 'A line of a recordings file is no recorded call.',
    remedy:
      'The last line of a gateway that died may be cut and is passed over; otherwise give the files as they were written.'
  },
  ABOX_HOOK_FILE: {
    fault: 'operator',
    retryable: false,
    text: 'A file or folder that `abox hook` was given cannot be read or written.',
    remedy: 'Look at the path and its permissions; the message names it. Nothing that exists is overwritten.'
  },
  ABOX_HOOK_SAMPLES: {
    fault: 'hook',
    retryable: false,
    text: 'The samples of a hook are not written as samples are, or there are none.',
    remedy: 'Correct the field that the message names; docs/hooks.md shows a sample, and abox hook init writes some.'
  },
  ABOX_HOOK_SAMPLE_FAILED: {
    fault: 'hook',
    retryable: false,
    text: 'A hook does not do what one of its samples says.',
    remedy: 'Compare expected and found in the lines above; correct the hook or the sample.'
  },
  ABOX_HOOK_VERSION: {
    fault: 'operator',
    retryable: false,
    text: 'The documents have no such hook, or not exactly one such version of it.',
    remedy: 'See abox hook list for names and digests.'
  },
  ABOX_HOOK_WEIGHT: {
    fault: 'operator',
    retryable: false,
    text: 'The calls of a hook cannot be divided over its versions as it was asked for.',
    remedy: 'Give the weight to another version first, as the message says.'
  },
  ABOX_HOOK_HISTORY: {
    fault: 'operator',
    retryable: false,
    text: 'There is no earlier state of a hook to go back to.',
    remedy:
      'Promote a version of abox hook list instead, or delete the hook; beside a documents file only changes by abox hook are kept.'
  },
  ABOX_HOOK_LOCKED: {
    fault: 'operator',
    retryable: true,
    text: 'Somebody else changes the same documents file at this moment.',
    remedy: 'Run the command again; if the process that the message names is gone, remove the lock file.'
  },
  ABOX_HOOK_GATE: {
    fault: 'operator',
    retryable: false,
    text: 'A version of a hook would get more calls than its document allows without a passed replay.',
    remedy:
      'Run the command that the message names, with a folder of recorded calls; `gate` of the Hook document says what is wanted.'
  },
  ABOX_HOOK_REPLAY: {
    fault: 'hook',
    retryable: false,
    text: 'A new version of a hook does not answer recorded calls as the version in force does.',
    remedy: 'See abox hook replay for the fields that differ.'
  }
})
