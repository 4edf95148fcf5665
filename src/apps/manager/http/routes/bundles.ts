import type { Kysely } from 'kysely'
import Type from 'typebox'
import { StoredBundle } from '#contracts/api/bundle'
import { PLATFORM } from '#contracts/business-group'
import { Name } from '#contracts/common'
import { checkScope } from '../../documents/change-document.ts'
import { forbidden, notThere } from '../../identity/permits.ts'
import { hasRole, type Principal } from '../../identity/principal.ts'
import { writeAudit } from '../../store/audit.ts'
import { isNamedByHook, putBundle, readBundle } from '../../store/bundles.ts'
import type { BundleRow, Tables } from '../../store/schema.ts'
import { type Api, describeRoute, EnvironmentParam, FOR_GATEWAYS, ReasonQuery, ROOT, textAnswer } from '../api.ts'
import { ChangeHeaders, readReason } from '../conditions.ts'
import { writeOnce } from '../once.ts'
import { strict } from '../validate.ts'

/** Longest request, bytes: code of 4 MiB, and what JSON makes of it. */
const BUNDLE_BYTES = 6 * 1024 * 1024
const MAX_CODE = 4 * 1024 * 1024
const Digest = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' })

interface Upload {
  readonly language: 'js' | 'ts'
  readonly code: string
  readonly businessGroup?: string
  readonly digest?: string
}

/** Code of hooks: uploaded per business group, read by its digest. */
export function bundleRoutes(api: Api): void {
  const tag = 'hooks'
  api.server.post(
    `${ROOT}/environments/:environment/bundles`,
    {
      bodyLimit: BUNDLE_BYTES,
      schema: describeRoute({
        tag,
        summary: 'Upload the code of a hook for a business group; the answer names it',
        params: EnvironmentParam,
        query: ReasonQuery,
        headers: ChangeHeaders,
        body: strict({
          language: Type.Enum(['js', 'ts']),
          code: Type.String({ minLength: 1, maxLength: MAX_CODE }),
          businessGroup: Type.Optional(Name),
          digest: Type.Optional(Digest)
        }),
        answers: { 200: StoredBundle, 201: StoredBundle }
      })
    },
    (request, reply) =>
      writeOnce(api, request, reply, async (db, now) => {
        const { environment } = request.params as { readonly environment: string }
        const { businessGroup = '', ...bundle } = request.body as Upload
        const reason = readReason(request)
        const principal = api.principalOf(request)
        const { actor } = principal
        await checkScope(db, principal, environment)
        if (!hasRole(principal, 'engineer', businessGroup, environment)) {
          throw forbidden('engineer', 'Hook', environment, businessGroup === '' ? 'platform' : 'own')
        }
        const put = await putBundle(db, { ...bundle, businessGroup, by: actor.name }, now)
        const line = {
          actor,
          action: 'upload',
          scope: environment,
          kind: 'Bundle',
          key: put.digest,
          businessGroup,
          reason
        }
        if (put.isNew) await writeAudit(db, line, now)
        const stored: StoredBundle = { digest: put.digest }
        return { status: put.isNew ? 201 : 200, headers: {}, body: JSON.stringify(stored) }
      })
  )
  api.server.get(
    `${ROOT}/bundles/:digest`,
    {
      config: FOR_GATEWAYS,
      schema: describeRoute({
        tag,
        summary: 'Read code by its digest',
        params: { digest: Digest },
        answers: { 200: textAnswer('text/javascript', 'The code') }
      })
    },
    async (request, reply) => {
      const { digest } = request.params as { readonly digest: string }
      const principal = api.principalOf(request)
      const bundle = await api.store.read((db) => readFor(db, principal, digest))
      if (bundle === undefined) throw notThere(principal, { kind: 'Hook' }, '', digest)
      reply.headers({ etag: `"${digest}"`, 'x-abox-language': bundle.language })
      return reply.type('text/javascript; charset=utf-8').send(bundle.code)
    }
  )
}

/** A gateway reads what a hook of its environment names, whoever has uploaded it. */
async function readFor(db: Kysely<Tables>, principal: Principal, digest: string): Promise<BundleRow | undefined> {
  const { gateway } = principal
  if (gateway === undefined) return readBundle(db, digest, groupsAnywhere(principal))
  return (await isNamedByHook(db, gateway, digest)) ? readBundle(db, digest) : undefined
}

/** Code belongs to a group and to no environment. Undefined: all groups. */
function groupsAnywhere({ grants }: Principal): readonly string[] | undefined {
  const groups = grants.map(({ businessGroup }) => businessGroup)
  return groups.includes(PLATFORM) ? undefined : [...new Set(groups)]
}
