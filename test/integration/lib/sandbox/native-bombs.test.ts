import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AboxError } from '#core/errors'
import { NATIVE_BOMBS } from './bad-calls.ts'
import { wrapped } from './bad-input.ts'
import { crashOutcome } from './crash-outcome.ts'
import { withProcess } from './with-process.ts'

/**
 * These are the reasons why a new hook first runs in the sandbox process, and why a supervisor watches and restarts an
 * instance: V8 checks neither time nor memory inside one built-in function. Which of them kills or blocks the process
 * depends on the version of V8, so any end is accepted there, as long as there is no answer that claims success.
 */
describe('a hook that V8 does not stop, in this process,', { concurrency: 2 }, () => {
  for (const { name, body } of NATIVE_BOMBS) {
    it(`with ${name}: is stopped with a code, or the process dies or is blocked`, async (t) => {
      const end = await crashOutcome(body)
      t.diagnostic(`${name}: ${end}`)
      assert.match(end, /^answered ABOX_HOOK_(MEMORY|TIMEOUT|THROW) 1$|^died|^blocked$/)
    })
  }
})

describe('a hook that V8 does not stop, in the sandbox process,', () => {
  for (const { name, body } of NATIVE_BOMBS) {
    it(`with ${name}: fails its own call, with a code and its name`, (t) =>
      withProcess(async (sandboxes, deaths) => {
        const bad = await sandboxes.create({ name: 'bad@1', source: wrapped(body), memoryMb: 32 })
        const other = await sandboxes.create({ name: 'good@1', source: 'export const id = (x) => x' })
        const around = [bad.call('id', ['1']), other.call('id', ['2'])]
        const called = bad.call('bad', []).then(
          (answer) => assert.fail(`it was answered with ${answer}`),
          (error: AboxError) => error
        )
        around.push(bad.call('id', ['3']), other.call('id', ['4']))
        assert.deepEqual(await Promise.all(around), ['1', '2', '3', '4'])
        const { code, fault, message } = await called
        t.diagnostic(`${message}; deaths: ${deaths.map(({ reason }) => reason).join('; ') || 'none'}`)
        assert.match(code, /^ABOX_HOOK_(CRASH|TIMEOUT|MEMORY|THROW)$/)
        assert.equal(fault, 'hook')
        assert.match(message, /: bad@1:(2|3:\d+): bad\(\) /)
        assert.deepEqual(await Promise.all([bad.call('id', ['5']), other.call('id', ['6'])]), ['5', '6'])
      }))
  }
})
