import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Type, { type Static } from 'typebox'
import { createChecker } from '#contracts/check'
import { shortDigest } from '#contracts/hook'
import { describe } from '#core/errors'
import type { Logger } from '#core/logger'
import { gatewayErrors } from '../errors.ts'

/** Where a version's isolate lives: in the instance, or in the sandbox process beside it. */
export type Place = 'instance' | 'sandbox'

const Time = Type.Integer({ minimum: 0 })
const Key = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}@sha256:[0-9a-f]{64}$' })

/** Why and since when (ms since 1970) calls do not go to a version. */
const Disabled = Type.Object({ why: Type.String(), at: Time })
export type Disabled = Static<typeof Disabled>

/** How and when (ms since 1970) a version ended an instance. */
const Crash = Type.Object({ why: Type.String(), at: Time })
export type Crash = Static<typeof Crash>

/** What is kept of a version over restarts; times are ms since 1970. */
const Kept = Type.Object({
  place: Type.Enum(['instance', 'sandbox']),
  /** Since it last began anew, and how long that had been when this was written, ms. */
  calls: Type.Integer({ minimum: 0 }),
  quietMs: Type.Number({ minimum: 0 }),
  strikes: Type.Array(Type.Integer(), { maxItems: 1000 }),
  /** Calls that have ended since each of them. */
  callsSince: Type.Optional(Type.Array(Type.Integer({ minimum: 0 }), { maxItems: 1000 })),
  /** Times that it has lost the instance, as far as they count. */
  losses: Type.Optional(Type.Integer({ minimum: 0, maximum: 6 })),
  disabled: Type.Optional(Disabled),
  enabledAt: Type.Optional(Time),
  left: Type.Optional(Type.Boolean()),
  /** It has passed its trial. */
  tried: Type.Optional(Type.Boolean()),
  ranAt: Time,
  changedAt: Time
})
export type KeptTrust = Static<typeof Kept> & { readonly crashed?: Crash }

const CLOSED = { additionalProperties: false }
const KeptFile = Type.Object({ v: Type.Literal(1), versions: Type.Record(Key, Kept, CLOSED) })
export type KeptFile = Static<typeof KeptFile>

const CrashFile = Type.Object({ v: Type.Literal(1), crashes: Type.Record(Key, Crash, CLOSED) })
export type CrashFile = Static<typeof CrashFile>

const keptChecker = createChecker(KeptFile, gatewayErrors.ABOX_HOOK_STATE)
const crashChecker = createChecker(CrashFile, gatewayErrors.ABOX_HOOK_STATE)

/** `name@sha256:…`, in files and in messages between processes. */
export const keyOf = (name: string, digest: string): string => `${name}@${digest}`

export const nameOf = (key: string): string => key.slice(0, key.lastIndexOf('@'))
export const digestOf = (key: string): string => key.slice(key.lastIndexOf('@') + 1)
/** `name@12 hex`: how records, errors and logs call it. */
export const labelOf = (key: string): string => `${nameOf(key)}@${hexOf(key)}`
/** The 12 hex digits. */
export const hexOf = (key: string): string => shortDigest(digestOf(key))

export const keptFile = (folder: string, index: number): string => join(folder, `hooks-${index}.json`)
export const crashFile = (folder: string): string => join(folder, 'hook-crashes.json')

/** Versions that have ended an instance, as the supervisor has written them. A broken file counts as none, with a log line. */
export async function readCrashes(folder: string, log: Logger): Promise<CrashFile['crashes']> {
  const file = crashFile(folder)
  return (await readJson(file, log, (value) => crashChecker.check(value, file)))?.crashes ?? {}
}

/**
 * What all instances of the gateway have kept in the folder, each in a file of its own: the process after a dead one may
 * have another index. Of a version that several know, what was changed last counts; but a version that one of them has
 * disabled, and none has enabled since, is disabled.
 */
export async function readKept(folder: string, log: Logger): Promise<Map<string, KeptTrust>> {
  const names = await readdir(folder).catch(() => [])
  const merged = new Map<string, KeptTrust>()
  for (const name of names.filter((each) => /^hooks-\d+\.json$/.test(each)).sort()) {
    const file = join(folder, name)
    const found = await readJson(file, log, (value) => keptChecker.check(value, file))
    for (const [key, kept] of Object.entries(found?.versions ?? {})) {
      const known = merged.get(key)
      merged.set(key, known === undefined ? kept : mergeKept(known, kept))
    }
  }
  for (const [key, crashed] of Object.entries(await readCrashes(folder, log))) {
    merged.set(key, { ...(merged.get(key) ?? UNKNOWN), crashed })
  }
  return merged
}

const UNKNOWN: KeptTrust = { place: 'sandbox', calls: 0, quietMs: 0, strikes: [], ranAt: 0, changedAt: 0 }

function mergeKept(a: KeptTrust, b: KeptTrust): KeptTrust {
  const { disabled: _, ...newest } = a.changedAt >= b.changedAt ? a : b
  const enabledAt = Math.max(a.enabledAt ?? 0, b.enabledAt ?? 0)
  const [disabled] = [a.disabled, b.disabled]
    .filter((each) => each !== undefined && each.at > enabledAt)
    .sort((one, other) => (one?.at ?? 0) - (other?.at ?? 0))
  return {
    ...newest,
    enabledAt,
    tried: a.tried === true || b.tried === true,
    ranAt: Math.max(a.ranAt, b.ranAt),
    ...(disabled !== undefined && { disabled })
  }
}

async function readJson<T>(file: string, log: Logger, check: (value: unknown) => T): Promise<T | undefined> {
  try {
    return check(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    log.warn({ file, error: describe(error) }, 'what was known of hook versions cannot be read; they begin anew')
    return undefined
  }
}
