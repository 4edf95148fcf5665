import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { Principal } from './principal.ts'

/** What of a request says who sends it. */
export interface Credentials {
  readonly method: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Address of the client. */
  readonly address: string
  /** Id of the request. */
  readonly request: string
  /** Not a person who does something, but a stream that somebody has left open: no use of his session. */
  readonly isStream: boolean
}

/** Finds out who sends a request. */
export interface Authenticator {
  /**
   * Rejects with ABOX_UNAUTHENTICATED, ABOX_DATABASE_AWAY; with ABOX_FORBIDDEN where a page's change lacks its CSRF token.
   * `db`: what to read by, inside `write`; then it holds until the write is done.
   */
  authenticate(credentials: Credentials, db?: Kysely<Tables>): Promise<Principal>
}
