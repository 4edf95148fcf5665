import pg from 'pg'
import { AboxError } from '#core/errors'
import type { Logger } from '#core/logger'
import { databaseErrors } from './errors.ts'

/** PostgreSQL's number of the type `bigint`, which `pg` hands out as text unless told otherwise. */
const INT8 = 20

export interface PostgresOptions {
  readonly url: string
  readonly password: string | undefined
  readonly connections: number
  readonly log: Logger
}

/**
 * A pool whose waits all end: for a connection and for a lock after 5 s, for a statement, or for the next one of a
 * transaction, after 15 s. Whole numbers come as numbers; none of ours is beyond 2^53. Throws ABOX_DATABASE_URL.
 */
export function openPostgres({ url, password, connections, log }: PostgresOptions): pg.Pool {
  // The error of a bad URL holds the URL, and that may hold a password.
  if (!URL.canParse(url)) {
    throw new AboxError(databaseErrors.ABOX_DATABASE_URL, 'found postgres://…, expected postgres://user@host/database')
  }
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 5000,
    query_timeout: 15_000,
    statement_timeout: 15_000,
    lock_timeout: 5000,
    // A replica that freezes in the middle of a write must not hold up the others.
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
    application_name: 'abox-manager',
    ...(password !== undefined && { password }),
    types: {
      getTypeParser: ((type: number, format?: 'text'): unknown =>
        type === INT8 ? Number : pg.types.getTypeParser(type, format)) as typeof pg.types.getTypeParser
    }
  })
  const lost = (error: Error): void => log.warn({ error: error.message }, 'connection to the database lost')
  // Unheard, a connection that breaks would end the process. The pool listens to idle ones only.
  pool.on('error', lost).on('connect', (client) => client.on('error', lost))
  return pool
}
