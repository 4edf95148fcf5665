import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { StoredBundle } from '#contracts/api/bundle'
import type { AnyDocument } from '#contracts/kinds'
import { AboxError, describe } from '#core/errors'
import { cliErrors } from '../errors.ts'
import type { ManagerClient } from './client.ts'
import type { FileDocument } from './documents-file.ts'
import type { WriteAsk } from './options.ts'

interface VersionInFile {
  readonly file?: unknown
  readonly digest?: unknown
}

/**
 * A Hook document whose versions name files, relative to its own: their code is uploaded, and the digests stand in place of
 * the names. A dry run uploads nothing and adds the digests to `unmade`. Rejects with ABOX_CLI_DOCUMENT.
 */
export async function uploadBundles(
  client: ManagerClient,
  { body: hook, path }: Pick<FileDocument, 'body' | 'path'>,
  { dryRun, reason }: Pick<WriteAsk, 'dryRun' | 'reason'>,
  unmade: Set<string>
): Promise<AnyDocument> {
  const fill = async (version: unknown): Promise<unknown> => {
    const { file, ...rest } = version as VersionInFile & Record<string, unknown>
    if (typeof file !== 'string') return version
    const digest = await uploadFile(client, hook, resolve(dirname(path), file), { dryRun, reason })
    if (dryRun) unmade.add(`Bundle ${digest}`)
    return { ...rest, digest }
  }
  const versions = Array.isArray(hook['versions']) ? await Promise.all(hook['versions'].map(fill)) : hook['versions']
  const shadow = hook['shadow'] === undefined ? undefined : await fill(hook['shadow'])
  return { ...hook, versions, ...(shadow !== undefined && { shadow }) }
}

/** Sends the code of one file for the group that owns the hook; gives its digest. Rejects with ABOX_CLI_DOCUMENT. */
async function uploadFile(
  client: ManagerClient,
  hook: AnyDocument,
  path: string,
  { dryRun, reason }: Pick<WriteAsk, 'dryRun' | 'reason'>
): Promise<string> {
  const code = await readFile(path, 'utf8').catch((error: unknown) => {
    // The message of Node names the path once more.
    const why = error instanceof Error && 'code' in error ? String(error.code) : describe(error)
    throw new AboxError(cliErrors.ABOX_CLI_DOCUMENT, `file: ${path}: ${why}`)
  })
  const digest = `sha256:${createHash('sha256').update(code).digest('hex')}`
  if (dryRun) return digest
  const group = typeof hook['businessGroup'] === 'string' ? hook['businessGroup'] : undefined
  return uploadCode(client, { businessGroup: group, code, language: path.endsWith('.ts') ? 'ts' : 'js' }, reason)
}

/** Sends code for a business group; gives its digest. Rejects with the manager's errors. */
export async function uploadCode(
  client: ManagerClient,
  bundle: { readonly businessGroup: string | undefined; readonly code: string; readonly language: 'js' | 'ts' },
  reason: string | undefined
): Promise<string> {
  const { businessGroup, code, language } = bundle
  const { body } = await client.send<StoredBundle>({
    method: 'POST',
    path: `/environments/${encodeURIComponent(client.environment)}/bundles`,
    body: { code, language, ...(businessGroup !== undefined && { businessGroup }) },
    reason
  })
  return body.digest
}
