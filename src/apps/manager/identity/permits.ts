import type { Role } from '#contracts/business-group'
import { PLATFORM } from '#contracts/business-group'
import { AboxError } from '#core/errors'
import type { MayName } from '../documents/check-content.ts'
import { differences } from '../documents/difference.ts'
import type { Kind, ManagedDocument } from '../documents/kinds.ts'
import type { Permit } from '../documents/plan-change.ts'
import { managerErrors } from '../errors.ts'
import { movesCalls } from './moves-calls.ts'
import { hasRole, type Principal } from './principal.ts'
import { maySee, maySeeStored } from './visible.ts'

/** The least role that writes each kind. A `platform` kind takes it in the platform's group, whoever owns the document. */
export const WRITE_ROLES: Readonly<Record<ManagedDocument['kind'], { readonly role: Role; readonly platform?: true }>> =
  {
    Algorithm: { role: 'engineer' },
    BusinessGroup: { role: 'admin' },
    Cluster: { role: 'admin', platform: true },
    Endpoint: { role: 'operator' },
    Environment: { role: 'admin', platform: true },
    Hook: { role: 'engineer' },
    Model: { role: 'engineer' },
    Service: { role: 'operator' }
  }

type Change = Parameters<Permit>[0]

/**
 * What the principal may change. `isNew`: he expects that there is none. It throws ABOX_FORBIDDEN, or ABOX_NOT_FOUND where
 * he may see that there is nothing.
 */
export function permitOf(principal: Principal, isNew = false): Permit {
  return (change) => {
    const { kind, scope, key, before, after } = change
    // Who may not see it learns nothing of it, not even which role would be needed.
    if (before !== undefined && !maySeeDocument(principal, kind, scope, before)) {
      // What he would be told if there were none.
      if (isNew && after !== undefined) permitOne(principal, kind, scope, after, true)
      throw notThere(principal, kind, scope, key)
    }
    const why = whyOperator(principal, change)
    const owned = before ?? (why === undefined ? undefined : change.last)
    for (const document of [owned, after]) {
      if (document !== undefined) permitOne(principal, kind, scope, document, before === undefined, why)
    }
    if (before === undefined && after === undefined) throw notThere(principal, kind, scope, key)
  }
}

/**
 * Which part of the change takes an operator though its kind does not; undefined: none. To delete a model and make it again
 * is to change it: callers that choose it by its name find what it says then.
 */
function whyOperator(
  principal: Principal,
  { kind, scope, before, last, after, difference }: Change
): string | undefined {
  const known = before ?? last
  if (known?.kind !== 'Model' || (after !== undefined && after.kind !== 'Model')) return undefined
  if (before !== undefined) return movesCalls(known, after, difference)
  if (after === undefined || !maySeeDocument(principal, kind, scope, known)) return undefined
  return movesCalls(known, after, differences(known, after))
}

/**
 * Models, hooks and endpoints may be named by who may read them: a variant would call the endpoint of another group with
 * that group's credentials. Groups, clusters and algorithms are names only.
 */
export function mayNameOf(principal: Principal): MayName {
  return (named) => !NAMED_BY_READERS.has(named.kind) || maySeeStored(principal, named)
}

const NAMED_BY_READERS: ReadonlySet<string> = new Set(['Model', 'Hook', 'Endpoint'])

const maySeeDocument = (principal: Principal, kind: Kind, scope: string, document: ManagedDocument): boolean =>
  maySee(principal, { kind: kind.kind, scope, key: kind.keyOf(document), businessGroup: kind.groupOf(document) })

function permitOne(
  principal: Principal,
  kind: Kind,
  scope: string,
  document: ManagedDocument,
  isNew: boolean,
  why?: string
): void {
  const least = why === undefined ? WRITE_ROLES[kind.kind].role : 'operator'
  const group = WRITE_ROLES[kind.kind].platform ? PLATFORM : kind.groupOf(document)
  // A group that does not exist yet has no admins.
  const where = kind.kind === 'BusinessGroup' && isNew ? PLATFORM : group
  const isPlatform = where === PLATFORM || where === ''
  if (!hasRole(principal, least, where, scope))
    throw forbidden(least, kind.kind, scope, isPlatform ? 'platform' : 'own', why)
  if (kind.kind === 'BusinessGroup' && group === PLATFORM) checkAppoints(principal)
}

/** Throws ABOX_FORBIDDEN for a token that sets no passwords and makes nobody an admin. */
export function checkAppoints({ mayAppoint = false }: Principal): void {
  if (mayAppoint) return
  const text = `expected a session, or a token for the business group ${PLATFORM} alone (\`abox login --group ${PLATFORM}\`)`
  throw new AboxError(managerErrors.ABOX_FORBIDDEN, text)
}

/** A document that is not there, as this principal may know it: only those who see all may know that there is none. */
export function notThere(principal: Principal, { kind }: Pick<Kind, 'kind'>, scope: string, key: string): AboxError {
  if (!hasRole(principal, 'viewer', '', scope)) {
    return forbidden('viewer', kind, scope, SEEN_BY_ALL.has(kind) ? 'any' : 'own')
  }
  const where = kind === 'Environment' || scope === '' ? '' : ` in ${scope}`
  const name = JSON.stringify(key.slice(0, MAX_NAME))
  return new AboxError(managerErrors.ABOX_NOT_FOUND, `${kind} ${name}: found none${where}`)
}

/** See `maySee`. */
const SEEN_BY_ALL: ReadonlySet<string> = new Set(['Environment', 'Cluster'])
/** A longer name is shown in part. */
const MAX_NAME = 200
const GROUPS = { own: 'its business group', platform: `the group ${PLATFORM}`, any: 'any group' } as const

/**
 * `of`: in which group a role would do. The same text for what is not his and for what is not there. `why`: which part of
 * a document that he may see takes it.
 */
export function forbidden(role: Role, kind: string, scope: string, of: keyof typeof GROUPS, why = ''): AboxError {
  // What belongs to no environment: to read it a role in any will do, see `hasRole`.
  const where = scope !== '' ? ` in ${scope}` : role === 'viewer' ? '' : ' in all environments'
  return new AboxError(
    managerErrors.ABOX_FORBIDDEN,
    `${kind}: expected at least the role ${role} in ${GROUPS[of]}${where}${why === '' ? '' : `: ${why.slice(0, MAX_NAME)}`}`
  )
}
