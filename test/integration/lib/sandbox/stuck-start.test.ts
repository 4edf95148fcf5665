import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { until } from '../../../harness/until.ts'
import { withProcess } from './with-process.ts'

const CHILD = `${import.meta.dirname}/stuck-child.ts`

/** Calls that nobody answers are the fault that is looked for. */
const WITHIN_MS = 45_000

function outputOf(child: string): Promise<string> {
  const options = { timeout: WITHIN_MS, killSignal: 'SIGKILL' } as const
  return new Promise((resolve) => {
    execFile(process.execPath, ['--no-node-snapshot', child], options, (_error, stdout) => resolve(stdout))
  })
}

test('top-level code that cannot be stopped when it starts again fails all calls that wait, and is not started once more', async () => {
  const stuck = 'ABOX_HOOK_CRASH: b@1: its top-level code went beyond 200 ms or 16 MB and cannot be stopped'
  assert.deepEqual(JSON.parse(await outputOf(CHILD)), ['1', stuck, stuck, stuck, stuck, 'stuck ABOX_HOOK_CRASH'])
})

test('in the sandbox process it ends that process, until it is found; calls of others are answered', () =>
  withProcess(async (sandboxes, deaths) => {
    const again = Date.now() + 3000
    const source = `if (Date.now() > ${again}) 'a'.repeat(1e6).lastIndexOf('a'.repeat(5e5) + 'b')
      export function pre(x) { while (x === 'loop'); return x }`
    const bad = await sandboxes.create({ name: 'b@1', source, startTimeoutMs: 200 })
    const other = await sandboxes.create({ name: 'good@1', source: 'export const id = (x) => x' })
    assert.equal(await bad.call('pre', ['1']), '1')
    await until('the time from which on it cannot start', () => Date.now() > again)
    const called = assert.rejects(bad.call('pre', ['"loop"']), { code: 'ABOX_HOOK_CRASH', message: /: b@1/ })
    assert.equal(await other.call('id', ['2']), '2')
    await called
    assert.ok(deaths.some(({ culprits }) => culprits.length > 0))
    assert.equal(await other.call('id', ['3']), '3')
  }))
