import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSandbox } from '#lib/sandbox'

test('a sandbox tells when a batch goes in and when it has come out, whether it was answered, failed or was stopped', async () => {
  const told: boolean[] = []
  const sandbox = await createSandbox({
    source: `export const pre = (x) => { if (x === 'throw') throw new Error('x'); while (x === 'loop'); return x }`,
    name: 'h@1',
    timeoutMs: 20,
    onRun: (runs) => void told.push(runs)
  })
  await Promise.all([sandbox.call('pre', ['1']), sandbox.call('pre', ['2'])])
  assert.deepEqual(told, [true, false], 'one batch')
  await assert.rejects(sandbox.call('pre', ['"throw"']))
  assert.deepEqual(told, [true, false, true, false])
  await assert.rejects(sandbox.call('pre', ['"loop"']))
  assert.ok(told.length > 4)
  for (const [i, runs] of told.entries()) assert.equal(runs, i % 2 === 0)
  sandbox.dispose()
})
