import { type CommandInput, textOption } from '#core/command'
import { usage } from '../line-options.ts'
import { outputOf } from '../manager/options.ts'
import { isManaged, releaseHook } from '../manager/release.ts'
import { changeHook, changeOf } from './change.ts'
import { documentsPath, findHooks, readDocumentsText, storePath, type WeighedVersion } from './documents.ts'
import type { ReplayPass } from './gate.ts'
import { openRuntime } from './placement.ts'
import { requireReplay } from './push-replay.ts'
import { findHookFile, readHookSource } from './source.ts'
import { refuseFailed, testHook } from './test.ts'
import { ALL_PPM, parseWeight, reweigh } from './weights.ts'

/**
 * `abox hook push FILE`: runs the samples in a sandbox process, puts the code into the store by its digest, and adds it to
 * the Hook document with a weight that the other versions give in proportion; without `--documents` all of it at the
 * manager. Throws what `abox hook test` throws, and ABOX_HOOK_WEIGHT, ABOX_HOOK_GATE, ABOX_HOOK_LOCKED, ABOX_HOOK_FILE,
 * ABOX_DOCUMENT_INVALID; then nothing is written.
 */
export async function runHookPush(input: CommandInput, [path, ...more]: readonly string[]): Promise<number> {
  if (path === undefined || more.length > 0) throw usage('found no or several files, expected one FILE')
  const documents = isManaged(input) ? undefined : await documentsPath(input)
  const change = changeOf(input)
  const weight = textOption(input, 'weight')
  const ppm = weight === undefined ? undefined : parseWeight(weight)
  const source = await readHookSource(await findHookFile(path), textOption(input, 'name'))
  const isTold = outputOf(input) === 'table'
  const store = storePath(input, documents ?? '.')
  const recordings = textOption(input, 'require-replay')
  let passed: ReplayPass | undefined
  const runtime = openRuntime('sandbox')
  try {
    const report = await testHook(runtime, source)
    refuseFailed([report])
    if (isTold) console.log(`${report.samples.length} samples of ${source.label} pass`)
    if (recordings !== undefined && documents !== undefined) {
      const hooks = await findHooks(await readDocumentsText(documents), documents)
      const found = hooks.find(({ hook }) => hook.name === source.name)
      const { said, pass } = await requireReplay(input, { recordings, found, runtime, source, store, by: change.by })
      passed = pass
      if (isTold) console.log(said)
    }
  } finally {
    await runtime.close()
  }
  const decide = (found: { readonly versions: readonly WeighedVersion[] } | undefined): readonly WeighedVersion[] => {
    const { digest } = source
    if (found === undefined) return [{ digest, ppm: firstWeight(ppm, weight) }]
    const versions = found.versions.some((version) => version.digest === digest)
      ? found.versions
      : [...found.versions, { digest, ppm: 0 }]
    const index = versions.findIndex((version) => version.digest === digest)
    const weights = versions.map((version) => version.ppm)
    // One that is there already keeps what it has unless it is told.
    const after = reweigh(weights, index, ppm ?? (weights[index] as number))
    return versions.map((version, i) => ({ digest: version.digest, ppm: after[i] as number }))
  }
  if (documents === undefined)
    return releaseHook(input, { name: source.name, source, subject: () => source.digest, decide })
  const dryRun = input.options['dry-run'] === true
  const { name } = source
  return changeHook({
    ...change,
    action: 'push',
    documents,
    store,
    name,
    dryRun,
    json: !isTold,
    source,
    passed,
    decide
  })
}

/** The first version of a hook gets all calls, as there is nobody to share them with. */
function firstWeight(ppm: number | undefined, weight: string | undefined): number {
  if (ppm === undefined || ppm === ALL_PPM) return ALL_PPM
  throw usage(`--weight: found ${weight ?? ''} for the first version of a hook, expected 100% or no --weight`)
}
