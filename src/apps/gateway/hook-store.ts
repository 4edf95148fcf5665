import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AboxError, describe } from '#core/errors'
import { gatewayErrors } from './errors.ts'
import { readCode } from './hook-file.ts'

/** Bundles by digest: from documents files in this process, from a folder, and from what was kept on disk before. */
export interface HookStore {
  put(digest: string, bundle: HookBundle): void
  /** Checked against its digest. Throws ABOX_HOOK_BUNDLE naming where it was looked for. */
  read(digest: string): Promise<HookBundle>
  /** These are in force: puts on disk what is not there. Whatever else was read is refused, and is not. Never rejects. */
  keep(digests: Iterable<string>): Promise<void>
  /**
   * Takes off disk what is neither among these nor named by a last good set of any instance. What was written a moment ago
   * stays: another instance may be about to apply it. Never rejects.
   */
  prune(digests: Iterable<string>): Promise<void>
}

/** The code of one hook version: one ES module. */
export interface HookBundle {
  readonly code: string
  readonly language: 'js' | 'ts'
}

/** Younger files are not removed, ms: far longer than instances need to apply the same set one after the other. */
const REMOVE_AFTER_MS = 60_000

/** One more place where code may be. */
export interface HookPlace {
  /** For messages. */
  readonly name: string
  /** Rejects with why it has none. */
  read(digest: string): Promise<HookBundle>
}

/** `folder` is where bundles are delivered to (`<hex>.js` or `.ts`); `cache` is ours, for starts without it; `elsewhere` is asked last. */
export function createHookStore({
  folder,
  cache,
  elsewhere
}: {
  folder: string | undefined
  cache: string
  elsewhere?: HookPlace | undefined
}): HookStore {
  const given = new Map<string, HookBundle>()
  const read = new Map<string, HookBundle>()
  /** Checked against its digest. */
  const find = async (digest: string): Promise<HookBundle> => {
    const hex = hexOf(digest)
    const places = [folder, cache].filter((place) => place !== undefined)
    const near = given.get(digest) ?? (await readFirst(places.map((place) => join(place, hex))))
    const looked = places.join(' and ') || 'no folder (hooks.store is not set)'
    const bundle = near ?? (await readElsewhere(elsewhere, digest, looked))
    if (bundle === undefined) {
      throw new AboxError(gatewayErrors.ABOX_HOOK_BUNDLE, `${digest}: not found in ${looked}`)
    }
    const found = createHash('sha256').update(bundle.code).digest('hex')
    if (found !== hex) {
      throw new AboxError(gatewayErrors.ABOX_HOOK_BUNDLE, `${digest}: the code found has digest sha256:${found}`)
    }
    return bundle
  }
  const keepOne = async (digest: string): Promise<void> => {
    const place = join(cache, hexOf(digest))
    let bundle = read.get(digest)
    // Read for an earlier set, which was refused.
    if (bundle === undefined && (await readFirst([place])) === undefined) bundle = await find(digest)
    if (bundle !== undefined) await write(cache, hexOf(digest), bundle)
  }
  return {
    put(digest, bundle) {
      given.set(digest, bundle)
    },
    async read(digest) {
      const bundle = await find(digest)
      read.set(digest, bundle)
      return bundle
    },
    async keep(digests) {
      // A full or read-only disk must not refuse code that is in hand; the next start will look elsewhere.
      const earlier = [...read]
      for (const digest of digests) await keepOne(digest).catch(() => {})
      // What was read meanwhile is for a set that comes.
      for (const [digest, bundle] of earlier) if (read.get(digest) === bundle) read.delete(digest)
    },
    async prune(digests) {
      // What cannot be removed now can be another time.
      await removeOthers(cache, new Set(digests)).catch(() => {})
    }
  }
}

const hexOf = (digest: string): string => digest.replace('sha256:', '')

async function readFirst(bases: readonly string[]): Promise<HookBundle | undefined> {
  for (const base of bases) {
    for (const language of ['js', 'ts'] as const) {
      const code = await readCode(`${base}.${language}`).catch(() => undefined)
      if (code !== undefined) return { code, language }
    }
  }
  return undefined
}

async function readElsewhere(
  place: HookPlace | undefined,
  digest: string,
  looked: string
): Promise<HookBundle | undefined> {
  try {
    return await place?.read(digest)
  } catch (error) {
    const text = `${digest}: not found in ${looked}, nor at ${place?.name}: ${describe(error)}`
    throw new AboxError(gatewayErrors.ABOX_HOOK_BUNDLE, text, { cause: error })
  }
}

async function write(cache: string, hex: string, { code, language }: HookBundle): Promise<void> {
  await mkdir(cache, { recursive: true })
  const temporary = join(cache, `${hex}.${process.pid}`)
  await writeFile(temporary, code)
  await rename(temporary, join(cache, `${hex}.${language}`))
}

async function removeOthers(cache: string, used: Set<string>): Promise<void> {
  const isUsed = (name: string): boolean => {
    // Also what a process left that died while it wrote.
    const hex = /^([0-9a-f]{64})\.(?:js|ts|\d+)$/.exec(name)?.[1]
    return hex === undefined || (used.has(`sha256:${hex}`) && !/\d$/.test(name))
  }
  const others = (await readdir(cache)).filter((name) => !isUsed(name))
  // The sets of all instances are long; mostly there is nothing to look up in them.
  if (others.length === 0) return
  const state = dirname(cache)
  for (const name of await readdir(state)) {
    if (!/^documents-\d+\.json$/.test(name)) continue
    for (const digest of (await readFile(join(state, name), 'utf8')).match(/sha256:[0-9a-f]{64}/g) ?? [])
      used.add(digest)
  }
  for (const name of others) {
    if (isUsed(name)) continue
    const file = join(cache, name)
    if (Date.now() - (await stat(file)).mtimeMs > REMOVE_AFTER_MS) await rm(file, { force: true })
  }
}
