import { shortDigest } from '#contracts/hook'
import { type CommandInput, textOptions } from '#core/command'
import { AboxError } from '#core/errors'
import { usage } from '../line-options.ts'
import { readBundle } from './bundles.ts'
import type { DocumentVersion, HookDocument } from './documents.ts'
import { hookErrors } from './errors.ts'
import { gateRules, type ReplayPass, type ReplayRules } from './gate.ts'
import type { HookRuntime } from './placement.ts'
import { findRecordings, type RecordedLine, readRecordings } from './recorded.ts'
import { numberOption } from './replay.ts'
import { createReplay, type ReplayReport } from './replay-run.ts'
import { type HookSource, languageOf } from './source.ts'
import { printWeight } from './weights.ts'

/** Calls that are run side by side: as many as go into an isolate together. */
const BATCH = 16

/** A hook with its versions, wherever it stands. */
type FoundHook = Pick<HookDocument, 'hook' | 'versions'>

/** What a replay for a release runs on. */
export interface ReleaseReplay {
  /** File or folder. */
  readonly recordings: string
  readonly found: FoundHook | undefined
  readonly runtime: HookRuntime
  readonly source: HookSource
  readonly store: string
  readonly by: string
}

/**
 * `--require-replay` of push and promote: the version must answer recorded calls of the hook as the other one with the most
 * weight does, by the rules of the document's gate, else those of the options. Gives what the gate asks for, and says in one
 * line what it found. Throws ABOX_HOOK_REPLAY, ABOX_CLI_USAGE.
 */
export async function requireReplay(
  input: CommandInput,
  { recordings, found, runtime, source, store, by }: ReleaseReplay
): Promise<{ said: string; pass: ReplayPass }> {
  const rules = rulesOf(input, found)
  const base = await baseOf(found, source, store)
  const options = { relative: rules.tolerance, absolute: rules.absolute, ignore: rules.ignore }
  const replay = createReplay(await runtime.create(source), await runtime.create(base), options)
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
  if (calls < rules.calls) {
    const expected = rules.calls === 1 ? '' : `, expected ${rules.calls}`
    const what = calls === 0 ? 'no call' : `${calls} calls`
    throw new AboxError(hookErrors.ABOX_HOOK_REPLAY, `${recordings}: found ${what} of hook ${source.name}${expected}`)
  }
  const differing = refuseDifferent(replay.report(), said, rules.maxDifferent)
  const { name: hook, digest } = source
  const ts = new Date().toISOString()
  return { said, pass: { v: 1, hook, digest, base: base.digest, rules, calls, differing, by, ts } }
}

function refuseDifferent({ calls, errors, differences }: ReplayReport, said: string, allowed: number): number {
  const failed = calls.different + calls.error
  if (failed <= allowed) return failed
  const [error] = errors
  const first = error === undefined ? `worst at ${differences.worst?.path ?? ''}` : `${error.source}: ${error.message}`
  throw new AboxError(
    hookErrors.ABOX_HOOK_REPLAY,
    `${said}: found ${calls.different} different and ${calls.error} failed, at most ${allowed} may; ${first}`
  )
}

/** The other version that answers most calls now: compared with itself each passes. */
async function baseOf(found: FoundHook | undefined, source: HookSource, store: string): Promise<HookSource> {
  const { name } = source
  const others = (found?.versions ?? []).filter((version) => version.digest !== source.digest)
  const [heaviest] = others.toSorted((a, b) => b.ppm - a.ppm)
  if (heaviest === undefined) {
    throw usage(`--require-replay: hook ${name} has no other version, expected one to compare with`)
  }
  const base = await sourceOf(name, heaviest, store)
  return { ...base, label: `${base.label} (${printWeight(heaviest.ppm)})` }
}

/** The code of a version that a document names. ABOX_HOOK_FILE. */
export async function sourceOf(name: string, version: DocumentVersion, store: string): Promise<HookSource> {
  const { digest, file } = version
  const label = `${name}@${shortDigest(digest)}`
  if (file === undefined) return { path: store, name, label, digest, ...(await readBundle(store, digest)) }
  return { path: file.path, name, label, digest, code: file.code, language: languageOf(file.path) }
}

/** Where the document has a gate, options cannot make it wider. */
function rulesOf(input: CommandInput, found: FoundHook | undefined): ReplayRules {
  const gate = found?.hook.gate
  if (gate !== undefined) {
    const given = ['tolerance', 'absolute', 'ignore', 'max-different'].find((name) => input.options[name] !== undefined)
    if (given === undefined) return gateRules(gate)
    throw usage(`found --${given}, but \`gate\` of hook ${found?.hook.name ?? ''} says how to compare`)
  }
  return {
    calls: 1,
    maxDifferent: numberOption(input, 'max-different', 0),
    tolerance: numberOption(input, 'tolerance', 1e-6),
    absolute: numberOption(input, 'absolute', 0),
    ignore: [...textOptions(input, 'ignore')]
  }
}
