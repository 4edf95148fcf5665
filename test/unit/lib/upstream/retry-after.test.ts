import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseRetryAfter } from '../../../../src/lib/upstream/retry-after.ts'

const NOW = Date.UTC(1994, 10, 6, 8, 49, 0)

describe('upstream: Retry-After', () => {
  it('is a number of seconds', () => {
    assert.equal(parseRetryAfter('120', NOW), 120_000)
    assert.equal(parseRetryAfter('0', NOW), 0)
  })

  it('or a date, of which the past means now', () => {
    assert.equal(parseRetryAfter('Sun, 06 Nov 1994 08:49:37 GMT', NOW), 37_000)
    assert.equal(parseRetryAfter('Sun, 06 Nov 1994 08:48:37 GMT', NOW), 0)
  })

  it('is a day at most', () => {
    assert.equal(parseRetryAfter('999999999999999', NOW), 86_400_000)
    assert.equal(parseRetryAfter('Sun, 06 Nov 2094 08:49:37 GMT', NOW), 86_400_000)
  })

  it('and nothing else', () => {
    for (const text of [
      '',
      '-1',
      '1.5',
      '1e3',
      ' 1',
      'soon',
      '1994-11-06',
      'Sun, 99 Foo 1994 08:49:37 GMT',
      '9'.repeat(40)
    ]) {
      assert.equal(parseRetryAfter(text, NOW), undefined, text)
    }
  })
})
