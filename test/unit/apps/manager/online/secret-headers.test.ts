import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHeaders } from '../../../../../src/apps/manager/online/secret-headers.ts'

test('a header has the value of its secret, without the line end of the file', () => {
  const headers = readHeaders({ 'x-plain': 'yes', 'x-key': { secret: 'vendor' } }, () => 'hidden value\n')
  assert.deepEqual(headers, { 'x-plain': 'yes', 'x-key': 'hidden value' })
})

for (const [what, value] of [
  ['of two lines', 'hidden\nmore'],
  ['with a control character', 'hidden\u0000'],
  ['with a letter beyond ASCII', 'hidden\u4e2d'],
  ['that is empty', ''],
  ['that is too long', 'hidden'.repeat(1000)]
] as const) {
  test(`a secret ${what} is refused by its name and without its value`, () => {
    assert.throws(
      () => readHeaders({ 'x-key': { secret: 'vendor' } }, () => value),
      ({ code, message, stack = '' }: Error & { code: string }) => {
        assert.equal(code, 'ABOX_DOCUMENT_INVALID')
        assert.match(message, /headers\.x-key: .*secret "vendor"/)
        assert.doesNotMatch(stack, /hidden(?!\.)/)
        return true
      }
    )
  })
}
