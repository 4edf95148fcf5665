import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { createSandbox, type Sandbox } from '#lib/sandbox'

interface Sample {
  readonly call: unknown
  readonly expectRequest: unknown
  readonly reply: unknown
  readonly expect: unknown
}

// The same way as in the gateway: JSON text in, JSON text out.
describe('hook rank-features', () => {
  let sandbox: Sandbox
  let samples: readonly Sample[] = []

  before(async () => {
    const source = await readFile(new URL('./hook.js', import.meta.url), 'utf8')
    sandbox = await createSandbox({ source, name: 'rank-features' })
    samples = JSON.parse(sandbox.readExport('samples') ?? '[]') as Sample[]
  })
  after(() => sandbox.dispose())

  test('has samples', () => {
    assert.ok(samples.length >= 2)
  })

  test('pre makes the request that each sample expects', async () => {
    for (const { call, expectRequest } of samples) {
      const result = JSON.parse(await sandbox.call('pre', [JSON.stringify(call)])) as { body: unknown }
      assert.deepEqual(result.body, expectRequest)
    }
  })

  test('post makes the result that each sample expects', async () => {
    for (const { call, reply, expect } of samples) {
      assert.deepEqual(JSON.parse(await sandbox.call('post', [JSON.stringify(reply), JSON.stringify(call)])), expect)
    }
  })

  test('an id beyond 2^53 goes through without rounding', async () => {
    const call = '{"args":[{"userId":9007199254740993,"items":[]}],"protocol":"tensorflow"}'
    const result = await sandbox.call('post', ['{"status":200,"body":{"predictions":[]}}', call])
    assert.match(result, /"requestId":"9007199254740993"/)
  })
})
