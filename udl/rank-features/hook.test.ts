import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeExample } from '../../test/harness/example-hook.ts'

describeExample(new URL('hook.js', import.meta.url), (call) => {
  test('an id beyond 2^53 goes through without rounding', async () => {
    const request = '{"args":[{"userId":9007199254740993,"items":[]}],"protocol":"tensorflow"}'
    const result = await call('post', '{"status":200,"body":{"predictions":[]}}', request)
    assert.match(result, /"requestId":"9007199254740993"/)
  })
})
