import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { describe, it } from 'node:test'
import { startChild, withProcess } from './with-process.ts'

/** Says hello and that it made sandbox 1, and ends at the next message. */
const DIES = `const socket = new net.Socket({ fd: 3 })
  const frame = (text) => Buffer.concat([Buffer.from([0, 0, 0, text.length + 1, 1]), Buffer.from(text)])
  socket.write(frame('1,1,;'))
  const made = JSON.stringify({ exports: ['id'], places: ['h:1'], int64: 'string', values: [] })
  socket.once('data', () => {
    socket.write(frame('2,2,' + made.length + ',;' + made))
    socket.on('data', (bytes) => bytes.includes('[1]') && process.exit(1))
  })`

/** Says hello and that it lives, whatever it is asked: what it is given it never answers. */
const LIVES = `const socket = new net.Socket({ fd: 3 })
  socket.write(Buffer.from([0, 0, 0, 6, 1, 49, 44, 49, 44, 59]))
  socket.on('data', () => socket.write(Buffer.from([0, 0, 0, 6, 1, 54, 44, 49, 44, 59])))`

describe('a sandbox that is closed while a call of it is alone in the child and never ends', () => {
  it('keeps nobody waiting: the child is ended, and the next one serves the others', () => {
    let dispose = (): void => {}
    const starts: (() => ChildProcess)[] = [
      () => startChild('-e', DIES),
      () => {
        const child = startChild('-e', LIVES)
        // The suspect is sent in the turn after hello.
        const sent = (): unknown => setImmediate(() => setImmediate(dispose))
        ;(child.stdio[3] as unknown as Duplex).once('data', sent)
        return child
      },
      () => startChild()
    ]
    return withProcess(
      async (sandboxes, deaths) => {
        const source = 'export const id = (x) => x'
        const options = { name: 'h', source, timeoutMs: 30, startTimeoutMs: 30 }
        const bad = await sandboxes.create(options)
        const closed = Promise.withResolvers<void>()
        dispose = () => {
          bad.dispose()
          closed.resolve()
        }
        await assert.rejects(bad.call('id', ['[1]']), { code: 'ABOX_HOOK_DISPOSED' })
        await closed.promise
        const good = await sandboxes.create({ name: 'good', source, timeoutMs: 250 })
        assert.equal(await good.call('id', ['2']), '2')
        assert.deepEqual(
          deaths.map(({ suspects, culprits }) => ({ suspects, culprits })),
          [
            { suspects: ['h'], culprits: [] },
            { suspects: ['h'], culprits: [] }
          ]
        )
      },
      { hangMs: 40, start: () => (starts.length > 1 ? starts.shift() : starts[0])?.() as ChildProcess }
    )
  })
})
