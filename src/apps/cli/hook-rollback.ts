import { type CommandInput, textOption } from '#core/command'
import { AboxError } from '#core/errors'
import { changeHook, changeOf, sameVersions } from './hook-change.ts'
import { documentsPath, findHook, readDocumentsText, storePath, type WeighedVersion } from './hook-documents.ts'
import { hookErrors } from './hook-errors.ts'
import type { HookChange } from './hook-history.ts'
import { usage } from './line-options.ts'

/**
 * `abox hook rollback NAME`: the versions and weights before the last change. It is a change itself, so a second one takes
 * it back. ABOX_HOOK_HISTORY, ABOX_HOOK_VERSION.
 */
export async function runHookRollback(input: CommandInput, [name, ...more]: readonly string[]): Promise<number> {
  if (name === undefined || more.length > 0) throw usage('expected the NAME of a hook')
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
 * What the last change began with. Where the document is not what that change ended with, it was changed by hand
 * since: then that is the last change, and what it began with is what the one before ended with.
 */
export function stateBefore(
  now: readonly WeighedVersion[],
  history: readonly HookChange[],
  name: string
): readonly WeighedVersion[] {
  const [last] = history
  const before = last === undefined || sameVersions(last.after, now) ? last?.before : last.after
  if (before !== undefined && before.length > 0) return before
  throw new AboxError(
    hookErrors.ABOX_HOOK_HISTORY,
    `hook ${name}: found ${last === undefined ? 'no change' : 'only the one that made it'}, expected one to take back`
  )
}
