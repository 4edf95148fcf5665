import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RevisionPage } from '#contracts/api/revision'
import { type Hook, shortDigest } from '#contracts/hook'
import { type CommandInput, textOption } from '#core/command'
import { writeBundle } from '../hook/bundles.ts'
import type { WeighedVersion } from '../hook/documents.ts'
import { type ReplayPass, refuseGated } from '../hook/gate.ts'
import { openRuntime } from '../hook/placement.ts'
import { requireReplay, sourceOf } from '../hook/push-replay.ts'
import type { HookSource } from '../hook/source.ts'
import type { ManagerClient } from './client.ts'

/** A release as it is about to be made. */
export interface Unproven {
  readonly name: string
  /** As the manager has it; undefined: there is none. */
  readonly hook: Hook | undefined
  readonly before: readonly WeighedVersion[]
  readonly after: readonly WeighedVersion[]
  /** The version that the release is about. */
  readonly digest: string
  /** Its code, where the release brings it. */
  readonly source: HookSource | undefined
}

/**
 * `--require-replay` and the gate of a hook, as for a documents file, with the code of versions from the manager. A replay
 * is kept nowhere there, so that what the gate asks for has to be passed in the same command. Gives what a replay has
 * found, for people. Throws ABOX_HOOK_REPLAY, ABOX_HOOK_GATE, and the manager's errors.
 */
export async function proveRelease(
  input: CommandInput,
  client: ManagerClient,
  release: Unproven
): Promise<string | undefined> {
  const recordings = textOption(input, 'require-replay')
  const { name, hook, before: versions, after, source } = release
  const found = hook === undefined ? undefined : { hook, versions }
  const store = await mkdtemp(join(tmpdir(), 'abox-release-'))
  try {
    const proof = recordings === undefined ? undefined : await replay(input, client, { ...release, recordings, store })
    await refuseGated({
      found,
      after,
      history: hook?.gate === undefined ? [] : await readHistory(client, name),
      store,
      passed: proof?.pass,
      command(digest, ppm) {
        const what = digest === source?.digest ? `push ${source.path}` : `promote ${name} ${shortDigest(digest)}`
        return `abox hook ${what} --weight ${ppm / 10_000}% --require-replay RECORDINGS --reason "…"`
      }
    })
    return proof?.said
  } finally {
    await rm(store, { recursive: true, force: true })
  }
}

async function replay(
  input: CommandInput,
  client: ManagerClient,
  { name, hook, before, digest, source, recordings, store }: Unproven & { recordings: string; store: string }
): Promise<{ said: string; pass: ReplayPass }> {
  for (const version of before) {
    if (version.digest === source?.digest) continue
    const { code, language } = await client.readCode(version.digest)
    await writeBundle(store, code, language)
  }
  const runtime = openRuntime('sandbox')
  try {
    const found = hook === undefined ? undefined : { hook, versions: before }
    const tried = source ?? (await sourceOf(name, { digest, ppm: 0 }, store))
    return await requireReplay(input, { recordings, found, runtime, source: tried, store, by: '' })
  } finally {
    await runtime.close()
  }
}

/** What the hook said before, as far back as the manager tells at once. */
async function readHistory(
  client: ManagerClient,
  name: string
): Promise<{ readonly before: readonly WeighedVersion[]; readonly after: readonly WeighedVersion[] }[]> {
  const path = `/environments/${encodeURIComponent(client.environment)}/hooks/${encodeURIComponent(name)}/revisions`
  const { body } = await client.send<RevisionPage>({
    method: 'GET',
    path,
    query: { limit: 100 }
  })
  return body.items.map(({ document }) => ({ before: [], after: weighed(document as Hook) }))
}

/** The versions of a document with their weights; the only one has all calls where the document does not say. */
export function weighed({ versions }: Pick<Hook, 'versions'>): WeighedVersion[] {
  return versions.map(({ digest = '', weight }) => ({ digest, ppm: weight ?? (versions.length === 1 ? 1_000_000 : 0) }))
}
