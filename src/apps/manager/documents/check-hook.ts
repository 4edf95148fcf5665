import { contractErrors } from '#contracts/errors'
import type { Hook } from '#contracts/hook'
import { AboxError } from '#core/errors'
import { prepareWeights } from '#lib/splitter'

/** What the schema cannot say of a hook. Throws ABOX_DOCUMENT_INVALID or ABOX_SPLIT_WEIGHTS with one line. */
export function checkHook({ name, versions, shadow }: Hook): void {
  const where = `Hook ${name}`
  const weights: Record<string, number> = {}
  for (const [index, { digest, file, weight }] of versions.entries()) {
    if (digest === undefined || file !== undefined) {
      throw invalid(`${where}: versions[${index}]: expected a digest; \`file\` is for documents files only`)
    }
    if (Object.hasOwn(weights, digest)) throw invalid(`${where}: versions: found ${digest} twice, expected once`)
    weights[digest] = weight ?? (versions.length === 1 ? 1_000_000 : 0)
  }
  prepareWeights(weights)
  if (shadow !== undefined && (shadow.digest === undefined || shadow.file !== undefined)) {
    throw invalid(`${where}: shadow: expected a digest; \`file\` is for documents files only`)
  }
}

/** Digests of all versions that it names. */
export function digestsOf({ versions, shadow }: Hook): string[] {
  return [...versions, ...(shadow === undefined ? [] : [shadow])].flatMap(({ digest }) => digest ?? [])
}

const invalid = (text: string): AboxError => new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, text)
