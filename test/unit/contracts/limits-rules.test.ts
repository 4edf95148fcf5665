import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkLimits } from '#contracts/limits-rules'

test('a burst without a rate is refused, of all callers and of one', () => {
  checkLimits('service a.B', { ratePerSecond: 1, burst: 5, callers: { a: { concurrent: 1 } } })
  assert.throws(() => checkLimits('service a.B', { burst: 5 }), {
    message: 'ABOX_DOCUMENT_INVALID: service a.B: limits.burst: found 5 without ratePerSecond, expected both or neither'
  })
  assert.throws(() => checkLimits('service a.B: method score', { ratePerSecond: 1, callers: { a: { burst: 5 } } }), {
    message:
      'ABOX_DOCUMENT_INVALID: service a.B: method score: limits.callers.a.burst: found 5 without ratePerSecond, expected both or neither'
  })
})
