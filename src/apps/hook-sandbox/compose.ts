import type { Command } from '#core/command'
import { runCoverageProcess, runSandboxProcess } from '#lib/sandbox'

/**
 * `abox hook-sandbox`: the process that hooks run in which may not run in an instance. An app of its own, so that it
 * loads nothing else of the gateway: it is small and starts quickly.
 */
export const hookSandboxCommand: Command = {
  name: 'hook-sandbox',
  summary: 'runs hooks apart from an instance; started by an instance only',
  usage: '',
  options: {},
  describe: {},
  examples: [],
  run: async () => {
    await runSandboxProcess()
    return 0
  }
}

/** `abox hook-coverage`: the process in which `abox hook test` counts the lines that a hook runs, as it may end or hang. */
export const hookCoverageCommand: Command = {
  name: 'hook-coverage',
  summary: 'counts lines of a hook; started by abox hook test only',
  usage: '',
  options: {},
  describe: {},
  examples: [],
  run: async () => {
    await runCoverageProcess()
    return 0
  }
}
