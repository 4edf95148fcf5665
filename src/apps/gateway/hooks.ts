import { contractErrors } from '#contracts/errors'
import type { Hook } from '#contracts/hook'
import { AboxError } from '#core/errors'
import type { Sandbox } from '#lib/sandbox'
import { prepareWeights, type SplitWeights } from '#lib/splitter'
import { MAX_TIMEOUT_MS } from './attachments.ts'
import type { HookBundle, HookStore } from './hook-store.ts'

/** One version of a hook, compiled and ready. */
export interface HookVersion {
  readonly digest: string
  /** `name@12 hex`: how records, errors and logs call it. */
  readonly label: string
  readonly sandbox: Sandbox
  readonly hasPre: boolean
  readonly hasPost: boolean
}

/** A hook as routes use it: the versions and how its calls are divided over them. */
export interface HookEntry {
  readonly name: string
  readonly versions: readonly HookVersion[]
  readonly weights: SplitWeights
}

export interface Hooks {
  /** Compiles what is new and gives the entry. Throws ABOX_HOOK_BUNDLE, ABOX_HOOK_COMPILE, ABOX_DOCUMENT_INVALID. */
  load(document: Hook): Promise<HookEntry>
  /** Ends the versions that no entry of `entries` uses, once their calls are over. */
  retain(entries: Iterable<HookEntry>): void
  versions(): Iterable<HookVersion>
  close(): void
}

export type MakeSandbox = (name: string, bundle: HookBundle) => Promise<Sandbox>

/** A version that no route uses any more stays for the calls that began with it: longer than any call may take, ms. */
const RETIRE_AFTER_MS = MAX_TIMEOUT_MS + 60_000

/** Versions by name and digest: built off the call path, kept while a route uses them. */
export function createHooks(store: HookStore, makeSandbox: MakeSandbox): Hooks {
  const versions = new Map<string, HookVersion>()
  const retiring = new Map<string, NodeJS.Timeout>()
  const build = async (label: string, digest: string): Promise<HookVersion> => {
    const sandbox = await makeSandbox(label, await store.read(digest))
    const hasPre = sandbox.exports.includes('pre')
    const hasPost = sandbox.exports.includes('post')
    if (hasPre || hasPost) return { digest, label, sandbox, hasPre, hasPost }
    sandbox.dispose()
    throw new AboxError(
      contractErrors.ABOX_DOCUMENT_INVALID,
      `hook ${label}: found exports ${sandbox.exports.join(', ') || 'none'}, expected a function pre or post`
    )
  }
  const versionOf = async (name: string, digest: string): Promise<HookVersion> => {
    const label = `${name}@${digest.slice('sha256:'.length, 'sha256:'.length + 12)}`
    const key = `${name}@${digest}`
    clearTimeout(retiring.get(key))
    retiring.delete(key)
    const known = versions.get(key)
    if (known !== undefined) return known
    const made = await build(label, digest)
    versions.set(key, made)
    return made
  }
  return {
    async load(document) {
      const weights: Record<string, number> = {}
      const loaded: HookVersion[] = []
      for (const { digest, weight } of document.versions) {
        if (digest === undefined) {
          throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `hook ${document.name}: a version has no digest`)
        }
        loaded.push(await versionOf(document.name, digest))
        weights[digest] = weight ?? (document.versions.length === 1 ? 1_000_000 : 0)
      }
      const prepared = prepareWeights(weights)
      // The splitter answers with an index into its own order of the digests.
      const versions = prepared.names.map(
        (digest) => loaded.find((version) => version.digest === digest) as HookVersion
      )
      return { name: document.name, versions, weights: prepared }
    },
    retain(entries) {
      const used = new Set<HookVersion>()
      for (const entry of entries) for (const version of entry.versions) used.add(version)
      for (const [key, version] of versions) {
        if (used.has(version) || retiring.has(key)) continue
        const timer = setTimeout(() => {
          retiring.delete(key)
          versions.delete(key)
          version.sandbox.dispose()
        }, RETIRE_AFTER_MS)
        retiring.set(key, timer.unref())
      }
    },
    versions: () => versions.values(),
    close() {
      for (const timer of retiring.values()) clearTimeout(timer)
      for (const version of versions.values()) version.sandbox.dispose()
      versions.clear()
    }
  }
}
