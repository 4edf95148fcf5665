import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Type, { type Static } from 'typebox'
import { createChecker } from '#contracts/check'
import { type HookGate, shortDigest } from '#contracts/hook'
import { AboxError, describe } from '#core/errors'
import { replaceFile } from '../replace-file.ts'
import type { HookDocument, WeighedVersion } from './documents.ts'
import { hookErrors } from './errors.ts'
import type { VersionChange } from './history.ts'
import { fileError } from './source.ts'
import { printWeight } from './weights.ts'

const Count = Type.Integer({ minimum: 0 })
const Digest = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' })

/** How a replay compares, and what it asks for. */
const ReplayRules = Type.Object({
  /** Calls at least. */
  calls: Count,
  /** Calls that may differ or fail. */
  maxDifferent: Type.Number({ minimum: 0 }),
  tolerance: Type.Number({ minimum: 0 }),
  absolute: Type.Number({ minimum: 0 }),
  ignore: Type.Array(Type.String())
})
export type ReplayRules = Readonly<Static<typeof ReplayRules>>

/** A replay that a version has passed, in the store as `<64 hex digits>.<hook>.replay.json`. */
const ReplayPass = Type.Object({
  v: Type.Literal(1),
  hook: Type.String(),
  digest: Digest,
  /** The version that it was compared with. */
  base: Digest,
  rules: ReplayRules,
  /** Recorded calls that were run, and those of them that differed or failed. */
  calls: Count,
  differing: Count,
  by: Type.String(),
  /** ISO 8601. */
  ts: Type.String()
})
export type ReplayPass = Readonly<Static<typeof ReplayPass>>

const passChecker = createChecker(ReplayPass, hookErrors.ABOX_HOOK_FILE)

/** The rules that a document demands. */
export function gateRules({ replay }: HookGate): ReplayRules {
  const { calls = 1, maxDifferent = 0, tolerance = 1e-6, ignore = [] } = replay
  return { calls, maxDifferent, tolerance, absolute: 0, ignore }
}

/** A change, as far as a gate asks about it. */
export interface GatedChange {
  readonly found: Pick<HookDocument, 'hook' | 'versions'> | undefined
  readonly after: readonly WeighedVersion[]
  readonly history: readonly Pick<VersionChange, 'before' | 'after'>[]
  readonly store: string
  /** Passed a moment ago. */
  readonly passed: ReplayPass | undefined
  /** What to run with `--require-replay` for a version of this weight. */
  readonly command: (digest: string, ppm: number) => string
}

/**
 * Throws ABOX_HOOK_GATE when a version would get more calls than the document's gate lets it have without a replay that it
 * passed. The version with the most weight needs none, nor one that once had, as the history says: to go back is never
 * hindered.
 */
export async function refuseGated({ found, after, history, store, passed, command }: GatedChange): Promise<void> {
  const gate = found?.hook.gate
  if (found === undefined || gate === undefined) return
  const { name } = found.hook
  const above = gate.replay.abovePpm ?? 0
  const states = [found.versions, ...history.flatMap(({ before, after }) => [before, after])]
  const inForce = new Set(states.flatMap(heaviest))
  for (const { digest, ppm } of after) {
    const now = found.versions.find((version) => version.digest === digest)?.ppm ?? 0
    if (ppm <= above || ppm <= now || inForce.has(digest)) continue
    const pass = passed?.digest === digest ? passed : await readPass(store, name, digest)
    const others = found.versions.filter((version) => version.digest !== digest)
    const why = typeof pass === 'string' ? pass : whyNot(pass, gateRules(gate), heaviest(others))
    if (why === undefined) continue
    throw new AboxError(
      hookErrors.ABOX_HOOK_GATE,
      `hook ${name}: ${name}@${shortDigest(digest)} is to get ${printWeight(ppm)}, and the document wants a passed replay above ${printWeight(above)}: ${why}; run: ${command(digest, ppm)}`
    )
  }
}

/** The digests of the versions with the most weight. */
function heaviest(versions: readonly WeighedVersion[]): string[] {
  const most = Math.max(...versions.map(({ ppm }) => ppm))
  return versions.filter(({ ppm }) => ppm === most).map(({ digest }) => digest)
}

/** `bases`: the versions of which one must be what it was compared with, if there are any. */
function whyNot(pass: ReplayPass, wanted: ReplayRules, bases: readonly string[]): string | undefined {
  const { rules, calls, differing, base } = pass
  if (bases.length > 0 && !bases.includes(base)) {
    return `found one against ${shortDigest(base)}, expected one against ${bases.map(shortDigest).join(' or ')}, which has the most weight now`
  }
  if (calls < wanted.calls) return `found one of ${calls} calls, expected ${wanted.calls}`
  if (differing > wanted.maxDifferent) return `found one with ${differing} calls that differ or fail`
  const comparison = ({ tolerance, absolute, ignore }: ReplayRules) => JSON.stringify({ tolerance, absolute, ignore })
  if (comparison(rules) === comparison(wanted)) return undefined
  return `found one with ${comparison(rules)}, expected ${comparison(wanted)}`
}

const passPath = (store: string, hook: string, digest: string): string =>
  join(store, `${digest.replace('sha256:', '')}.${hook}.replay.json`)

/** Or why there is none: one that is broken counts as none. */
async function readPass(store: string, hook: string, digest: string): Promise<ReplayPass | string> {
  const path = passPath(store, hook, digest)
  try {
    const pass = passChecker.check(JSON.parse(await readFile(path, 'utf8')), 'the pass')
    return pass.hook === hook && pass.digest === digest ? pass : `found none, as ${path} is of another version`
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return 'found none'
    return `found none, as ${path} cannot be used: ${describe(error)}`
  }
}

/** ABOX_HOOK_FILE. */
export async function keepPass(store: string, pass: ReplayPass): Promise<void> {
  const path = passPath(store, pass.hook, pass.digest)
  try {
    await mkdir(store, { recursive: true })
    await replaceFile(path, `${JSON.stringify(pass, null, 2)}\n`)
  } catch (error) {
    throw fileError(path, describe(error), error)
  }
}
