import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from '../../../harness/until.ts'
import { startChild, withProcess } from './with-process.ts'

const SOURCE = 'export const id = (x) => x'

/** Hello; then, to whatever comes first, these numbers and texts of a frame. */
function answering(text: string): string {
  return `const socket = new net.Socket({ fd: 3 })
    const frame = (text) => Buffer.concat([Buffer.from([0, 0, 0, text.length + 1, 1]), Buffer.from(text)])
    socket.write(frame('1,1,;'))
    socket.once('data', () => socket.write(frame(${JSON.stringify(text)})))`
}

/** The sandbox of a test is 1, its making is job 2. */
describe('a sandbox process that answers what is no message', () => {
  for (const [name, text] of [
    ['a result that is cut off', '2,2,9,;1'],
    ['a result without its length', '2,2,;'],
    ['a result with more behind it', '2,2,1,;123'],
    ['a failure that is cut off', '3,2,15,;ABOX_HOOK'],
    ['a failure with a code that there is not', '3,2,7,0,0,;NO_CODE'],
    ['a failure with a cause that is no JSON', '3,2,15,0,1,;ABOX_HOOK_THROW{'],
    ['more log lines than there are', '4,1,999999999999999,1,;x'],
    ['stats without numbers', '5,1,;'],
    ['a number without end', '2,9999999999999999,;']
  ] as const) {
    it(`is killed after ${name}, and what it had is answered`, () => {
      let starts = 0
      return withProcess(
        async (sandboxes, deaths) => {
          const made = sandboxes.create({ name: 'h', source: SOURCE, timeoutMs: 250 })
          if (name === 'a result with more behind it') await assert.rejects(made, { code: 'ABOX_HOOK_PROCESS' })
          else assert.equal(await (await made).call('id', ['1']), '1')
          await until('its end', () => deaths.length > 0)
          assert.match(deaths[0]?.reason ?? '', /frame of the sandbox process: found .*, SIGKILL$/)
          assert.equal(sandboxes.stats().inFlight, 0)
        },
        { start: () => (starts++ === 0 ? startChild('-e', answering(text)) : startChild()) }
      )
    })
  }
})
