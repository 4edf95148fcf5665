import type { Command, CommandAction, CommandInput } from '#core/command'
import { AboxError } from '#core/errors'
import { cliErrors } from '../errors.ts'
import { actionOf, usage } from '../line-options.ts'
import { type ManagerClient, type ManagerRequest, openManager } from './client.ts'
import { kindOfText, pathOf } from './kinds.ts'
import { changeDescribe, changeOptions, managerOptions, namesOf, type Output, outputOf, writeAskOf } from './options.ts'
import { show, shownShare } from './show.ts'
import { watchSplit } from './split-watch.ts'
import {
  callsUnderKill,
  printSplit,
  readShare,
  readShares,
  type Split,
  setWeights,
  shiftWeight
} from './split-weights.ts'
import { tellUndone } from './undone.ts'
import { finishWrite, planOf, writeOne } from './write.ts'

const CHANGE = namesOf(changeOptions)
const READ = namesOf(managerOptions)

const ACTIONS = {
  get: {
    usage: 'MODEL',
    summary: 'Shows the share of each variant, and whether the kill switch is on.',
    options: READ
  },
  set: {
    usage: 'MODEL VARIANT=SHARE…',
    summary: 'Gives all shares anew, 100% together; a variant that is not named gets 0%.',
    options: CHANGE
  },
  shift: {
    usage: 'MODEL VARIANT=SHARE',
    summary: 'Gives one variant this share; the others divide the rest as they did before.',
    options: CHANGE
  },
  kill: {
    usage: 'MODEL VARIANT',
    summary: 'Sends ALL calls TO this variant, whatever the shares say, until unkill: name the one that works.',
    options: CHANGE
  },
  unkill: {
    usage: 'MODEL',
    summary: 'Ends kill: the shares count again, which it has left as they were.',
    options: CHANGE
  },
  undo: {
    usage: 'MODEL',
    summary: 'Takes back the last change of the model, where it was one of its split alone.',
    options: CHANGE
  },
  watch: {
    usage: 'MODEL',
    summary: 'Shows the shares beside what the variants do, once a second.',
    options: [...READ, 'for', 'count', 'seconds']
  }
} satisfies Readonly<Record<string, CommandAction>>

export const splitCommand: Command = {
  name: 'split',
  summary: 'move the calls of a model between its variants',
  usage: '<get | set | shift | kill | unkill | undo | watch> MODEL … [options]',
  actions: ACTIONS,
  options: { ...changeOptions, for: { type: 'string' }, count: { type: 'string' }, seconds: { type: 'string' } },
  describe: {
    ...changeDescribe,
    for: 'watch: end after so many seconds; default at Ctrl-C',
    count: 'watch: end after so many updates',
    seconds: 'watch: numbers of so many seconds; default 10, at most 60'
  },
  examples: [
    'abox split get rank',
    'abox split shift rank seldon=25% --reason "a quarter, as planned" --wait all',
    'abox split set rank legacy=0% seldon=100% --reason "the move is done"',
    'abox split kill rank legacy --reason "seldon answers nonsense"   # all calls go to legacy',
    'abox split unkill rank --reason "seldon is mended"',
    'abox split undo rank --reason "more errors than before"',
    'abox split watch rank',
    'abox split watch rank --output json --count 5'
  ],
  run
}

/** What each action makes of a split. ABOX_CLI_USAGE. */
const CHANGES: Readonly<
  Record<Exclude<keyof typeof ACTIONS, 'get' | 'undo' | 'watch'>, (split: Split, args: readonly string[]) => Split>
> = {
  set: (split, args) => {
    if (args.length === 0) throw usage('expected VARIANT=SHARE for each variant')
    return setWeights(split, readShares(args))
  },
  shift: (split, args) => {
    const [name, ppm] = readShare(single(args, 'VARIANT=SHARE'))
    return shiftWeight(split, name, ppm)
  },
  kill: (split, args) => ({ ...split, kill: single(args, 'VARIANT') }),
  unkill: (split, args) => {
    if (args.length > 0) throw usage(`found "${args[0]}", expected nothing behind MODEL`)
    const { kill: _, ...rest } = split
    return rest
  }
}

async function run(input: CommandInput): Promise<number> {
  const action = actionOf(input, ACTIONS)
  const [, model, ...args] = input.positionals
  const change = action === 'get' || action === 'watch' || action === 'undo' ? undefined : CHANGES[action]
  if (model === undefined) throw usage('expected MODEL')
  if (change === undefined && args.length > 0) throw usage(`found "${args[0]}", expected nothing behind MODEL`)
  if (action === 'get') return tellSplit(await openManager(input), model, outputOf(input))
  if (action === 'watch') return watchSplit(input, model)
  const ask = writeAskOf(input)
  const client = await openManager(input)
  const path = pathOf(client, kindOfText('Model'), model)
  const { body: split, generation = 0 } = await client.send<Split>({ method: 'GET', path: `${path}/split` })
  const { reason, seen = generation } = ask
  const request =
    change === undefined
      ? ({ method: 'POST', path: `${path}/undo`, body: {}, expected: seen, reason } as const)
      : ({ method: 'PUT', path: `${path}/split`, body: change(split, args), expected: seen, reason } as const)
  const kind = kindOfText('Model')
  const isTable = ask.output === 'table'
  if (change === undefined) {
    await refuseOthers(client, request, model)
    if (isTable) await tellUndone(client, kind, model, generation)
  }
  const made = await writeOne(client, kind, model, request, ask)
  // Also for who waits in vain for gateways.
  if (isTable && action === 'kill' && !ask.dryRun) console.log(`to end it: abox split unkill ${model} --reason "…"`)
  await finishWrite(client, made, ask)
  if (isTable) await tellNow(client, `${path}/split`, model, ask.dryRun)
  return 0
}

/** The last change may have been of something else, which nobody means by `split undo`. Rejects with ABOX_CLI_OTHER_CHANGE. */
async function refuseOthers(client: ManagerClient, request: ManagerRequest, model: string): Promise<void> {
  const other = (await planOf(client, request)).difference.find(({ path }) => !/^split(\.|\[|$)/.test(path))
  if (other === undefined) return
  const text = `the last change of ${model} was one of ${other.path || 'all of it'}, too; see \`abox undo model ${model}\``
  throw new AboxError(cliErrors.ABOX_CLI_OTHER_CHANGE, text)
}

async function tellSplit(client: ManagerClient, model: string, output: Output): Promise<number> {
  const path = `${pathOf(client, kindOfText('Model'), model)}/split`
  const { body: split, generation = 0 } = await client.send<Split>({ method: 'GET', path })
  const rows = Object.entries(split.weights).map(([variant, ppm]) => ({
    variant,
    share: shownShare(ppm),
    ppm,
    ...callsUnderKill(split, variant)
  }))
  show({ model, generation, ...split }, output, rows, `${model}: no weights`)
  if (output === 'table') console.log(`${model}: ${printSplit(split)} (generation ${generation})`)
  return 0
}

async function tellNow(client: ManagerClient, path: string, model: string, dryRun: boolean): Promise<void> {
  const { body } = await client.send<Split>({ method: 'GET', path })
  console.log(`${model}: ${dryRun ? 'still' : 'now'} ${printSplit(body)}`)
}

function single(args: readonly string[], what: string): string {
  const [only, more] = args
  if (only !== undefined && more === undefined) return only
  throw usage(`expected one ${what} behind MODEL`)
}
