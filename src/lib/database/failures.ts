import { AboxError, describe } from '#core/errors'
import { databaseErrors } from './errors.ts'

const SQLITE_BUSY = 5
/** `errcode` of node:sqlite, lower byte: busy, locked, not writable, input/output, corrupt, full, cannot open. */
const SQLITE_AWAY = new Set([SQLITE_BUSY, 6, 8, 10, 11, 13, 14])
const SQLITE_TROUBLE = new Map([
  [SQLITE_BUSY, 'another process holds it'],
  [6, 'another process holds it'],
  [8, 'it cannot be written'],
  [13, 'it is full'],
  [14, 'its file cannot be opened']
])
/** SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const POSTGRES_TROUBLE = new Map([
  ['25006', 'it cannot be written'],
  ['53100', 'it is full'],
  ['53300', 'it has too many connections'],
  ['55P03', 'another process holds it']
])
/** Classes of SQLSTATE: connection, resources, operator's intervention, system; and read-only, idle in a transaction, lock not available. */
const POSTGRES_AWAY = /^(08|53|57|58)|^(25006|25P03|55P03|40001|40P01)$/
/** A text with U+0000, the only character that UTF-8 has and PostgreSQL's text has not. */
const POSTGRES_NUL = '22021'
const POSTGRES_GONE =
  /timeout exceeded|timeout expired|Connection terminated|Query read timeout|not queryable|connection has been discarded/
/** Not this user, not this password, no such database. */
const POSTGRES_REFUSES = /^28|^3D000$/
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN'])

/**
 * What a database threw: ABOX_DATABASE_AWAY where the database is to blame and a later attempt may succeed,
 * ABOX_DATABASE_URL where it does not let us in, ABOX_DATABASE_TEXT for a text that it does not take. Everything else comes back as it was.
 */
export function databaseFailure(thrown: unknown): unknown {
  if (thrown instanceof AboxError || typeof thrown !== 'object' || thrown === null) return thrown
  if (isAway(thrown)) return new AboxError(databaseErrors.ABOX_DATABASE_AWAY, describe(thrown), { cause: thrown })
  const { code } = thrown as { readonly code?: unknown }
  if (code === POSTGRES_NUL) return nulRefused()
  if (typeof code !== 'string' || !POSTGRES_REFUSES.test(code)) return thrown
  return new AboxError(databaseErrors.ABOX_DATABASE_URL, describe(thrown), { cause: thrown })
}

/** SQLite would keep it; who writes for one database writes for both. */
export const nulRefused = (): AboxError =>
  new AboxError(databaseErrors.ABOX_DATABASE_TEXT, 'found a text with U+0000, expected one without')

/** Whether SQLite's file is held by another process. */
export function isBusy(thrown: unknown): boolean {
  const { errcode } = thrown as { readonly errcode?: unknown }
  return typeof errcode === 'number' && (errcode & 0xff) === SQLITE_BUSY
}

/** What an ABOX_DATABASE_AWAY is about, in words that tell nothing of the inside. */
export function troubleOf({ cause }: AboxError): string {
  const { errcode, code } = (typeof cause === 'object' && cause !== null ? cause : {}) as Record<string, unknown>
  const ofSqlite = typeof errcode === 'number' ? SQLITE_TROUBLE.get(errcode & 0xff) : undefined
  const ofPostgres = typeof code === 'string' ? POSTGRES_TROUBLE.get(code) : undefined
  return ofSqlite ?? ofPostgres ?? 'it does not answer'
}

function isAway(error: object): boolean {
  const { errcode, code, message } = error as { errcode?: unknown; code?: unknown; message?: unknown }
  if (typeof errcode === 'number') return SQLITE_AWAY.has(errcode & 0xff)
  if (typeof code === 'string' && (NETWORK.has(code) || POSTGRES_AWAY.test(code))) return true
  // `pg` has no codes for its own time limits, nor for what is asked of a connection that is gone.
  return typeof message === 'string' && POSTGRES_GONE.test(message)
}
