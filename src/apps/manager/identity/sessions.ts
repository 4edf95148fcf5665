import type { Kysely } from 'kysely'
import type { SessionRow, Tables } from '../store/schema.ts'
import { deleteSession, insertSession, readSession } from '../store/sessions.ts'
import { hashSecret, newSecret } from './secrets.ts'

/** A session that nobody uses ends after this, ms. */
const IDLE_MS = 60 * 60_000
/** The longest session, ms. */
const LONGEST_MS = 12 * 60 * 60_000

/** The cookie; with https its name binds it to this host, without it browsers would refuse that name. */
export interface SessionCookie {
  /** As it stands in requests. */
  readonly name: string
  /** The values of `set-cookie`. */
  set(secret: string): string
  clear(): string
}

/** `secure`: people reach the manager by https. */
export function createSessionCookie(secure: boolean): SessionCookie {
  const name = secure ? '__Host-abox' : 'abox'
  const attributes = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
  return {
    name,
    set: (secret) => `${name}=${secret}; ${attributes}; Max-Age=${LONGEST_MS / 1000}`,
    clear: () => `${name}=; ${attributes}; Max-Age=0`
  }
}

/** A session that has just begun: `secret` goes into the cookie, `csrf` to the page, which sends it with every change. */
export interface NewSession {
  readonly secret: string
  readonly csrf: string
  readonly expiresAt: number
}

/** `now`: wall clock, ms. */
export async function openSession(db: Kysely<Tables>, user: string, now: number): Promise<NewSession> {
  const secret = newSecret()
  const csrf = newSecret()
  const at = Math.round(now)
  const expiresAt = at + LONGEST_MS
  await insertSession(db, {
    hash: hashSecret(secret),
    user_name: user,
    csrf,
    created_at: at,
    used_at: at,
    expires_at: expiresAt
  })
  return { secret, csrf, expiresAt }
}

/** The session of a cookie while it counts. */
export async function findSession(db: Kysely<Tables>, secret: string, now: number): Promise<SessionRow | undefined> {
  const session = await readSession(db, hashSecret(secret))
  if (session === undefined || now >= session.expires_at || now - session.used_at >= IDLE_MS) return undefined
  return session
}

export async function closeSession(db: Kysely<Tables>, secret: string): Promise<void> {
  await deleteSession(db, hashSecret(secret))
}

/** The value of one cookie of a request; RFC 6265 §4.2. Our values need no decoding. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=')
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
  }
  return undefined
}
