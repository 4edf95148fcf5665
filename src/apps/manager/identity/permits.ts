import type { Role } from '#contracts/business-group'
import { PLATFORM } from '#contracts/business-group'
import { AboxError } from '#core/errors'
import type { MayName } from '../documents/check-content.ts'
import type { Difference } from '../documents/difference.ts'
import type { Kind, ManagedDocument } from '../documents/kinds.ts'
import type { Permit } from '../documents/plan-change.ts'
import { managerErrors } from '../errors.ts'
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

/** Moves production traffic of a model that exists: the operator's. */
const isSplit = ({ path }: Difference): boolean => /^(split|variants\[[^\]]*\]\.state)(\.|\[|$)/.test(path)

/**
 * What the principal may change. `isNew`: he expects that there is none. It throws ABOX_FORBIDDEN, or ABOX_NOT_FOUND where
 * he may see that there is nothing.
 */
export function permitOf(principal: Principal, isNew = false): Permit {
  return ({ kind, scope, before, after, difference }) => {
    // Who may not see it learns nothing of it, not even which role would be needed.
    if (before !== undefined && !maySeeDocument(principal, kind, scope, before)) {
      // What he would be told if there were none.
      if (isNew && after !== undefined) permitOne(principal, kind, scope, after, undefined, difference)
      throw notThere(principal, kind, scope)
    }
    for (const document of [before, after]) {
      if (document !== undefined) permitOne(principal, kind, scope, document, before, difference)
    }
    if (before === undefined && after === undefined) throw notThere(principal, kind, scope)
  }
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
  before: ManagedDocument | undefined,
  difference: readonly Difference[]
): void {
  const { role, platform } = WRITE_ROLES[kind.kind]
  const group = platform ? PLATFORM : kind.groupOf(document)
  // A group that does not exist yet has no admins.
  const where = kind.kind === 'BusinessGroup' && before === undefined ? PLATFORM : group
  const least = kind.kind === 'Model' && before !== undefined && difference.some(isSplit) ? 'operator' : role
  if (!hasRole(principal, least, where, scope)) throw forbidden(least, kind.kind, scope)
}

/** A document that is not there, as this principal may know it: only those who see all may know that there is none. */
export function notThere(principal: Principal, kind: Pick<Kind, 'kind'>, scope: string): AboxError {
  if (!hasRole(principal, 'viewer', '', scope)) return forbidden('viewer', kind.kind, scope)
  const text = kind.kind === 'Environment' && scope !== '' ? ` "${scope}"` : `${inScope(scope)}`
  return new AboxError(managerErrors.ABOX_NOT_FOUND, `${kind.kind}: found none of this name${text}`)
}

/** The same text for what is not his and for what is not there. */
export function forbidden(role: Role, kind: string, scope: string): AboxError {
  return new AboxError(
    managerErrors.ABOX_FORBIDDEN,
    `${kind}: expected at least the role ${role} in its business group${inScope(scope)}`
  )
}

const inScope = (scope: string): string => (scope === '' ? '' : ` in ${scope}`)
