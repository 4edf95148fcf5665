import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AboxError } from '../../../../src/core/errors.ts'
import { databaseErrors } from '../../../../src/lib/database/errors.ts'
import { databaseFailure } from '../../../../src/lib/database/failures.ts'

const failed = (fields: object, message = 'it failed'): Error => Object.assign(new Error(message), fields)

/** What each database says, as it was seen or as its manual lists it. */
const AWAY: readonly [what: string, error: Error][] = [
  ['SQLite is busy', failed({ code: 'ERR_SQLITE_ERROR', errcode: 5 })],
  ['SQLite is busy with a snapshot', failed({ code: 'ERR_SQLITE_ERROR', errcode: 517 })],
  ['SQLite: the disk is full', failed({ errcode: 13 })],
  ['SQLite: the disk has an error', failed({ errcode: 10 | (3 << 8) })],
  ['PostgreSQL shuts down', failed({ code: '57P01' })],
  ['PostgreSQL starts', failed({ code: '57P03' })],
  ['PostgreSQL: the disk is full', failed({ code: '53100' })],
  ['PostgreSQL: too many connections', failed({ code: '53300' })],
  ['PostgreSQL: waited long for a lock', failed({ code: '55P03' })],
  ['PostgreSQL: a replica that is no leader', failed({ code: '25006' })],
  ['nobody listens', failed({ code: 'ECONNREFUSED' })],
  ['no such host', failed({ code: 'ENOTFOUND' })],
  ['no connection is free', failed({}, 'timeout exceeded when trying to connect')],
  ['a statement took too long', failed({}, 'Query read timeout')],
  ['the connection is gone', failed({}, 'Connection terminated unexpectedly')],
  ['the connection was gone before', failed({}, 'Client has encountered a connection error and is not queryable')]
]

const OTHERS: readonly [what: string, thrown: unknown][] = [
  ['SQLite: a row exists', failed({ code: 'ERR_SQLITE_ERROR', errcode: 1555 })],
  ['SQLite: a wrong statement', failed({ errcode: 1 })],
  ['PostgreSQL: a row exists', failed({ code: '23505' })],
  ['PostgreSQL: no such table', failed({ code: '42P01' })],
  ['a defect', new TypeError('x is not a function')],
  ['one of ours', new AboxError(databaseErrors.ABOX_DATABASE_SCHEMA, 'x')],
  ['a text', 'timeout exceeded'],
  ['nothing', undefined]
]

describe('failures of databases', () => {
  for (const [what, error] of AWAY) {
    test(`${what}: away`, () => {
      const failure = databaseFailure(error)
      assert.ok(failure instanceof AboxError)
      assert.deepEqual([failure.code, failure.retryable, failure.cause], ['ABOX_DATABASE_AWAY', true, error])
    })
  }

  for (const code of ['28P01', '28000', '3D000']) {
    test(`PostgreSQL ${code}: the address is wrong`, () => {
      assert.equal(AboxError.from(databaseFailure(failed({ code }))).code, 'ABOX_DATABASE_URL')
    })
  }

  for (const [what, thrown] of OTHERS) {
    test(`${what}: comes back as it was`, () => assert.equal(databaseFailure(thrown), thrown))
  }
})
