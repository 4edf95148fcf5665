import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { describeExample } from '../../test/harness/example-hook.ts'

describeExample(new URL('hook.js', import.meta.url), (call) => {
  test('a row of any texts has the length of the vocabularies and nothing but 0 and 1', async () => {
    const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }))
    const always = fc.asyncProperty(fc.tuple(text, text, text), async (args) => {
      const { body } = JSON.parse(await call('pre', JSON.stringify({ args }))) as { body: { instances: number[][] } }
      const [row = []] = body.instances
      assert.equal(row.length, 17)
      assert.ok(row.every((value) => value === 0 || value === 1))
      // At most one of each one-hot part.
      assert.ok(row.slice(0, 5).filter(Boolean).length <= 1 && row.slice(5, 9).filter(Boolean).length <= 1)
    })
    await fc.assert(always, { numRuns: 200 })
  })
})
