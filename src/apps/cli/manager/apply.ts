import { type Command, type CommandInput, textOptions } from '#core/command'
import { AboxError } from '#core/errors'
import { usage } from '../line-options.ts'
import { type ManagerClient, openManager } from './client.ts'
import { type FileDocument, readDocumentFiles } from './documents-file.ts'
import { type AnyDocument, pathOf } from './kinds.ts'
import { managerDescribe, managerOptions, type WriteAsk, writeAskOf, writeDescribe, writeOptions } from './options.ts'
import { renderDifference } from './show.ts'
import { uploadBundles } from './upload-bundles.ts'
import { type Target, targetOf, waitForReceipts } from './wait.ts'
import { followTargets, type Plan, planOf, showWritten, tellFollow, tellProgress } from './write.ts'

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
    'abox apply -f rank.yaml --environment prod --dry-run --reason "see what it would do"',
    'abox apply -f groups.yaml -f rank.yaml --environment prod --reason "rank moves to the new cluster" --wait 7/7',
    'abox get model rank -o yaml > rank.yaml   # edit it, then: abox apply -f rank.yaml --reason "a third variant"'
  ],
  run
}

interface Applied extends Plan {
  readonly kind: string
  readonly key: string
  /** `untried`: a dry run cannot know before what the document names is there. */
  readonly what: 'created' | 'changed' | 'unchanged' | 'untried'
  /** Of what is untried. */
  readonly why?: string
}

interface Run {
  readonly client: ManagerClient
  readonly ask: WriteAsk
  /** What a dry run has not made, as the manager's messages name it. */
  readonly unmade: Set<string>
  readonly targets: Target[]
}

async function run(input: CommandInput): Promise<number> {
  const files = textOptions(input, 'file')
  if (files.length === 0 || input.positionals.length > 0) throw usage('expected -f FILE')
  const ask = writeAskOf(input)
  const documents = await readDocumentFiles(files)
  if (documents.length === 0) throw usage(`found no document in ${files.join(', ')}`)
  const client = await openManager(input)
  const state: Run = { client, ask, unmade: new Set(), targets: [] }
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
    if (ask.output === 'table') tell(applied, ask.dryRun)
  }
  if (ask.wait !== undefined && !ask.dryRun) await waitForReceipts(client, state.targets, ask.wait, tellProgress)
  showWritten(done, ask.output)
  return 0
}

/** The manager's words, and which document of which file they are about. */
function placed(thrown: unknown, { source, kind, key }: FileDocument): AboxError {
  const error = AboxError.from(thrown)
  const { code, fault, retryable, remedy } = error
  const detail = error.message.startsWith(`${code}: `) ? error.message.slice(code.length + 2) : error.message
  const row = { code, fault, retryable, text: '', remedy }
  return new AboxError(row, `${source}, ${kind.kind} ${key}: ${detail}`, { cause: thrown })
}

async function applyOne(state: Run, file: FileDocument): Promise<Applied> {
  try {
    return await tryOne(state, file)
  } catch (error) {
    const { message } = AboxError.from(error)
    const isUnmade = [...state.unmade].some((text) => message.includes(text))
    if (!state.ask.dryRun || !isUnmade) throw error
    const { kind, key } = file
    state.unmade.add(`"${key}"`)
    return { kind: kind.kind, key, what: 'untried', why: message, generation: 0, difference: [], follow: [] }
  }
}

/** What it would change is asked first: nothing is sent that changes nothing, and the difference is that of the change. */
async function tryOne({ client, ask, unmade, targets }: Run, file: FileDocument): Promise<Applied> {
  const { kind, key, source } = file
  const path = pathOf(client, kind, key)
  const body = kind.kind === 'Hook' ? await uploadBundles(client, file.body, source, ask, unmade) : file.body
  const found = await client.find<AnyDocument>(path)
  const request = { method: 'PUT', path, body, expected: found?.generation ?? 'absent', reason: ask.reason } as const
  let plan = await planOf(client, request)
  const isSame = plan.difference.length === 0
  const expected = file.generation ?? request.expected
  // Who edits an old copy would undo what others have changed since; who sends what is there already does not.
  if (!isSame && expected !== request.expected) plan = await planOf(client, { ...request, expected })
  const what = isSame ? 'unchanged' : found === undefined ? 'created' : 'changed'
  const applied = { kind: kind.kind, key, what, ...plan } as const
  if (ask.dryRun) {
    if (what === 'created') for (const text of namesOf(kind.kind, key)) unmade.add(text)
    return applied
  }
  let document = found?.body
  let generation = plan.generation
  if (!isSame) {
    const answer = await client.send<AnyDocument>({ ...request, expected })
    document = answer.body
    generation = answer.generation ?? generation
  }
  if (ask.wait !== undefined) {
    const target = targetOf(kind.kind, key, document, generation)
    if (target !== undefined) targets.push(target)
    targets.push(...(await followTargets(client, plan)))
  }
  return { ...applied, generation }
}

/** How messages about a document that does not exist name it. */
function namesOf(kind: string, key: string): string[] {
  return kind === 'Environment' ? [`"${key}"`, `in ${key}`] : [`"${key}"`]
}

function tell({ kind, key, what, why, generation, difference, follow }: Applied, dryRun: boolean): void {
  if (what === 'untried') {
    console.log(`${kind} ${key}: cannot be tried before what it names is there: ${why}`)
    return
  }
  const text = dryRun && what !== 'unchanged' ? `would be ${what}` : what
  console.log(`${kind} ${key}: ${text} (generation ${generation})`)
  if (what === 'changed') console.log(renderDifference(difference))
  tellFollow(follow, dryRun)
}
