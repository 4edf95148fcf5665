import type { Command, CommandAction, CommandInput } from '#core/command'
import { actionOf, usage } from '../line-options.ts'
import { openManager } from './client.ts'
import { kindOfText } from './kinds.ts'
import { changeDescribe, changeOptions, namesOf, writeAskOf } from './options.ts'
import { setState } from './set-state.ts'
import { finishWrite } from './write.ts'

const ACTIONS = {
  online: { usage: 'NAME', summary: 'Lets variants use it.', options: namesOf(changeOptions) },
  offline: {
    usage: 'NAME',
    summary: 'Takes it out of use; refused while a variant that is online names it.',
    options: namesOf(changeOptions)
  }
} satisfies Readonly<Record<string, CommandAction>>

export const endpointCommand: Command = {
  name: 'endpoint',
  summary: 'let variants use the endpoint of a third party, or take it out of use',
  usage: '<online NAME | offline NAME> --reason TEXT [options]',
  actions: ACTIONS,
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
  const action = actionOf(input, ACTIONS)
  const [, key, more] = input.positionals
  if (key === undefined || more !== undefined) throw usage(`${action}: expected one NAME`)
  const ask = writeAskOf(input)
  const client = await openManager(input)
  const made = await setState(client, kindOfText('Endpoint'), key, action, ask)
  if (ask.output === 'table' && !ask.dryRun) console.log(`${key} is ${action}`)
  await finishWrite(client, made, ask)
  return 0
}
