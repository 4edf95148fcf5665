import { randomBytes } from 'node:crypto'
import { PLATFORM, type Role } from '#contracts/business-group'
import type { TokenRow } from '../store/schema.ts'
import { type Grant, lowerRole } from './principal.ts'
import { hashSecret, newSecret } from './secrets.ts'

/**
 * In place of a role: a token for gateways. It reads no document, sends summaries for its one environment and reads the
 * code of the hooks there (docs/adr/005-gateway-tokens.md).
 */
export const GATEWAY = 'gateway'

/** Who may make such a token, and what its owner must stay for it to count: this role in the platform. */
export const GATEWAY_OWNER: Role = 'operator'

/** What a token may do at most: never more than its owner. */
export interface TokenScope {
  readonly role: Role | typeof GATEWAY
  /** '*' = all that the owner has. */
  readonly businessGroup: string
  readonly environment: string
}

/** Longest life of a token, days. */
export const MAX_TOKEN_DAYS = 366

/**
 * `abox_<id>_<secret>`: 16 hex digits that the list of tokens shows, and 256 random bits of which only the hash is stored.
 * `abox_` lets scanners of repositories find one that was committed by mistake.
 */
const TOKEN = /^abox_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/

export function newToken(): { readonly id: string; readonly text: string; readonly hash: string } {
  const id = randomBytes(8).toString('hex')
  const secret = newSecret()
  return { id, text: `abox_${id}_${secret}`, hash: hashSecret(secret) }
}

/** The two parts of a token; undefined where the text is none. */
export function parseToken(text: string): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = TOKEN.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** The owner's grants, as far as the token has them. */
export function narrowGrants(
  grants: readonly Grant[],
  token: Pick<TokenRow, 'role' | 'business_group' | 'environment'>
): Grant[] {
  const narrowed: Grant[] = []
  for (const grant of grants) {
    const businessGroup = narrowGroup(grant.businessGroup, token.business_group)
    const environment = narrow(grant.environment, token.environment)
    if (businessGroup === undefined || environment === undefined) continue
    narrowed.push({ businessGroup, environment, role: lowerRole(grant.role, token.role as Role) })
  }
  return narrowed
}

/** A member of the platform has a role in every group: a token for one of them gives it there alone. */
function narrowGroup(has: string, only: string): string | undefined {
  return only === '*' || has === only ? has : has === PLATFORM ? only : undefined
}

function narrow(has: string, only: string): string | undefined {
  if (only === '*' || has === only) return has
  return has === '*' ? only : undefined
}
