import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AboxError } from '#core/errors'
import { gatewayErrors } from './errors.ts'

/** Bundles by digest: from documents files in this process, from a folder, and from what was kept on disk before. */
export interface HookStore {
  put(digest: string, bundle: HookBundle): void
  /** Checked against its digest. Throws ABOX_HOOK_BUNDLE naming where it was looked for. */
  read(digest: string): Promise<HookBundle>
}

/** The code of one hook version: one ES module. */
export interface HookBundle {
  readonly code: string
  readonly language: 'js' | 'ts'
}

/** `folder` is where bundles are delivered to (`<hex>.js` or `.ts`); `cache` is ours, for starts without it. */
export function createHookStore({ folder, cache }: { folder: string | undefined; cache: string }): HookStore {
  const given = new Map<string, HookBundle>()
  return {
    put(digest, bundle) {
      given.set(digest, bundle)
    },
    async read(digest) {
      const hex = digest.replace('sha256:', '')
      const places = [folder, cache].filter((place) => place !== undefined)
      const bundle = given.get(digest) ?? (await readFirst(places.map((place) => join(place, hex))))
      if (bundle === undefined) {
        const looked = places.join(' and ') || 'no folder (hooks.store is not set)'
        throw new AboxError(gatewayErrors.ABOX_HOOK_BUNDLE, `${digest}: not found in ${looked}`)
      }
      const found = createHash('sha256').update(bundle.code).digest('hex')
      if (found !== hex) {
        throw new AboxError(gatewayErrors.ABOX_HOOK_BUNDLE, `${digest}: the code found has digest sha256:${found}`)
      }
      // A full or read-only disk must not refuse code that is in hand; the next start will look elsewhere.
      await keep(cache, hex, bundle).catch(() => {})
      return bundle
    }
  }
}

async function readFirst(bases: readonly string[]): Promise<HookBundle | undefined> {
  for (const base of bases) {
    for (const language of ['js', 'ts'] as const) {
      const code = await readFile(`${base}.${language}`, 'utf8').catch(() => undefined)
      if (code !== undefined) return { code, language }
    }
  }
  return undefined
}

async function keep(cache: string, hex: string, { code, language }: HookBundle): Promise<void> {
  await mkdir(cache, { recursive: true })
  const temporary = join(cache, `${hex}.${process.pid}`)
  await writeFile(temporary, code)
  await rename(temporary, join(cache, `${hex}.${language}`))
}
