import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeExample } from '../../test/harness/example-hook.ts'

describeExample(new URL('hook.ts', import.meta.url), (call) => {
  test('an image of 64 x 64 has its bytes in the order in which they lie in memory', async () => {
    const bytes = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7) % 256))
    const result = await call('pre', JSON.stringify({ args: [bytes.toString('base64'), 64, 64] }))
    const [input] = (JSON.parse(result) as { body: { inputs: { shape: number[]; data: number[] }[] } }).body.inputs
    assert.deepEqual(input?.shape, [1, 64, 64, 3])
    assert.deepEqual(input?.data, [...bytes])
  })
})
