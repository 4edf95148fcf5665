import { PLATFORM, type Role } from '#contracts/business-group'
import type { Actor } from '../actor.ts'

/** What one role of a user covers. */
export interface Grant {
  readonly businessGroup: string
  readonly role: Role
  /** '*' = every one, and what belongs to none. */
  readonly environment: string
}

/** Who sends a request, and what he may do: a token has narrowed the grants already. */
export interface Principal {
  readonly actor: Actor
  readonly grants: readonly Grant[]
  /** The environment whose gateways this is; undefined: somebody else. A gateway has no grants. */
  readonly gateway?: string | undefined
  /**
   * Whether he may, as far as his grants go, set passwords and say who the members of the platform are: in a session, or by
   * a token for the group `platform` by name. One for all groups lies with programs, and must not become an admin of its own.
   */
  readonly mayAppoint?: boolean
}

const RANK: Readonly<Record<Role, number>> = { viewer: 0, engineer: 1, operator: 2, admin: 3 }

/**
 * Whether he has at least this role for the group in the scope. `businessGroup` '' is the platform's own, which only
 * its members reach; `scope` '' is what belongs to no environment: reading it takes the role in any environment, changing
 * it takes one in all.
 */
export function hasRole(principal: Principal, least: Role, businessGroup: string, scope: string): boolean {
  return principal.grants.some(
    ({ businessGroup: group, role, environment }) =>
      RANK[role] >= RANK[least] &&
      (group === PLATFORM || group === businessGroup) &&
      (environment === '*' || environment === scope || (scope === '' && least === 'viewer'))
  )
}

/** Groups that he has at least this role for in the scope; undefined: all of them, and what belongs to none. */
export function groupsOf(principal: Principal, least: Role, scope: string): readonly string[] | undefined {
  if (hasRole(principal, least, '', scope)) return undefined
  const names = principal.grants.map(({ businessGroup }) => businessGroup)
  return [...new Set(names)].filter((group) => hasRole(principal, least, group, scope))
}

/** The lower of two roles. */
export const lowerRole = (one: Role, other: Role): Role => (RANK[one] <= RANK[other] ? one : other)
