import { errorRows } from '#core/errors'

export const sandboxErrors = errorRows({
  ABOX_HOOK_COMPILE: {
    fault: 'hook',
    retryable: false,
    text: 'The source of a hook is not one self-contained module of synchronous functions, or its top-level code failed.',
    remedy: 'Correct the line that the message names; a hook has no imports, no async, no await, and named exports.'
  },
  ABOX_HOOK_MISSING: {
    fault: 'hook',
    retryable: false,
    text: 'A function was called that the hook does not export.',
    remedy: 'Export the function under the name in the message, or do not ask for it.'
  },
  ABOX_HOOK_INPUT: {
    fault: 'us',
    retryable: false,
    text: 'A text that was to be handed to a hook is not JSON, or is larger than goes to the sandbox process.',
    remedy: 'Check what produced the text: it must be validated before a hook sees it.'
  },
  ABOX_HOOK_TENSOR: {
    fault: 'us',
    retryable: true,
    text: 'A hook looked into a long list of numbers that was kept out of its sandbox.',
    remedy: 'None is needed: the gateway calls it again with the list, and from then on always.'
  },
  ABOX_HOOK_THROW: {
    fault: 'hook',
    retryable: false,
    text: 'A function of the hook threw an error.',
    remedy: 'See the line of the hook in the message; repeat the call with the same arguments.'
  },
  ABOX_HOOK_TIMEOUT: {
    fault: 'hook',
    retryable: false,
    text: 'A function of the hook ran longer than its time limit and was stopped.',
    remedy: 'Look for an endless loop, a backtracking regular expression or too much work per call.'
  },
  ABOX_HOOK_MEMORY: {
    fault: 'hook',
    retryable: false,
    text: 'A function of the hook needed more memory than its limit and was stopped.',
    remedy: 'Look for data that grows from call to call, or raise the memory limit of the hook.'
  },
  ABOX_HOOK_RESULT: {
    fault: 'hook',
    retryable: false,
    text: 'What a hook returned or exports cannot be written as JSON, or is larger than allowed.',
    remedy: 'Return plain data: no promise, no function, no object that contains itself, nothing over the size limit.'
  },
  ABOX_HOOK_CRASH: {
    fault: 'hook',
    retryable: false,
    text: 'Code of the hook killed or blocked the sandbox process, also when it ran alone, or could not be stopped at its start.',
    remedy:
      'Look for one built-in that allocates or works hugely: new Array(n).fill, Array.from, a growing Map, BigInt.'
  },
  ABOX_HOOK_PROCESS: {
    fault: 'operator',
    retryable: true,
    text: 'The sandbox process that hooks run in, or another one that prepares them, did not start, had no CPU, was killed by somebody else, or sent what is no message.',
    remedy: 'See the reason in the message and the log of the instance; it is started again after a pause.'
  },
  ABOX_HOOK_BUSY: {
    fault: 'us',
    retryable: true,
    text: 'More calls or text of one hook version, or of all, wait for the sandbox process than may.',
    remedy: 'Call again later or at another instance; look for hooks that are slow.'
  },
  ABOX_HOOK_DISPOSED: {
    fault: 'us',
    retryable: true,
    text: 'The sandbox of a hook was closed while a call waited in it.',
    remedy: 'Call again: the version that replaces it answers.'
  }
})
