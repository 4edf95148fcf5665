import type { Kysely } from 'kysely'
import { PLATFORM } from '#contracts/business-group'
import type { Clock } from '#core/clock'
import { AboxError, describe } from '#core/errors'
import type { Logger } from '#core/logger'
import { managerErrors } from '../errors.ts'
import type { Store } from '../store/open-store.ts'
import type { Tables, TokenRow } from '../store/schema.ts'
import { touchSession } from '../store/sessions.ts'
import { readToken, touchToken } from '../store/tokens.ts'
import { readGrants, readUser } from '../store/users.ts'
import type { Authenticator, Credentials } from './authenticator.ts'
import { type Grant, hasRole, type Principal } from './principal.ts'
import { hashSecret, isSame } from './secrets.ts'
import { findSession, readCookie, type SessionCookie } from './sessions.ts'
import { GATEWAY, GATEWAY_OWNER, narrowGrants, parseToken } from './tokens.ts'

/** How exactly it is known when a session or a token was used last, ms: a write with every request would cost too much. */
const TOUCH_MS = 60_000
/** A page sends the session's `csrf` in it with every change; no form of a foreign page can. */
export const CSRF_HEADER = 'x-abox-csrf'

export interface AuthenticatorOptions {
  readonly store: Store
  readonly cookie: SessionCookie
  readonly clock: Clock
  readonly log: Logger
}

/** By `Authorization: Bearer abox_…`, else by the cookie of a session. Everything is looked up anew for each request. */
export function createAuthenticator({ store, cookie, clock, log }: AuthenticatorOptions): Authenticator {
  const touch = (work: (db: Kysely<Tables>) => Promise<void>): void => {
    // Nobody waits for it, and a database that cannot be written to still lets people read.
    void store.write(work).catch((error: unknown) => log.warn({ error: describe(error) }, 'last use not noted'))
  }
  return {
    async authenticate(credentials, db) {
      const now = clock.wallMs()
      const read: Store['read'] = db === undefined ? (work) => store.read(work) : (work) => work(db)
      const { authorization } = credentials.headers
      if (typeof authorization === 'string') {
        const { token, principal } = await read((by) => byToken(by, authorization, credentials, now))
        if (now - token.used_at >= TOUCH_MS) touch((db) => touchToken(db, token.id, Math.round(now)))
        return principal
      }
      const secret = readCookie(textOf(credentials.headers['cookie']), cookie.name)
      if (secret === undefined || secret === '') throw refused('found neither a token nor a session')
      const { session, grants } = await read((by) => bySession(by, secret, now))
      checkCsrf(credentials, session.csrf)
      if (!credentials.isStream && now - session.used_at >= TOUCH_MS)
        touch((db) => touchSession(db, session.hash, Math.round(now)))
      return { ...principalOf(session.user_name, 'session', grants, credentials), mayAppoint: true }
    }
  }
}

async function byToken(
  db: Kysely<Tables>,
  authorization: string,
  credentials: Credentials,
  now: number
): Promise<{ token: TokenRow; principal: Principal }> {
  const parsed = parseToken(/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '')
  const token = parsed === undefined ? undefined : await readToken(db, parsed.id)
  // One text for all: who has no good token learns nothing about those that there are.
  if (parsed === undefined || token === undefined || !isSame(hashSecret(parsed.secret), token.hash)) {
    throw refused('found a token that is not known')
  }
  if (token.revoked_at !== 0) throw refused(`token ${token.id} was revoked`)
  if (now >= token.expires_at) throw refused(`token ${token.id} has expired`)
  const owned = await grantsOf(db, token.user_name)
  const by = `token ${token.id}`
  if (token.role !== GATEWAY) {
    const principal = principalOf(token.user_name, by, narrowGrants(owned, token), credentials)
    return { token, principal: { ...principal, mayAppoint: token.business_group === PLATFORM } }
  }
  const principal = principalOf(token.user_name, by, owned, credentials)
  if (!hasRole(principal, GATEWAY_OWNER, '', token.environment)) {
    throw refused(`the owner of token ${token.id} is not ${GATEWAY_OWNER} of ${PLATFORM} any more`)
  }
  return { token, principal: { ...principal, grants: [], gateway: token.environment } }
}

async function bySession(db: Kysely<Tables>, secret: string, now: number) {
  const session = await findSession(db, secret, now)
  if (session === undefined) throw refused('the session has ended')
  return { session, grants: await grantsOf(db, session.user_name) }
}

async function grantsOf(db: Kysely<Tables>, name: string): Promise<Grant[]> {
  const user = await readUser(db, name)
  if (user === undefined || user.disabled === 1) throw refused('the user is disabled')
  return readGrants(db, name)
}

function checkCsrf({ method, headers }: Credentials, csrf: string): void {
  if (method === 'GET' || method === 'HEAD') return
  if (isSame(textOf(headers[CSRF_HEADER]) ?? '', csrf)) return
  throw new AboxError(
    managerErrors.ABOX_FORBIDDEN,
    `${CSRF_HEADER}: expected what /api/v1/session says, with every change that a session makes`
  )
}

const principalOf = (
  name: string,
  by: string,
  grants: readonly Grant[],
  { address, request }: Credentials
): Principal => ({ actor: { name, by, address, request }, grants })

const textOf = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined

const refused = (text: string): AboxError => new AboxError(managerErrors.ABOX_UNAUTHENTICATED, text)
