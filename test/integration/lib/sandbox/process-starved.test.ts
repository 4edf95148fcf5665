import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { describe, it } from 'node:test'
import { isLimitViolation } from '#lib/sandbox'
import { startChild, withProcess } from './with-process.ts'

const SOURCE = 'export const id = (x) => x'
// A child with CPU keeps them on a busy machine, too; one without is waited for twenty times as long.
const OPTIONS = { name: 'h', source: SOURCE, timeoutMs: 50, startTimeoutMs: 50 }
const HANG_MS = 50

/** A child that is stopped when it has said hello: it has no CPU for what it is then given. */
function startStopped(): ChildProcess {
  const child = startChild()
  const channel = child.stdio[3] as unknown as Duplex
  channel.once('data', () => child.kill('SIGSTOP'))
  return child
}

describe('a sandbox process without CPU', { skip: process.platform !== 'linux' }, () => {
  it('is replaced without blame: the call that was alone in it is run again', () => {
    let starts = 0
    return withProcess(
      async (sandboxes, deaths) => {
        const sandbox = await sandboxes.create(OPTIONS)
        process.kill(sandboxes.stats().pid ?? 0, 'SIGSTOP')
        assert.equal(await sandbox.call('id', ['1']), '1')
        assert.deepEqual(
          deaths.map(({ starved, suspects, culprits }) => ({ starved, suspects, culprits })),
          [
            { starved: true, suspects: ['h'], culprits: [] },
            { starved: true, suspects: ['h'], culprits: [] }
          ]
        )
      },
      { hangMs: HANG_MS, start: () => (starts++ === 1 ? startStopped() : startChild()) }
    )
  })

  it('ends a call with what is no violation when none of its children has CPU', () => {
    let starts = 0
    return withProcess(
      async (sandboxes, deaths) => {
        const sandbox = await sandboxes.create(OPTIONS)
        process.kill(sandboxes.stats().pid ?? 0, 'SIGSTOP')
        await assert.rejects(sandbox.call('id', ['1']), (error: Parameters<typeof isLimitViolation>[0]) => {
          assert.match(error.message, /^ABOX_HOOK_PROCESS: h: the sandbox process had no CPU/)
          return !isLimitViolation(error)
        })
        assert.deepEqual(
          deaths.flatMap(({ culprits }) => culprits),
          []
        )
      },
      { hangMs: HANG_MS, start: () => (starts++ > 0 ? startStopped() : startChild()) }
    )
  })
})
