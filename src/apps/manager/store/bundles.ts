import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import { AboxError } from '#core/errors'
import { managerErrors } from '../errors.ts'
import type { BundleRow, Tables } from './schema.ts'

/** Code of a hook as somebody uploads it. */
export interface NewBundle {
  /** '' = the platform's. */
  readonly businessGroup: string
  readonly language: 'js' | 'ts'
  readonly code: string
  /** What the uploader believes its digest to be; undefined: he does not say. */
  readonly digest?: string | undefined
  readonly by: string
}

/** `sha256:<64 hex>` of the code as UTF-8, as Hook documents and gateways name it. */
export const digestOfCode = (code: string): string => `sha256:${createHash('sha256').update(code).digest('hex')}`

/**
 * Keeps the code for the group; gives its digest and whether it is new there. `at`: wall clock, ms. Throws
 * ABOX_REQUEST_INVALID where it is not what its digest says, ABOX_EXISTS where the group has it in the other language.
 */
export async function putBundle(
  db: Kysely<Tables>,
  { businessGroup, language, code, digest: expected, by }: NewBundle,
  at: number
): Promise<{ readonly digest: string; readonly isNew: boolean }> {
  // PostgreSQL has no such character in texts, and no program needs it.
  if (code.includes('\0')) throw invalid(`code: found the character U+0000 at ${code.indexOf('\0')}, expected text`)
  const digest = digestOfCode(code)
  if (expected !== undefined && expected !== digest) throw invalid(`digest: found ${digest}, expected ${expected}`)
  const known = await db
    .selectFrom('bundles')
    .select('language')
    .where('digest', '=', digest)
    .where('business_group', '=', businessGroup)
    .executeTakeFirst()
  if (known !== undefined) {
    if (known.language === language) return { digest, isNew: false }
    throw new AboxError(managerErrors.ABOX_EXISTS, `${digest}: found ${language}, expected ${known.language} as before`)
  }
  await db
    .insertInto('bundles')
    .values({ digest, business_group: businessGroup, language, code, created_at: Math.round(at), created_by: by })
    .execute()
  return { digest, isNew: true }
}

/** The code of this digest as one of the groups has uploaded it; `groups` undefined = any. */
export async function readBundle(
  db: Kysely<Tables>,
  digest: string,
  groups?: readonly string[]
): Promise<BundleRow | undefined> {
  if (groups?.length === 0) return undefined
  let query = db.selectFrom('bundles').selectAll().where('digest', '=', digest).orderBy('business_group').limit(1)
  if (groups !== undefined) query = query.where('business_group', 'in', [...groups])
  return query.executeTakeFirst()
}

/** Whether a living Hook document of the environment names the digest, which is `sha256:` and hex digits only. */
export async function isNamedByHook(db: Kysely<Tables>, scope: string, digest: string): Promise<boolean> {
  const row = await db
    .selectFrom('documents')
    .select('key')
    .where('scope', '=', scope)
    .where('kind', '=', 'Hook')
    .where('deleted', '=', 0)
    .where('body', 'like', `%"${digest}"%`)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

const invalid = (text: string): AboxError => new AboxError(managerErrors.ABOX_REQUEST_INVALID, text)
