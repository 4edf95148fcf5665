import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sinceOf } from '../../../../../src/apps/cli/manager/audit.ts'

const NOW = Date.UTC(2026, 10, 27, 12)
const since = (text?: string): number =>
  sinceOf({ positionals: [], options: text === undefined ? {} : { since: text } }, NOW)

describe('since when the audit is read', () => {
  test('it is a while ago, a time, or always', () => {
    assert.equal(since('30m'), NOW - 1_800_000)
    assert.equal(since('12h'), NOW - 43_200_000)
    assert.equal(since('7d'), NOW - 604_800_000)
    assert.equal(since('2026-11-27T09:00Z'), Date.UTC(2026, 10, 27, 9))
    assert.equal(since('2026-11-27 09:00:00Z'), Date.UTC(2026, 10, 27, 9))
    assert.equal(since(), 0)
  })

  test('what is neither is refused', () => {
    for (const text of ['', '0h', '5w', 'yesterday', '2026', '2026-13-40']) {
      assert.throws(() => since(text), { code: 'ABOX_CLI_USAGE' }, text)
    }
  })
})
