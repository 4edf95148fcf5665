import type { ManagedDocument } from '../documents/kinds.ts'
import type { StoredDocument } from '../store/documents.ts'
import { type Grant, hasRole, type Principal } from './principal.ts'

/** What somebody would read. */
interface Seen {
  readonly kind: ManagedDocument['kind']
  readonly scope: string
  readonly key: string
  /** '' = the platform's. */
  readonly businessGroup: string
}

const covers = ({ environment }: Grant, name: string): boolean => environment === '*' || environment === name

/**
 * Whether he may read it. Documents are read by the viewers of their group; environments and clusters, which belong to the
 * platform, by everybody who has a role there, because his own documents name them.
 */
export function maySee(principal: Principal, { kind, scope, key, businessGroup }: Seen): boolean {
  if (kind === 'Environment') return principal.grants.some((grant) => covers(grant, key))
  if (kind === 'Cluster') return principal.grants.some((grant) => covers(grant, scope))
  return hasRole(principal, 'viewer', businessGroup, scope)
}

/** Whether he may read a stored document, or may know of one that was deleted. */
export const maySeeStored = (principal: Principal, { scope, kind, key, businessGroup }: StoredDocument): boolean =>
  maySee(principal, { kind: kind as ManagedDocument['kind'], scope, key, businessGroup })
