import type { AnyDocument } from '#contracts/kinds'
import { AboxError } from '#core/errors'
import type { ManagerClient } from './client.ts'
import type { FileDocument } from './documents-file.ts'
import { pathOf } from './kinds.ts'
import type { WriteAsk } from './options.ts'
import { detailOf, reword } from './reword.ts'
import { renderDifference } from './show.ts'
import { uploadBundles } from './upload-bundles.ts'
import { type Target, targetOf } from './wait.ts'
import { followTargets, type Plan, planOf, tellFollow, tellUnread } from './write.ts'

/** What became of one document of a file. */
export interface Applied extends Plan {
  readonly kind: string
  readonly key: string
  /** `untried`: a dry run cannot know before what the document names is there. */
  readonly what: 'created' | 'changed' | 'unchanged' | 'untried'
  /** Of what is untried. */
  readonly why?: string
}

/** What is known while the documents of files are applied one after the other. */
export interface ApplyRun {
  readonly client: ManagerClient
  readonly ask: WriteAsk
  /** What a dry run has not made, as `AboxError.missing` names it. */
  readonly unmade: Set<string>
  readonly targets: Target[]
}

/** The manager's words, which name the document, and where in which file it stands. */
export function placed(thrown: unknown, { source }: FileDocument): AboxError {
  return reword(thrown, `${source}: ${detailOf(AboxError.from(thrown))}`)
}

/** Makes one document as the file says. Rejects with the manager's errors and ABOX_CLI_DOCUMENT. */
export async function applyOne(run: ApplyRun, file: FileDocument): Promise<Applied> {
  try {
    return await tryOne(run, file)
  } catch (error) {
    const known = AboxError.from(error)
    if (!run.ask.dryRun || !isUnmade(run, file, known)) throw error
    const { kind, key } = file
    run.unmade.add(`${kind.kind} ${key}`)
    return { kind: kind.kind, key, what: 'untried', why: known.message, generation: 0, difference: [], follow: [] }
  }
}

/** What it would change is asked first: nothing is sent that changes nothing, and the difference is that of the change. */
async function tryOne({ client, ask, unmade, targets }: ApplyRun, file: FileDocument): Promise<Applied> {
  const { kind, key } = file
  const path = pathOf(client, kind, key)
  const body = kind.kind === 'Hook' ? await uploadBundles(client, file, ask, unmade) : file.body
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
    if (what === 'created') unmade.add(`${kind.kind} ${key}`)
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
    const follow = await followTargets(client, plan)
    if (target === undefined && follow.length === 0) tellUnread(kind.kind)
    if (target !== undefined) targets.push(target)
    targets.push(...follow)
  }
  return { ...applied, generation }
}

/** Whether it was refused for want of what the same files would have made before it. */
function isUnmade({ client, unmade }: ApplyRun, { kind }: FileDocument, { code, missing }: AboxError): boolean {
  if (missing !== undefined && unmade.has(missing)) return true
  // Of an environment nobody is told that it is not there.
  const isUnseen = code === 'ABOX_NOT_FOUND' || code === 'ABOX_FORBIDDEN'
  return isUnseen && kind.scope !== 'global' && unmade.has(`Environment ${client.environment}`)
}

/** One document, as a person reads what became of it. */
export function tellApplied({ kind, key, what, why, generation, difference, follow }: Applied, dryRun: boolean): void {
  if (what === 'untried') {
    console.log(`${kind} ${key}: cannot be tried before what it names is there: ${why}`)
    return
  }
  const text = dryRun && what !== 'unchanged' ? `would be ${what}` : what
  console.log(`${kind} ${key}: ${text} (generation ${generation})`)
  if (what === 'changed' || (dryRun && what === 'created')) console.log(renderDifference(difference))
  tellFollow(follow, dryRun)
}
