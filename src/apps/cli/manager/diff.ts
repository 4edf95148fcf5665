import type { Command, CommandInput } from '#core/command'
import { documentsOf } from './apply.ts'
import { type Applied, type ApplyRun, applyOne, placed, tellApplied } from './apply-one.ts'
import { openManager } from './client.ts'
import { managerDescribe, managerOptions, outputOf } from './options.ts'
import { showWritten } from './write.ts'

export const diffCommand: Command = {
  name: 'diff',
  summary:
    'show how documents of files differ from those of the manager; exit code 0: not at all, 1: they do, 3: it failed',
  usage: '-f FILE [-f FILE…] [options]',
  options: { ...managerOptions, file: { type: 'string', short: 'f', multiple: true } },
  describe: { ...managerDescribe, file: 'YAML or JSON with documents, - for standard input' },
  examples: ['abox diff -f rank.yaml --environment prod', 'abox diff -f rank.yaml --output json'],
  failureCode: 3,
  run
}

/** As `apply --dry-run`, which is silent about what is the same. */
async function run(input: CommandInput): Promise<number> {
  const output = outputOf(input)
  const documents = await documentsOf(input)
  const ask = { output, reason: undefined, dryRun: true, wait: undefined, seen: undefined }
  const state: ApplyRun = { client: await openManager(input), ask, unmade: new Set(), targets: [] }
  const different: Applied[] = []
  for (const document of documents) {
    const applied = await applyOne(state, document).catch((error: unknown) => {
      throw placed(error, document)
    })
    if (applied.what === 'unchanged') continue
    different.push(applied)
    if (output === 'table') tellApplied(applied, true)
  }
  showWritten(different, output)
  return different.length === 0 ? 0 : 1
}
