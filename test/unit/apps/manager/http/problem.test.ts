import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { managerErrors } from '../../../../../src/apps/manager/errors.ts'
import { EXITS, problemOf } from '../../../../../src/apps/manager/http/problem.ts'
import { contractErrors } from '../../../../../src/contracts/errors.ts'
import { AboxError, coreErrors, type ErrorRow } from '../../../../../src/core/errors.ts'
import { databaseErrors } from '../../../../../src/lib/database/index.ts'

const rows: readonly ErrorRow[] = [managerErrors, databaseErrors, contractErrors].flatMap((group) =>
  Object.values(group)
)

describe('problems of the API', () => {
  test('every error of the manager, its database and its documents has a status of its own', () => {
    const missing = rows.filter(({ code }) => EXITS[code] === undefined)
    assert.deepEqual(missing, [])
  })

  test('who calls is told 4xx for what he can mend; what may succeed later says when', () => {
    for (const { code, fault, retryable } of rows) {
      const { status = 0, retryAfter } = EXITS[code] ?? {}
      if (fault === 'caller') assert.ok(status >= 400 && status < 500, code)
      if (status === 429 || status === 503) assert.ok(retryable && retryAfter !== undefined, code)
    }
  })

  test('a text of the database or of a defect stays in the log', () => {
    for (const thrown of [
      new AboxError(databaseErrors.ABOX_DATABASE_AWAY, 'select secret from users'),
      new TypeError('secret is undefined'),
      'secret'
    ]) {
      const problem = problemOf(thrown, 'r-1')
      assert.doesNotMatch(JSON.stringify(problem), /secret/)
      assert.match(problem.detail, /r-1/)
      assert.ok(problem.status >= 500)
    }
  })

  test('a problem names code, title and what to do', () => {
    const { type, title, detail, code, remedy } = problemOf(new AboxError(managerErrors.ABOX_NOT_FOUND, 'x: none'), '')
    assert.deepEqual(
      { type, title, detail, code, remedy },
      {
        type: 'urn:abox:error:ABOX_NOT_FOUND',
        title: managerErrors.ABOX_NOT_FOUND.text,
        detail: 'x: none',
        code: 'ABOX_NOT_FOUND',
        remedy: managerErrors.ABOX_NOT_FOUND.remedy
      }
    )
  })

  test('an error that nobody foresaw is 500 and says so', () => {
    assert.equal(problemOf(new Error('x'), '').code, coreErrors.ABOX_INTERNAL.code)
    assert.equal(problemOf(new Error('x'), '').status, 500)
  })
})
