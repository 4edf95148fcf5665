import type { Command, CommandInput } from '#core/command'
import { unknownAction, usage } from '../line-options.ts'
import { openManager } from './client.ts'
import { kindOfText } from './kinds.ts'
import { changeDescribe, changeOptions, writeAskOf } from './options.ts'
import { setState } from './set-state.ts'
import { showWritten } from './write.ts'

export const endpointCommand: Command = {
  name: 'endpoint',
  summary: 'let variants use the endpoint of a third party, or take it out of use',
  usage: '<online NAME | offline NAME> --reason TEXT [options]',
  options: { ...changeOptions },
  describe: { ...changeDescribe },
  examples: [
    'abox get endpoints   # also says how they are',
    'abox endpoint offline partner --reason "the contract ends"   # first its variants: abox model offline',
    'abox endpoint online partner --reason "they are back"'
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const [action, key, more] = input.positionals
  if (action !== 'online' && action !== 'offline') throw unknownAction(action, 'online or offline')
  if (key === undefined || more !== undefined) throw usage(`${action}: expected one NAME`)
  const ask = writeAskOf(input)
  const client = await openManager(input)
  const written = await setState(client, kindOfText('Endpoint'), key, action, ask)
  if (ask.output === 'table' && !ask.dryRun) console.log(`${key} is ${action}`)
  showWritten(written, ask.output)
  return 0
}
