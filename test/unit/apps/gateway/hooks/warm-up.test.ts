import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createSandbox, type Sandbox } from '#lib/sandbox'
import { warmUp } from '../../../../../src/apps/gateway/hooks/warm-up.ts'

async function warmed(source: string, now: () => number = () => 0): Promise<{ lines: string[]; sandbox: Sandbox }> {
  const sandbox = await createSandbox({ source, name: 'h@1', maxLogBytes: 1 << 20, timeoutMs: 1000 })
  await warmUp(sandbox, now, () => true)
  const lines = sandbox.takeLogs()
  sandbox.dispose()
  return { lines, sandbox }
}

describe('warming up a hook', () => {
  test('runs its samples, each with the function that it is for', async () => {
    const { lines } = await warmed(`
      export const samples = [{ call: { args: [1] }, reply: { body: 2 } }, { call: { args: [NaN] } }]
      export const pre = (call) => (console.log('pre', call.args[0]), {})
      export const post = (reply, call) => console.log('post', reply.body, call.args[0])
    `)
    assert.deepEqual(new Set(lines), new Set(['pre 1', 'post 2 1', 'pre null']))
    assert.equal(lines.length, 300)
  })

  test('runs nothing where there are no samples, or none that can be read', async () => {
    for (const samples of [
      '',
      'export const samples = 7',
      'export const samples = [null, 1]',
      'export const samples = () => 1'
    ]) {
      const { lines } = await warmed(`${samples}; export const pre = () => console.log('ran')`)
      assert.deepEqual(lines, [], samples)
    }
  })

  test('ends when its time is over', async () => {
    let now = 0
    const { lines } = await warmed(
      'export const samples = [{}]; export const pre = () => console.log(1)',
      () => (now += 10)
    )
    assert.ok(lines.length > 0 && lines.length <= 10, String(lines.length))
  })

  test('ends with what is fatal and goes on with what is not', async () => {
    const sandbox = await createSandbox({
      source: 'export const samples = [{}]; export const pre = () => { throw new Error("no") }',
      name: 'h@1'
    })
    await warmUp(
      sandbox,
      () => 0,
      () => false
    )
    await assert.rejects(
      warmUp(
        sandbox,
        () => 0,
        () => true
      ),
      /ABOX_HOOK_THROW/
    )
    sandbox.dispose()
  })
})
