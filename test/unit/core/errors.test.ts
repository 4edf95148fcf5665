import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AboxError, describe, errorRows } from '#core/errors'

const rows = errorRows({
  ABOX_TEST: { fault: 'caller', retryable: true, text: 'A test.', remedy: 'None.' }
})

test('a row knows its own code and an error carries all of the row', () => {
  const error = new AboxError(rows.ABOX_TEST, 'found x', { path: 'a.b', offset: 3 })
  assert.equal(error.message, 'ABOX_TEST: found x')
  assert.deepEqual(
    [error.code, error.fault, error.retryable, error.remedy, error.path, error.offset],
    ['ABOX_TEST', 'caller', true, 'None.', 'a.b', 3]
  )
})

test('whatever was thrown becomes an AboxError, and one that is one already stays itself', () => {
  const own = new AboxError(rows.ABOX_TEST, 'x')
  assert.equal(AboxError.from(own), own)
  assert.equal(AboxError.from(new TypeError('boom')).code, 'ABOX_INTERNAL')
  assert.equal(AboxError.from(undefined).message, 'ABOX_INTERNAL: undefined')
})

test('a thrown value whose text cannot be made does not throw again', () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('no')
      },
      getPrototypeOf() {
        throw new Error('no')
      }
    }
  )
  assert.equal(describe(hostile), 'a value that cannot be printed')
})
