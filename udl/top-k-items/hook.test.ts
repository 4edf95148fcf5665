import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { describeExample } from '../../test/harness/example-hook.ts'

describeExample(new URL('hook.ts', import.meta.url), (call) => {
  test('the answer is the beginning of the sorted list, whatever the scores', async () => {
    const score = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1, max: 1 })
    const always = fc.asyncProperty(fc.array(score, { maxLength: 30 }), fc.nat({ max: 40 }), async (outputs, size) => {
      const args = [1, outputs.map((_, index) => index + 10), size]
      const reply = JSON.stringify({ status: 200, body: { outputs } })
      const result = JSON.parse(await call('post', reply, JSON.stringify({ args }))) as { itemId: number }[]
      const sorted = outputs
        .map((value, index) => ({ value, itemId: index + 10 }))
        .sort((a, b) => b.value - a.value || a.itemId - b.itemId)
        .slice(0, size)
      assert.deepEqual(
        result.map(({ itemId }) => itemId),
        sorted.map(({ itemId }) => itemId)
      )
    })
    await fc.assert(always, { numRuns: 200 })
  })

  test('ids leave as numbers with all their digits', async () => {
    const result = await call('pre', '{"args":[9007199254740993,[9223372036854775807],1]}')
    assert.equal(result, '{"body":{"inputs":{"user":[9007199254740993],"items":[9223372036854775807]}}}')
  })
})
