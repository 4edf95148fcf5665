import type { Command, CommandInput } from '#core/command'
import { openManager } from './client.ts'
import { kindAndName, pathOf } from './kinds.ts'
import { changeDescribe, changeOptions, writeAskOf } from './options.ts'
import { finishWrite, tellDeletion, writeOne } from './write.ts'

export const deleteCommand: Command = {
  name: 'delete',
  summary: 'delete one document; `abox undo` brings it back',
  usage: '<KIND> <NAME> --reason TEXT [options]',
  options: { ...changeOptions },
  describe: { ...changeDescribe },
  examples: [
    'abox delete model rank-old --environment prod --reason "replaced by rank"',
    'abox delete hook shape --dry-run'
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const { kind, key } = kindAndName(input)
  const ask = writeAskOf(input)
  const client = await openManager(input)
  const path = pathOf(client, kind, key)
  const { generation = 0 } = await client.send({ method: 'GET', path })
  const request = { method: 'DELETE', path, expected: ask.seen ?? generation, reason: ask.reason } as const
  const made = await writeOne(client, kind, key, request, ask)
  if (ask.output === 'table') tellDeletion(made.written)
  await finishWrite(client, made, ask)
  return 0
}
