import { type Command, type CommandInput, textOptions } from '#core/command'
import { usage } from '../line-options.ts'
import { type Applied, type ApplyRun, applyOne, placed, tellApplied } from './apply-one.ts'
import { openManager } from './client.ts'
import { type FileDocument, readDocumentFiles } from './documents-file.ts'
import { managerDescribe, managerOptions, writeAskOf, writeDescribe, writeOptions } from './options.ts'
import { finishWrite, showWritten } from './write.ts'

export const applyCommand: Command = {
  name: 'apply',
  summary: 'make documents of the manager as files say, showing each difference first',
  usage: '-f FILE [-f FILE…] --reason TEXT [options]',
  options: { ...managerOptions, ...writeOptions, file: { type: 'string', short: 'f', multiple: true } },
  describe: {
    ...managerDescribe,
    ...writeDescribe,
    file: 'YAML or JSON with documents, - for standard input; what is not named stays as it is; a `generation` in it has to be the present one'
  },
  examples: [
    'abox apply -f rank.yaml --environment prod --dry-run',
    'abox apply -f groups.yaml -f rank.yaml --environment prod --reason "rank moves to the new cluster" --wait 7/7',
    'abox get model rank -o yaml > rank.yaml   # edit it, then: abox apply -f rank.yaml --reason "a third variant"'
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const ask = writeAskOf(input)
  const documents = await documentsOf(input)
  const state: ApplyRun = { client: await openManager(input), ask, unmade: new Set(), targets: [] }
  const done: Applied[] = []
  for (const document of documents) {
    const applied = await applyOne(state, document).catch((error: unknown) => {
      if (ask.output === 'table' && done.length > 0 && !ask.dryRun) {
        console.log(`${done.length} of ${documents.length} documents are done, the others are as they were`)
      }
      showWritten(done, ask.output)
      throw placed(error, document)
    })
    done.push(applied)
    if (ask.output === 'table') tellApplied(applied, ask.dryRun)
  }
  await finishWrite(state.client, { written: done, targets: state.targets }, ask)
  return 0
}

/** Those of all files that `-f` names. Rejects with ABOX_CLI_USAGE and ABOX_CLI_DOCUMENT. */
export async function documentsOf(input: CommandInput): Promise<FileDocument[]> {
  const files = textOptions(input, 'file')
  if (files.length === 0 || input.positionals.length > 0) throw usage('expected -f FILE')
  const documents = await readDocumentFiles(files)
  if (documents.length === 0) throw usage(`found no document in ${files.join(', ')}`)
  return documents
}
