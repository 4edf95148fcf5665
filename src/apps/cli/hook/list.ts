import { shortDigest } from '#contracts/hook'
import { type CommandInput, textOption } from '#core/command'
import { renderTable } from '#core/table'
import { usage } from '../line-options.ts'
import { isManaged, listHooks } from '../manager/release.ts'
import { findBundle } from './bundles.ts'
import { documentsPath, findHook, findHooks, type HookDocument, readDocumentsText, storePath } from './documents.ts'
import { readHistory, type VersionChange } from './history.ts'
import { printWeight } from './weights.ts'

interface ListedVersion {
  readonly digest: string
  readonly ppm: number
  /** Where its code is; undefined: not in the store. */
  readonly bundle: string | undefined
}

/** `abox hook list`: hooks of a documents file with their versions and weights, and with --history their changes. ABOX_HOOK_VERSION. */
export async function runHookList(input: CommandInput, names: readonly string[]): Promise<number> {
  if (names.length > 1) throw usage(`found ${names.length} names, expected one NAME or none`)
  if (isManaged(input)) return listHooks(input, names[0])
  const documents = await documentsPath(input)
  const store = storePath(input, documents)
  const [name] = names
  const text = await readDocumentsText(documents)
  const hooks = name === undefined ? await findHooks(text, documents) : [await findHook(text, documents, name)]
  const listed = await Promise.all(
    hooks.map(async (found) => ({
      ...changeFieldsOf(found),
      versions: await versionsOf(found, store),
      ...(input.options['history'] === true && { history: await readHistory(documents, found.hook.name) })
    }))
  )
  if (textOption(input, 'output') === 'json') {
    console.log(JSON.stringify({ documents, store, hooks: listed }, null, 2))
    return 0
  }
  const rows = listed.flatMap((hook) =>
    hook.versions.map(({ digest, ppm, bundle }) => ({
      version: `${hook.name}@${shortDigest(digest)}`,
      weight: printWeight(ppm),
      bundle: bundle ?? 'MISSING',
      generation: hook.generation,
      by: hook.changedBy,
      reason: hook.reason
    }))
  )
  console.log(rows.length === 0 ? `${documents}: found no hook` : renderTable(rows))
  for (const { name, shadow } of listed) {
    if (shadow !== undefined) console.log(`${name}: ${shadow} runs beside them and never answers`)
  }
  for (const { name, history } of listed) if (history !== undefined) console.log(renderHistory(name, history))
  return 0
}

function changeFieldsOf({ hook }: HookDocument) {
  const { name, generation = 0, changedBy = '', reason = '', shadow } = hook
  const named = shadow?.file ?? (shadow?.digest === undefined ? undefined : `${name}@${shortDigest(shadow.digest)}`)
  return { name, generation, changedBy, reason, shadow: named }
}

function versionsOf({ versions }: HookDocument, store: string): Promise<ListedVersion[]> {
  return Promise.all(
    versions.map(async ({ digest, ppm, file }) => ({
      digest,
      ppm,
      bundle: file?.path ?? (await findBundle(store, digest))
    }))
  )
}

function renderHistory(name: string, history: readonly VersionChange[]): string {
  if (history.length === 0) return `\n${name}: no change by abox hook is known`
  const weights = (change: VersionChange): string =>
    change.after.map(({ digest, ppm }) => `${shortDigest(digest)} ${printWeight(ppm)}`).join(', ')
  const rows = history.map((change) => ({
    when: change.ts,
    generation: change.generation,
    what: change.action,
    versions: weights(change),
    by: change.by,
    reason: change.reason
  }))
  return `\n${name}, newest change first\n${renderTable(rows)}`
}
