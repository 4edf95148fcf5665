import { type Command, textOption, textOptions } from '#core/command'
import type { Closeable } from '#core/lifecycle'
import type { ManagerConfig } from './config.ts'
import { loadManagerConfig } from './load-config.ts'

/** `abox manager`: reads the configuration and runs until a signal. */
export function createManagerCommand(start: (config: ManagerConfig) => Promise<Closeable>): Command {
  return {
    name: 'manager',
    summary: 'run the manager: documents, permissions and the fleet under one API',
    usage: '--config FILE [--set key=value …]',
    options: { config: { type: 'string', short: 'c' }, set: { type: 'string', multiple: true } },
    describe: {
      config: 'the YAML file; config/manager.yaml shows every key',
      set: 'overrides one key, as http.port=8701; may be repeated'
    },
    examples: [
      'abox manager --config manager.yaml',
      'ABOX_HTTP_PORT=8701 abox manager --config manager.yaml --set log.level=debug'
    ],
    run: async (input) => {
      const path = textOption(input, 'config')
      if (path === undefined) {
        console.error('abox manager: --config FILE is missing; config/manager.yaml is a commented sample')
        return 2
      }
      const asked = Promise.withResolvers<void>()
      let times = 0
      // Before the start: as the first process of a container it would otherwise not hear them.
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.on(signal, () => {
          asked.resolve()
          if (++times > 1) process.exit(1)
        })
      }
      const manager = await start(await loadManagerConfig(path, process.env, textOptions(input, 'set')))
      await asked.promise
      await manager.close()
      return 0
    }
  }
}
