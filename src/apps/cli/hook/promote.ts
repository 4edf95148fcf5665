import { shortDigest } from '#contracts/hook'
import { type CommandInput, textOption } from '#core/command'
import { AboxError } from '#core/errors'
import { usage } from '../line-options.ts'
import { isManaged, releaseHook } from '../manager/release.ts'
import { changeHook, changeOf } from './change.ts'
import {
  type DocumentVersion,
  documentsPath,
  findHook,
  type HookDocument,
  readDocumentsText,
  storePath,
  type WeighedVersion
} from './documents.ts'
import { hookErrors } from './errors.ts'
import type { ReplayPass } from './gate.ts'
import { openRuntime } from './placement.ts'
import { requireReplay, sourceOf } from './push-replay.ts'
import { ALL_PPM, parseWeight, printWeight, reweigh } from './weights.ts'

/**
 * `abox hook promote NAME DIGEST`: another weight for a version that is there, 100 % unless told. ABOX_HOOK_VERSION,
 * ABOX_HOOK_REPLAY, ABOX_HOOK_GATE.
 */
export async function runHookPromote(input: CommandInput, [name, prefix, ...more]: readonly string[]): Promise<number> {
  if (name === undefined || prefix === undefined || more.length > 0) {
    throw usage('expected the NAME of a hook and the beginning of a DIGEST')
  }
  const change = changeOf(input)
  const weight = textOption(input, 'weight')
  const ppm = weight === undefined ? ALL_PPM : parseWeight(weight)
  const decide = (found: { readonly versions: readonly WeighedVersion[] } | undefined): readonly WeighedVersion[] => {
    const versions = found?.versions ?? []
    const index = indexOf(versions, prefix, name)
    const after = reweigh(
      versions.map((version) => version.ppm),
      index,
      ppm
    )
    return versions.map(({ digest }, i) => ({ digest, ppm: after[i] as number }))
  }
  if (isManaged(input)) {
    const subject = (versions: readonly WeighedVersion[]): string =>
      versions[indexOf(versions, prefix, name)]?.digest ?? ''
    return releaseHook(input, { name, subject, decide })
  }
  const documents = await documentsPath(input)
  // So that a wrong name is told with those that are there.
  const found = await findHook(await readDocumentsText(documents), documents, name)
  const store = storePath(input, documents)
  const json = textOption(input, 'output') === 'json'
  const passed = await replayOf(input, { found, store, prefix, by: change.by, json })
  return changeHook({
    ...change,
    action: 'promote',
    documents,
    store,
    name,
    dryRun: input.options['dry-run'] === true,
    json,
    passed,
    decide
  })
}

/** `--require-replay`, as of a push, with the version's code as it is kept. */
async function replayOf(
  input: CommandInput,
  { found, store, prefix, by, json }: { found: HookDocument; store: string; prefix: string; by: string; json: boolean }
): Promise<ReplayPass | undefined> {
  const recordings = textOption(input, 'require-replay')
  if (recordings === undefined) return undefined
  const { name } = found.hook
  const version = found.versions[indexOf(found.versions, prefix, name)] as DocumentVersion
  const source = await sourceOf(name, version, store)
  const runtime = openRuntime('sandbox')
  try {
    const { said, pass } = await requireReplay(input, { recordings, found, runtime, source, store, by })
    if (!json) console.log(said)
    return pass
  } finally {
    await runtime.close()
  }
}

function indexOf(versions: readonly WeighedVersion[], prefix: string, name: string): number {
  const hex = prefix
    .replace(/^.*@/, '')
    .replace(/^sha256:/, '')
    .toLowerCase()
  if (!/^[0-9a-f]{4,64}$/.test(hex)) {
    throw usage(`found the digest "${prefix}", expected its first 4 to 64 hex digits`)
  }
  const matching = versions.filter(({ digest }) => digest.startsWith(`sha256:${hex}`))
  if (matching.length === 1) return versions.indexOf(matching[0] as WeighedVersion)
  const all = versions.map(({ digest, ppm }) => `${shortDigest(digest)} (${printWeight(ppm)})`).join(', ')
  const what = matching.length === 0 ? 'no version' : `${matching.length} versions`
  throw new AboxError(
    hookErrors.ABOX_HOOK_VERSION,
    `hook ${name}: found ${what} with the digest ${hex}…, expected one of ${all}`
  )
}
