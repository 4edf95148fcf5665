import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { describeExample } from '../../test/harness/example-hook.ts'

describeExample(new URL('hook.ts', import.meta.url), (call) => {
  test('whatever JSON the model answers, the caller gets a price with two digits', async () => {
    const json = fc.jsonValue()
    const prices = fc.oneof(fc.double(), json)
    const body = fc.oneof(
      json,
      fc.record({ price: prices, quotes: fc.oneof(json, fc.array(fc.record({ price: prices }))) })
    )
    const always = fc.asyncProperty(body, async (body) => {
      const request = JSON.stringify({ args: ['a', 12], at: 0 })
      const result = await call('post', JSON.stringify({ status: 200, body }), request)
      assert.match((JSON.parse(result) as { price: string }).price, /^\d+\.\d\d$/)
    })
    await fc.assert(always, { numRuns: 300 })
  })
})
