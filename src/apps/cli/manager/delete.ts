import type { Command, CommandInput } from '#core/command'
import { openManager } from './client.ts'
import { kindAndName, pathOf } from './kinds.ts'
import { changeDescribe, changeOptions, writeAskOf } from './options.ts'
import { showWritten, writeOne } from './write.ts'

export const deleteCommand: Command = {
  name: 'delete',
  summary: 'delete one document; `abox undo` brings it back',
  usage: '<KIND> <NAME> --reason TEXT [options]',
  options: { ...changeOptions },
  describe: { ...changeDescribe },
  examples: [
    'abox delete model rank-old --environment prod --reason "replaced by rank"',
    'abox delete hook shape --dry-run --reason "is it used?"'
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
  const written = await writeOne(client, kind, key, request, ask)
  if (ask.output === 'table') console.log(`${kind.kind} ${key}: ${ask.dryRun ? 'would be deleted' : 'deleted'}`)
  showWritten(written, ask.output)
  return 0
}
