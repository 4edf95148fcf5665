import { type CommandInput, textOptions } from '#core/command'
import { AboxError } from '#core/errors'
import type { CompareOptions } from '#lib/numeric-diff'
import { readBundle } from './hook-bundles.ts'
import type { HookDocument } from './hook-documents.ts'
import { hookErrors } from './hook-errors.ts'
import type { HookRuntime } from './hook-placement.ts'
import { findRecordings, type RecordedLine, readRecordings } from './hook-recorded.ts'
import { numberOption } from './hook-replay.ts'
import { createReplay, type ReplayReport } from './hook-replay-run.ts'
import { type HookSource, hexOf, languageOf } from './hook-source.ts'
import { printWeight } from './hook-weights.ts'
import { usage } from './line-options.ts'

/** Calls that are run side by side: as many as go into an isolate together. */
const BATCH = 16

/**
 * `push --require-replay`: the new version must answer recorded calls of the hook as the version with the most weight does.
 * Says in one line what it found. Throws ABOX_HOOK_REPLAY.
 */
export async function requireReplay(
  input: CommandInput,
  recordings: string,
  found: HookDocument | undefined,
  { runtime, source, store }: { runtime: HookRuntime; source: HookSource; store: string }
): Promise<string> {
  const base = await baseOf(found, source, store)
  const replay = createReplay(await runtime.create(source), await runtime.create(base), optionsOf(input))
  let batch: RecordedLine[] = []
  let calls = 0
  for (const file of await findRecordings(recordings)) {
    for await (const line of readRecordings(file)) {
      if (line instanceof AboxError || line.hook?.replace(/@[^@]*$/, '') !== source.name) continue
      calls++
      batch.push(line)
      if (batch.length < BATCH) continue
      await replay.run(batch)
      batch = []
    }
  }
  await replay.run(batch)
  const said = `${calls} recorded calls, ${source.label} against ${base.label}`
  if (calls === 0)
    throw new AboxError(hookErrors.ABOX_HOOK_REPLAY, `${recordings}: found no call of hook ${source.name}`)
  refuseDifferent(replay.report(), said, numberOption(input, 'max-different', 0))
  return said
}

function refuseDifferent({ calls, errors, differences }: ReplayReport, said: string, allowed: number): void {
  const failed = calls.different + calls.error
  if (failed <= allowed) return
  const [error] = errors
  const first = error === undefined ? `worst at ${differences.worst?.path ?? ''}` : `${error.source}: ${error.message}`
  throw new AboxError(
    hookErrors.ABOX_HOOK_REPLAY,
    `${said}: found ${calls.different} different and ${calls.error} failed, at most ${allowed} may; ${first}`
  )
}

/** The other version that answers most calls now: compared with itself each passes. */
async function baseOf(found: HookDocument | undefined, source: HookSource, store: string): Promise<HookSource> {
  const { name } = source
  const others = (found?.versions ?? []).filter((version) => version.digest !== source.digest)
  const [heaviest] = others.toSorted((a, b) => b.ppm - a.ppm)
  if (heaviest === undefined) {
    throw usage(`--require-replay: hook ${name} has no other version, expected one to compare with`)
  }
  const { digest, file, ppm } = heaviest
  const bundle =
    file === undefined ? await readBundle(store, digest) : { code: file.code, language: languageOf(file.path) }
  const label = `${name}@${hexOf(bundle.code).slice(0, 12)} (${printWeight(ppm)})`
  return { path: file?.path ?? store, name, label, digest, ...bundle }
}

function optionsOf(input: CommandInput): CompareOptions {
  return {
    relative: numberOption(input, 'tolerance', 1e-6),
    absolute: numberOption(input, 'absolute', 0),
    ignore: textOptions(input, 'ignore')
  }
}
