import { type Command, type CommandInput, textOption } from '#core/command'
import { usage } from '../line-options.ts'
import { openManager } from './client.ts'
import { kindAndName, pathOf } from './kinds.ts'
import { changeDescribe, changeOptions, writeAskOf } from './options.ts'
import { tellUndone } from './undone.ts'
import { finishWrite, isDeletion, tellDeletion, writeOne } from './write.ts'

export const undoCommand: Command = {
  name: 'undo',
  summary: 'give a document back what it said before its last change; one that the change has made is deleted',
  usage: '<KIND> <NAME> --reason TEXT [--to GENERATION] [options]',
  options: { ...changeOptions, to: { type: 'string' } },
  describe: {
    ...changeDescribe,
    to: 'what it said in this generation (`abox describe` lists them); default the one before'
  },
  examples: [
    'abox undo model rank --environment prod --reason "more errors than before" --wait all',
    'abox undo service com.example.rank.RankService --to 7 --reason "back to Monday"',
    'abox undo model rank --dry-run'
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const { kind, key } = kindAndName(input)
  const ask = writeAskOf(input)
  const to = textOption(input, 'to')
  if (to !== undefined && !/^[1-9]\d{0,9}$/.test(to)) throw usage(`--to: found "${to}", expected a generation`)
  const client = await openManager(input)
  const path = pathOf(client, kind, key)
  const found = await client.find(path)
  const request = {
    method: 'POST',
    path: `${path}/undo`,
    // Who asks for the last change back means that of one that made the document, too.
    body: { mayDelete: true, ...(to !== undefined && { to: Number(to) }) },
    expected: ask.seen ?? found?.generation ?? 'absent',
    reason: ask.reason
  } as const
  if (to === undefined && ask.output === 'table') await tellUndone(client, kind, key, found?.generation)
  const made = await writeOne(client, kind, key, request, ask)
  if (ask.output === 'table' && isDeletion(made.written)) tellDeletion(made.written)
  await finishWrite(client, made, ask)
  return 0
}
