import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe } from '#core/errors'
import { replaceFile } from '../replace-file.ts'
import { fileError, hexOfCode, languageOf } from './source.ts'

/** Where a bundle is or would be; undefined: not in the store. Checked against its digest: ABOX_HOOK_FILE. */
export async function findBundle(store: string, digest: string): Promise<string | undefined> {
  const hex = digest.replace('sha256:', '')
  for (const language of ['js', 'ts']) {
    const path = join(store, `${hex}.${language}`)
    const code = await readFile(path, 'utf8').catch(() => undefined)
    if (code === undefined) continue
    if (hexOfCode(code) !== hex) throw fileError(path, `found code with the digest sha256:${hexOfCode(code)}`)
    return path
  }
  return undefined
}

/** The code of a version. ABOX_HOOK_FILE. */
export async function readBundle(store: string, digest: string): Promise<{ code: string; language: 'js' | 'ts' }> {
  const path = await findBundle(store, digest)
  if (path === undefined) throw fileError(store, `found no bundle of ${digest}`)
  return { code: await readFile(path, 'utf8'), language: languageOf(path) }
}

/** Writes a bundle in one step and gives its path; one that is there and whole is left alone. ABOX_HOOK_FILE. */
export async function writeBundle(store: string, code: string, language: 'js' | 'ts'): Promise<string> {
  const hex = hexOfCode(code)
  // One that is cut off by a loss of power is written anew.
  const there = await findBundle(store, `sha256:${hex}`).catch(() => undefined)
  if (there !== undefined) return there
  const path = join(store, `${hex}.${language}`)
  try {
    await mkdir(store, { recursive: true })
    await replaceFile(path, code)
  } catch (error) {
    throw fileError(path, describe(error), error)
  }
  return path
}
