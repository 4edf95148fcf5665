import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLimitViolation } from '#lib/sandbox'
import { startChild, withProcess } from './with-process.ts'

/** So long that the gateway itself does not end a child meanwhile. */
const OPTIONS = { name: 'h@1', source: 'export const id = (x) => x', timeoutMs: 60_000 }

/** Hello; then, at the so many-th of what comes, this. All but the first are pings, each behind a look at its memory. */
function doing(steps: Readonly<Record<number, string>>): string {
  const cases = Object.entries(steps).map(([count, code]) => `if (count === ${count}) { ${code} }`)
  return `const socket = new net.Socket({ fd: 3 })
    const kept = []
    let count = 0
    socket.write(Buffer.concat([Buffer.from([0, 0, 0, 6, 1]), Buffer.from('1,1,;')]))
    socket.on('data', () => { count++; ${cases.join(';')} })`
}

const DIE = "process.kill(process.pid, 'SIGKILL')"
const GROW = 'for (let i = 0; i < 300; i++) kept.push(Buffer.alloc(1 << 20, 1))'

describe('a SIGKILL that the gateway has not sent', { skip: process.platform !== 'linux' }, () => {
  it('is no fault of the hook, however often it comes: the call ends with what is no violation', () => {
    let starts = 0
    return withProcess(
      async (sandboxes, deaths) => {
        const sandbox = await sandboxes.create(OPTIONS)
        process.kill(sandboxes.stats().pid ?? 0, 'SIGKILL')
        await assert.rejects(sandbox.call('id', ['1']), (error: Parameters<typeof isLimitViolation>[0]) => {
          assert.match(error.message, /^ABOX_HOOK_PROCESS: h@1: the sandbox process was killed by somebody else/)
          return !isLimitViolation(error)
        })
        for (const { foreign, culprits } of deaths)
          assert.deepEqual({ foreign, culprits }, { foreign: true, culprits: [] })
      },
      { start: () => (starts++ === 0 ? startChild() : startChild('-e', doing({ 1: DIE }))) }
    )
  })

  it('is that of a call which was alone in the child while that grew far beyond its limits', () => {
    let starts = 0
    return withProcess(
      async (sandboxes, deaths) => {
        const sandbox = await sandboxes.create(OPTIONS)
        process.kill(sandboxes.stats().pid ?? 0, 'SIGKILL')
        await assert.rejects(sandbox.call('id', ['1']), { code: 'ABOX_HOOK_CRASH', message: /h@1.* \(SIGKILL\)/ })
        assert.deepEqual(deaths.at(-1)?.culprits, ['h@1'])
        assert.equal(deaths.at(-1)?.foreign, false)
      },
      { start: () => (starts++ === 0 ? startChild() : startChild('-e', doing({ 2: GROW, 5: DIE }))) }
    )
  })
})
