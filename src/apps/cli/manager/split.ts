import type { Command, CommandInput } from '#core/command'
import { unknownAction, usage } from '../line-options.ts'
import { type ManagerClient, type ManagerRequest, openManager } from './client.ts'
import { kindOfText, pathOf } from './kinds.ts'
import { changeDescribe, changeOptions, type Output, outputOf, writeAskOf } from './options.ts'
import { show } from './show.ts'
import { watchSplit } from './split-watch.ts'
import { printSplit, readShare, type Split, setWeights, shiftWeight } from './split-weights.ts'
import { planOf, showWritten, writeOne } from './write.ts'

export const splitCommand: Command = {
  name: 'split',
  summary: 'move the calls of a model between its variants',
  usage:
    '<get MODEL | set MODEL VARIANT=SHARE… | shift MODEL VARIANT=SHARE | kill MODEL VARIANT | unkill MODEL | undo MODEL | watch MODEL> [options]',
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
    'abox split kill rank legacy --reason "seldon answers nonsense"',
    'abox split undo rank --reason "more errors than before"',
    'abox split watch rank',
    'abox split watch rank --output json --count 5'
  ],
  run
}

/** What each action makes of a split. ABOX_CLI_USAGE. */
const CHANGES: Readonly<Record<string, (split: Split, args: readonly string[]) => Split>> = {
  set: (split, args) => {
    if (args.length === 0) throw usage('expected VARIANT=SHARE for each variant')
    return setWeights(split, new Map(args.map(readShare)))
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
  const [action, model, ...args] = input.positionals
  const change = action !== undefined && Object.hasOwn(CHANGES, action) ? CHANGES[action] : undefined
  if (change === undefined && action !== 'get' && action !== 'watch' && action !== 'undo') {
    throw unknownAction(action, ['get', ...Object.keys(CHANGES), 'undo', 'watch'].join(', '))
  }
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
  if (change === undefined) await refuseOthers(client, request, model)
  const written = await writeOne(client, kindOfText('Model'), model, request, ask)
  if (ask.output === 'table') await tellNow(client, `${path}/split`, model, ask.dryRun)
  showWritten(written, ask.output)
  return 0
}

/** The last change may have been of something else, which nobody means by `split undo`. Rejects with ABOX_CLI_USAGE. */
async function refuseOthers(client: ManagerClient, request: ManagerRequest, model: string): Promise<void> {
  const other = (await planOf(client, request)).difference.find(({ path }) => !/^split(\.|\[|$)/.test(path))
  if (other === undefined) return
  throw usage(
    `the last change of ${model} was one of ${other.path || 'all of it'}, too; see \`abox undo model ${model}\``
  )
}

async function tellSplit(client: ManagerClient, model: string, output: Output): Promise<number> {
  const path = `${pathOf(client, kindOfText('Model'), model)}/split`
  const { body: split, generation = 0 } = await client.send<Split>({ method: 'GET', path })
  const rows = Object.entries(split.weights).map(([variant, ppm]) => ({ variant, share: `${ppm / 10_000}%`, ppm }))
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
