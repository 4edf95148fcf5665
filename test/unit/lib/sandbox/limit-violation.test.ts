import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AboxError } from '#core/errors'
import { createSandbox, isLimitViolation, sandboxErrors } from '#lib/sandbox'

const stopped = async (timeoutMs: number, onRun: (runs: boolean) => void = () => {}): Promise<AboxError> => {
  const sandbox = await createSandbox({ name: 'h', source: 'export function spin() { for (;;); }', timeoutMs, onRun })
  try {
    return await sandbox.call('spin', []).then(
      () => assert.fail('it was not stopped'),
      (error: AboxError) => error
    )
  } finally {
    sandbox.dispose()
  }
}

describe('a call that was stopped at its time limit', () => {
  it('is no violation when the machine was busy elsewhere for more than half of it, each time that it was tried', async (t) => {
    // As on a machine that gives this thread nothing.
    t.mock.method(process, 'threadCpuUsage', () => ({ user: 0, system: 0 }))
    const error = await stopped(20)
    assert.equal(error.code, 'ABOX_HOOK_TIMEOUT')
    assert.equal(isLimitViolation(error), false)
  })

  it('is one when it had half of its time on the CPU', async (t) => {
    let used = 0
    t.mock.method(process, 'threadCpuUsage', () => {
      used += 10_000
      return { user: used, system: 0 }
    })
    assert.equal(isLimitViolation(await stopped(20)), true)
  })

  it('is one when it used its time at its last chance, which is longer, so that what is harmless ends in it', async (t) => {
    let tried = 0
    // Nothing before the third time that it is tried, and in that half of what it may use.
    t.mock.method(process, 'threadCpuUsage', () => ({ user: tried < 3 ? 0 : 10_000, system: 0 }))
    const error = await stopped(20, (runs) => {
      if (runs) tried++
    })
    assert.match(error.message, /stopped after 20 ms \(10 ms of them on the CPU\) at its last chance of 220 ms$/)
    assert.equal(isLimitViolation(error), true)
  })

  it('is one whatever the name of the hook looks like', () => {
    const detail =
      'stopped after 50 ms (1 ms of them on the CPU): f() was stopped after 50 ms (50 ms of them on the CPU)'
    assert.equal(isLimitViolation(new AboxError(sandboxErrors.ABOX_HOOK_TIMEOUT, detail)), true)
  })
})
