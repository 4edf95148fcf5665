import { shortDigest } from '#contracts/hook'
import { renderTable } from '#core/table'
import { findBundle } from './bundles.ts'
import type { DocumentVersion, WeighedVersion } from './documents.ts'
import { printWeight } from './weights.ts'

/** What is said of a change. */
interface Named {
  readonly action: 'push' | 'promote' | 'rollback'
  readonly documents: string
  readonly store: string
  readonly name: string
}

/** Version by version, before and after. */
export function renderDifference(
  { documents, name }: Named,
  before: readonly DocumentVersion[],
  after: readonly WeighedVersion[],
  generation: number
): string {
  const digests = [...new Set([...before, ...after].map(({ digest }) => digest))]
  const rows = digests.map((digest) => {
    const old = before.find((version) => version.digest === digest)
    const now = after.find((version) => version.digest === digest)
    const notes = [
      ...(old === undefined ? ['new'] : []),
      ...(now === undefined ? ['leaves the document'] : []),
      ...(old?.file === undefined ? [] : [`was file ${old.file.path}; editing that changes nothing from now on`])
    ]
    return {
      version: `${name}@${shortDigest(digest)}`,
      before: old === undefined ? '-' : printWeight(old.ppm),
      after: now === undefined ? '-' : printWeight(now.ppm),
      '': notes.join(', ')
    }
  })
  return `${documents}: hook ${name}, generation ${generation}\n${renderTable(rows)}`
}

/** How to take a change back. A rollback goes one way: what it left is promoted, or pushed, like any version. ABOX_HOOK_FILE. */
export async function takeBack(
  { action, name, documents, store }: Named,
  before: readonly DocumentVersion[],
  after: readonly WeighedVersion[]
): Promise<string> {
  if (before.length === 0) return `to take it back, remove the Hook document ${name} from ${documents}`
  const where = `--documents ${documents}`
  if (action !== 'rollback') return `to take it back: abox hook rollback ${name} ${where} --reason "…"`
  const weightOf = (digest: string): number | undefined => after.find((version) => version.digest === digest)?.ppm
  const left = before.find(({ digest, ppm }) => ppm > (weightOf(digest) ?? -1))
  if (left === undefined) return 'another rollback goes further back'
  const { digest, ppm, file } = left
  const path = file?.path ?? (await findBundle(store, digest)) ?? 'FILE'
  const what = weightOf(digest) === undefined ? `push ${path} --name ${name}` : `promote ${name} ${shortDigest(digest)}`
  return `rolled back from ${name}@${shortDigest(digest)} with ${printWeight(ppm)}; another rollback goes further back, and this one is taken back by: abox hook ${what} ${where} --weight ${ppm / 10_000}% --reason "…"`
}
