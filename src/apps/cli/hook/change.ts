import { userInfo } from 'node:os'
import { shortDigest } from '#contracts/hook'
import { type CommandInput, textOption } from '#core/command'
import { AboxError } from '#core/errors'
import { usage } from '../line-options.ts'
import { findBundle, writeBundle } from './bundles.ts'
import { renderDifference, takeBack } from './change-text.ts'
import {
  type Change,
  findHooks,
  type HookDocument,
  readDocumentsText,
  replaceDocuments,
  type WeighedVersion,
  withNewHook,
  withVersions
} from './documents.ts'
import { hookErrors } from './errors.ts'
import { type GatedChange, keepPass, type ReplayPass, refuseGated } from './gate.ts'
import { appendHistory, readHistory, type VersionChange } from './history.ts'
import { withLock } from './lock.ts'
import { type HookSource, languageOf } from './source.ts'

/** What a command wants to do to the versions of one hook. */
export interface Plan extends Change {
  readonly action: VersionChange['action']
  readonly documents: string
  readonly store: string
  readonly name: string
  readonly dryRun: boolean
  readonly json: boolean
  /** The code that the change brings. */
  readonly source?: HookSource
  /** The replay that it, or the version that is promoted, has passed. */
  readonly passed?: ReplayPass | undefined
  /** The versions afterwards. `history` is that of the hook, newest first; `found` is undefined where there is no such hook. */
  readonly decide: (found: HookDocument | undefined, history: readonly VersionChange[]) => readonly WeighedVersion[]
}

/** `--reason`, which every change needs but one that is not made, and who. ABOX_CLI_USAGE. */
export function changeOf(input: CommandInput): Change {
  const given = textOption(input, 'reason')?.trim()
  const reason = input.options['dry-run'] === true ? given || 'dry run' : given
  if (reason === undefined || reason === '') throw usage('found no --reason, expected why, for those who look later')
  return { reason, by: textOption(input, 'by') ?? userName() }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // In a container the user often has a number and no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}

/**
 * Reads, decides, prints the difference, and then writes: bundles first, so that no gateway meets a digest whose code is not
 * there; then the documents; then the history. Nobody else who uses this function works on the file meanwhile.
 */
export async function changeHook(plan: Plan): Promise<number> {
  if (plan.dryRun) return change(plan)
  return withLock(plan.documents, () => change(plan))
}

async function change(plan: Plan): Promise<number> {
  const { documents, name } = plan
  const text = await readDocumentsText(documents)
  const found = (await findHooks(text, documents)).find(({ hook }) => hook.name === name)
  const before = found?.versions ?? []
  const history = await readHistory(documents, name)
  const after = plan.decide(found, history)
  const changed = !sameVersions(before, after) || before.some(({ file }) => file !== undefined)
  const generation = (found?.hook.generation ?? 0) + (changed ? 1 : 0)
  await refuseMissing(plan, before, after)
  if (plan.action !== 'rollback') await refuseUnproven(plan, { found, after, history })
  const next = changed ? textAfter(text, found, after, plan) : text
  if (!plan.json) console.log(renderDifference(plan, before, after, generation))
  const written = changed && !plan.dryRun
  if (plan.passed !== undefined && !plan.dryRun) await keepPass(plan.store, plan.passed)
  const bundles = written ? await writeBundles(plan, found, after) : []
  if (written) {
    await replaceDocuments(documents, text, next)
    await appendHistory(documents, {
      ts: new Date().toISOString(),
      action: plan.action,
      hook: name,
      generation,
      by: plan.by,
      reason: plan.reason,
      before: before.map(bare),
      after: after.map(bare)
    })
  }
  if (plan.json) {
    const { action } = plan
    const states = { before: before.map(bare), after: after.map(bare) }
    console.log(
      JSON.stringify({ action, hook: name, documents, changed, written, generation, ...states, bundles }, null, 2)
    )
    return 0
  }
  for (const path of bundles) console.log(`bundle ${path}`)
  if (!changed) console.log(`${documents} says so already; nothing was written`)
  else if (plan.dryRun) console.log('nothing was written because of --dry-run')
  else console.log(`written; ${await takeBack(plan, before, after)}`)
  return 0
}

function textAfter(
  text: string,
  found: HookDocument | undefined,
  after: readonly WeighedVersion[],
  plan: Plan
): string {
  if (found !== undefined) return withVersions(text, found, after, plan)
  return withNewHook(text, plan.name, after[0]?.digest ?? '', plan)
}

/** A version that is to get more calls must be in the store, in the documents by file, or come with the change. */
async function refuseMissing(
  { store, source }: Plan,
  before: HookDocument['versions'],
  after: readonly WeighedVersion[]
): Promise<void> {
  for (const { digest, ppm } of after) {
    const old = before.find((version) => version.digest === digest)
    if (digest === source?.digest || old?.file !== undefined || ppm <= (old?.ppm ?? 0)) continue
    if ((await findBundle(store, digest)) !== undefined) continue
    throw new AboxError(
      hookErrors.ABOX_HOOK_VERSION,
      `${store}: found no bundle of ${digest}, expected it there before calls go to it`
    )
  }
}

/** As the gate of the document says. ABOX_HOOK_GATE. */
function refuseUnproven(
  { name, documents, store, source, passed }: Plan,
  change: Pick<GatedChange, 'found' | 'after' | 'history'>
): Promise<void> {
  return refuseGated({
    ...change,
    store,
    passed,
    command(digest, ppm) {
      const what =
        digest === source?.digest ? `push ${source.path} --name ${name}` : `promote ${name} ${shortDigest(digest)}`
      return `abox hook ${what} --documents ${documents} --weight ${ppm / 10_000}% --require-replay RECORDINGS --reason "…"`
    }
  })
}

/** The code of the change, and of versions that the document named by file until now. */
async function writeBundles(
  { store, source }: Plan,
  found: HookDocument | undefined,
  after: readonly WeighedVersion[]
): Promise<string[]> {
  const paths: string[] = []
  if (source !== undefined) paths.push(await writeBundle(store, source.code, source.language))
  for (const { digest, file } of found?.versions ?? []) {
    if (file === undefined || !after.some((version) => version.digest === digest)) continue
    paths.push(await writeBundle(store, file.code, languageOf(file.path)))
  }
  return [...new Set(paths)]
}

export function sameVersions(a: readonly WeighedVersion[], b: readonly WeighedVersion[]): boolean {
  return a.length === b.length && a.every(({ digest, ppm }, i) => b[i]?.digest === digest && b[i]?.ppm === ppm)
}

const bare = ({ digest, ppm }: WeighedVersion): WeighedVersion => ({ digest, ppm })
