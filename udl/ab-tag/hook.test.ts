import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeExample } from '../../test/harness/example-hook.ts'

describeExample(new URL('hook.js', import.meta.url), (call) => {
  test('about a fifth of the users is in group B, and each of them in pre and post alike', async () => {
    const reply = JSON.stringify({ status: 200, body: { data: { ndarray: [[0]] } } })
    let inB = 0
    for (let userId = 1; userId <= 2000; userId++) {
      const request = JSON.stringify({ args: [userId, []] })
      const pre = await call('pre', request)
      const post = await call('post', reply, request)
      assert.equal(pre.includes('[[1]]'), post.includes('"group":"B"'))
      if (post.includes('"group":"B"')) inB++
    }
    // The hash is always the same, so this is no matter of luck: two standard deviations are 36.
    assert.ok(inB > 364 && inB < 436, `found ${inB} of 2000`)
  })
})
