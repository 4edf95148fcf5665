import { parseArgs } from 'node:util'
import type { CliCommand } from '#apps/cli'
import type { Command } from '#core/command'
import { AboxError, describe } from '#core/errors'
import { printableLines } from '#core/printable'
import { renderCommandHelp, renderHelp } from './help.ts'

const cli = async (name: CliCommand): Promise<Command> => (await import('#apps/cli')).cliCommands[name]()

/**
 * Every sub-command, loaded when it is used: `abox call` must not wait for what `abox gateway` needs. The order is
 * that of `abox --help`; a name that starts with `-` is ours alone and not shown.
 */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  gateway: async () => (await import('#apps/gateway')).gatewayCommand,
  manager: async () => (await import('#apps/manager')).managerCommand,
  dev: async () => (await import('#apps/dev')).devCommand,
  demo: async () => (await import('#apps/dev')).demoCommand,
  call: async () => cli('call'),
  service: async () => cli('service'),
  hook: async () => cli('hook'),
  login: async () => cli('login'),
  logout: async () => cli('logout'),
  apply: async () => cli('apply'),
  diff: async () => cli('diff'),
  get: async () => cli('get'),
  describe: async () => cli('describe'),
  split: async () => cli('split'),
  model: async () => cli('model'),
  endpoint: async () => cli('endpoint'),
  undo: async () => cli('undo'),
  delete: async () => cli('delete'),
  audit: async () => cli('audit'),
  server: async () => cli('server'),
  top: async () => cli('top'),
  doctor: async () => cli('doctor'),
  user: async () => cli('user'),
  token: async () => cli('token'),
  hessian: async () => cli('hessian'),
  dubbo: async () => cli('dubbo'),
  'sample-model': async () => (await import('#apps/dev')).sampleModelCommand,
  'gateway-instance': async () => (await import('#apps/gateway')).instanceCommand,
  'hook-sandbox': async () => (await import('#apps/hook-sandbox')).hookSandboxCommand,
  'hook-coverage': async () => (await import('#apps/hook-sandbox')).hookCoverageCommand
}
/** Started by the supervisor, an instance or `abox hook` only. */
const HIDDEN: readonly string[] = ['gateway-instance', 'hook-sandbox', 'hook-coverage']

/** Runs one command. Exit codes: 0 ok, 1 failed, 2 usage, 70 a defect. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const shown = Object.keys(commands).filter((key) => !HIDDEN.includes(key))
    console.log(renderHelp(await Promise.all(shown.map((key) => load(key)))))
    return name === undefined ? 2 : 0
  }
  if (!Object.hasOwn(commands, name)) {
    console.error(`abox: unknown command "${name}"; abox --help lists them`)
    return 2
  }
  const command = await load(name)
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(renderCommandHelp(command))
    return 0
  }
  const input = parse(command, rest)
  if (input === undefined) return 2
  try {
    return await command.run(input)
  } catch (error) {
    const known = AboxError.from(error)
    console.error(`abox ${name}: ${printableLines(known.message)}`)
    if (known.code === 'ABOX_INTERNAL') {
      console.error(error instanceof Error ? error.stack : describe(error))
      return 70
    }
    console.error(`  ${known.remedy.replace('<command>', name)}`)
    return known.code === 'ABOX_CLI_USAGE' ? 2 : (command.failureCode ?? 1)
  }
}

function load(name: string): Promise<Command> {
  const make = commands[name]
  return make === undefined ? Promise.reject(new Error(name)) : make()
}

function parse(
  command: Command,
  args: string[]
): { positionals: string[]; options: Record<string, never> } | undefined {
  try {
    const { values, positionals } = parseArgs({ args, options: command.options, allowPositionals: true, strict: true })
    return { positionals, options: values as Record<string, never> }
  } catch (error) {
    console.error(`abox ${command.name}: ${describe(error)}`)
    console.error(`  abox ${command.name} --help shows its options`)
    return undefined
  }
}
