import { createHash } from 'node:crypto'
import { globSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { shortDigest } from '#contracts/hook'
import { AboxError, describe } from '#core/errors'
import { hookErrors } from './errors.ts'

/** The code of one hook as it lies in a file. */
export interface HookSource {
  /** As it was given or found. */
  readonly path: string
  /** Of the folder where the file is called hook.js or hook.ts, else of the file. */
  readonly name: string
  /** `name@12 hex`, as the gateway's records and errors call this version. */
  readonly label: string
  /** `sha256:` and 64 hex digits of the file's bytes. */
  readonly digest: string
  readonly code: string
  readonly language: 'js' | 'ts'
}

/** Reads the code of a hook. `name` replaces the one that the path says. Throws ABOX_HOOK_FILE. */
export async function readHookSource(path: string, name = nameOf(path)): Promise<HookSource> {
  if (!/\.[cm]?[jt]s$/.test(path)) throw fileError(path, `found the ending "${extname(path)}", expected .js or .ts`)
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError(path, describe(error))
  })
  const code = bytes.toString('utf8')
  // The gateway computes the digest from the text: bytes that are no UTF-8 would have another one there.
  if (!Buffer.from(code).equals(bytes)) throw fileError(path, 'found bytes that are not UTF-8')
  const hex = hexOfCode(code)
  return {
    path,
    name,
    label: `${name}@${shortDigest(hex)}`,
    digest: `sha256:${hex}`,
    code,
    language: languageOf(path)
  }
}

/** As findHookFiles, where there must be just one. ABOX_HOOK_FILE. */
export async function findHookFile(path: string): Promise<string> {
  const [file = '', ...more] = await findHookFiles(path)
  if (more.length === 0) return file
  throw fileError(path, `found ${more.length + 1} hooks in this folder, expected one FILE`)
}

/** As the gateway's file source takes it. */
export function languageOf(path: string): 'js' | 'ts' {
  return /\.[cm]?ts$/.test(path) ? 'ts' : 'js'
}

/** SHA-256 of a hook's code: what names a version. */
export function hexOfCode(code: string): string {
  return createHash('sha256').update(code).digest('hex')
}

/** The hook files of a file, a hook's folder or a folder of such folders. Throws ABOX_HOOK_FILE. */
export async function findHookFiles(path: string): Promise<string[]> {
  const info = await stat(path).catch((error: unknown) => {
    throw fileError(path, describe(error))
  })
  if (!info.isDirectory()) return [path]
  for (const pattern of ['hook.{js,ts,mjs,mts}', '*/hook.{js,ts,mjs,mts}']) {
    const found = globSync(pattern, { cwd: path }).sort()
    if (found.length > 0) return found.map((file) => join(path, file))
  }
  throw fileError(path, 'found no hook.js or hook.ts in this folder or in its folders')
}

function nameOf(path: string): string {
  const name = basename(path).replace(/\.[cm]?[jt]s$/, '')
  return name === 'hook' ? basename(dirname(resolve(path))) : name
}

/** ABOX_HOOK_FILE about a path. */
export function fileError(path: string, what: string, cause?: unknown): AboxError {
  return new AboxError(hookErrors.ABOX_HOOK_FILE, `${path}: ${what}`, cause === undefined ? {} : { cause })
}
