import { shortDigest } from '#contracts/hook'
import { type CommandInput, textOption } from '#core/command'
import { AboxError } from '#core/errors'
import { usage } from '../line-options.ts'
import { isManaged, rollBackHook } from '../manager/release.ts'
import { changeHook, changeOf, sameVersions } from './change.ts'
import { documentsPath, findHook, readDocumentsText, storePath, type WeighedVersion } from './documents.ts'
import { hookErrors } from './errors.ts'
import type { VersionChange } from './history.ts'
import { printWeight } from './weights.ts'

/**
 * `abox hook rollback NAME`: the versions and weights before the last change; a second one goes further back.
 * ABOX_HOOK_HISTORY, ABOX_HOOK_VERSION.
 */
export async function runHookRollback(input: CommandInput, [name, ...more]: readonly string[]): Promise<number> {
  if (name === undefined || more.length > 0) throw usage('expected the NAME of a hook')
  if (isManaged(input)) return rollBackHook(input, name)
  const documents = await documentsPath(input)
  const change = changeOf(input)
  await findHook(await readDocumentsText(documents), documents, name)
  return changeHook({
    ...change,
    action: 'rollback',
    documents,
    store: storePath(input, documents),
    name,
    dryRun: input.options['dry-run'] === true,
    json: textOption(input, 'output') === 'json',
    decide: (found, history) => stateBefore(found?.versions ?? [], history, name)
  })
}

/**
 * The state before the last change that was not taken back yet. Rollbacks go one way: each further back, none forward to what
 * another one has left. A document that is otherwise than the last change left it was changed by hand: back to a state of
 * before, which counts as a rollback, or on to another one, which is taken back like any change. ABOX_HOOK_HISTORY.
 */
export function stateBefore(
  now: readonly WeighedVersion[],
  history: readonly VersionChange[],
  name: string
): readonly WeighedVersion[] {
  const states: (readonly WeighedVersion[])[] = []
  for (const { action, before, after } of history.toReversed()) {
    goTo(states, before)
    if (action === 'rollback') goTo(states, after)
    else states.push(after)
  }
  goTo(states, now)
  const before = states.at(-2)
  if (before !== undefined) return before
  const known = history.length === 0 ? 'no change by abox hook is known' : `found nothing before ${printState(now)}`
  throw new AboxError(
    hookErrors.ABOX_HOOK_HISTORY,
    `hook ${name}: ${known}, expected an earlier state to go back to; a version that is to answer instead: abox hook promote ${name} DIGEST`
  )
}

/** Back to a state that is there, else on to a new one. A hook that was made by a change was nothing before. */
function goTo(states: (readonly WeighedVersion[])[], state: readonly WeighedVersion[]): void {
  if (state.length === 0) return
  const index = states.findLastIndex((each) => sameVersions(each, state))
  if (index < 0) states.push(state)
  else states.length = index + 1
}

const printState = (versions: readonly WeighedVersion[]): string =>
  versions.map(({ digest, ppm }) => `${shortDigest(digest)} ${printWeight(ppm)}`).join(', ')
